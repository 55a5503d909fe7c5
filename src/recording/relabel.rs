//! A recording with other segments: rows stay byte for byte, and so do the marks of segments that
//! stay as they are. A mark that is new or changed goes before the first row that is not earlier.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use serde_json::{Map, Value};

use super::blocks::Blocks;
use super::cancelled::of_segment;
use super::export::CopyError;
use super::print;
use super::reader::{ReadError, Reader};
use super::row::{Intent, RowKind};
use crate::reading::Band;

/// A segment as people set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Positive and unique in its recording.
    pub id: u64,
    /// What it demands.
    pub intent: Intent,
    /// Its first instant, in microseconds.
    pub begin_us: i64,
    /// The first instant behind it, in microseconds; `None` where it lasts through the last row.
    pub end_us: Option<i64>,
    /// Limits it to this band.
    pub band: Option<Band>,
    /// Limits it to this source.
    pub source: Option<String>,
}

/// The segments of a recording, each with all that its `begin` says.
#[derive(Debug, Default)]
pub struct Labels(BTreeMap<u64, (Label, Map<String, Value>)>);

impl Labels {
    /// Reads a recording, whose reader keeps its raw lines, to its end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of<R: Blocks>(reader: &mut Reader<R>) -> Result<Self, ReadError> {
        let mut labels = Self::default();
        while let Some(row) = reader.next_row()? {
            match row.kind {
                RowKind::Begin(segment) => {
                    let label = Label {
                        id: segment.id,
                        intent: segment.intent,
                        begin_us: segment.begin_us,
                        end_us: None,
                        band: segment.band.and_then(|band| reader.names().band(band)),
                        source: segment.source.map(|source| reader.names().source(source).to_owned()),
                    };
                    let keys = serde_json::from_slice(reader.raw()).unwrap_or_default();
                    labels.0.insert(segment.id, (label, keys));
                }
                RowKind::End(id) => {
                    if let Some((label, _)) = labels.0.get_mut(&id) {
                        label.end_us = Some(row.t_us);
                    }
                }
                _ => {}
            }
        }
        Ok(labels)
    }
}

/// Copies a recording, whose reader keeps its raw lines, with the segments of `wanted` in the place
/// of `old`.
///
/// # Errors
/// When reading or writing fails.
pub fn relabel<R: Blocks>(
    reader: &mut Reader<R>,
    old: &Labels,
    wanted: &[Label],
    out: &mut dyn Write,
) -> Result<(), CopyError> {
    let is_as_it_was = |label: &&Label| old.0.get(&label.id).is_some_and(|(old, _)| old == *label);
    let kept: HashSet<u64> = wanted.iter().filter(is_as_it_was).map(|label| label.id).collect();
    let changed = wanted.iter().filter(|label| !kept.contains(&label.id));
    let mut marks: Vec<_> = changed
        .flat_map(|label| [Some((label.begin_us, true, label)), label.end_us.map(|end| (end, false, label))])
        .flatten()
        .collect();
    // Latest first, so that the next one is at the end; at the same time ends first.
    marks.sort_by_key(|(t_us, is_begin, label)| std::cmp::Reverse((*t_us, *is_begin, label.id)));
    let mut line = Vec::new();
    copy_line(out, reader.raw())?;
    while let Some(row) = reader.next_row()? {
        while let Some((t_us, is_begin, label)) = marks.pop_if(|(t_us, ..)| *t_us <= row.t_us) {
            line.clear();
            if is_begin {
                begin(&mut line, label, old.0.get(&label.id).map(|(_, keys)| keys));
            } else {
                print::end_mark(&mut line, t_us, label.id);
            }
            out.write_all(&line)?;
        }
        if of_segment(&row.kind).is_none_or(|id| kept.contains(&id)) {
            copy_line(out, reader.raw())?;
        }
    }
    Ok(())
}

fn copy_line(out: &mut dyn Write, line: &[u8]) -> std::io::Result<()> {
    out.write_all(line)?;
    out.write_all(b"\n")
}

/// A `begin`, with what else was said of the segment before.
fn begin(line: &mut Vec<u8>, label: &Label, old: Option<&Map<String, Value>>) {
    let Some(old) = old else {
        let mark = print::Begin {
            id: label.id,
            intent: label.intent.name(),
            source: label.source.as_deref(),
            band: label.band,
            distance_cm: None,
            note: None,
        };
        return print::begin(line, label.begin_us, &mark);
    };
    let mut keys = old.clone();
    keys.insert("t_us".into(), label.begin_us.into());
    keys.insert("intent".into(), label.intent.name().into());
    for (key, value) in [("band", label.band.map(|band| band.to_string())), ("source", label.source.clone())]
    {
        match value {
            Some(value) => _ = keys.insert(key.into(), value.into()),
            None => _ = keys.shift_remove(key),
        }
    }
    print::object(line, &keys);
}

#[cfg(test)]
mod tests {
    use super::super::reader::Options;
    use super::*;

    const RECORDING: &str = "{\"rssi_recording\": 1,\"odd\":1.50}\n\
        {\"t_us\":1000,\"band\":\"C6:05:04:03:02:01\",\"rssi\":-61, \"odd\":true}\n\
        {\"t_us\":1500,\"mark\":\"begin\",\"id\":4,\"intent\":\"tap\",\"distance_cm\":3, \"note\":\"left\"}\n\
        {\"t_us\":1600,\"mark\":\"begin\",\"id\":7,\"intent\":\"note\", \"x\":1}\n\
        {\"t_us\":2000,\"band\":\"C6:05:04:03:02:01\",\"rssi\":-62}\n\
        {\"t_us\":2500,\"mark\":\"end\",\"id\":4}\n\
        {\"t_us\":2600,\"mark\":\"end\", \"id\":7}\n\
        {\"t_us\":3000,\"end\":true,\"samples\":2}\n";

    fn reader() -> Reader<&'static [u8]> {
        Reader::new(RECORDING.as_bytes(), Options::default()).unwrap().keep_raw()
    }

    fn relabelled(change: impl FnOnce(&mut Vec<Label>)) -> Vec<String> {
        let old = Labels::of(&mut reader()).unwrap();
        let mut wanted: Vec<_> = old.0.values().map(|(label, _)| label.clone()).collect();
        change(&mut wanted);
        let mut out = Vec::new();
        relabel(&mut reader(), &old, &wanted, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let again = Labels::of(&mut Reader::new(text.as_bytes(), Options::default()).unwrap().keep_raw());
        let again: Vec<_> = again.unwrap().0.into_values().map(|(label, _)| label).collect();
        wanted.sort_by_key(|label| label.id);
        assert_eq!(again, wanted, "{text}");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_not_changed_stays_byte_for_byte() {
        assert_eq!(relabelled(|_| {}), RECORDING.lines().collect::<Vec<_>>());
    }

    #[test]
    fn a_changed_segment_keeps_what_else_was_said_of_it() {
        let lines = relabelled(|labels| {
            (labels[0].intent, labels[0].begin_us) = (Intent::NoTap, 1700);
            labels[0].band = Some("C6:05:04:03:02:01".parse().unwrap());
        });
        let begin = "{\"t_us\":1700,\"mark\":\"begin\",\"id\":4,\"intent\":\"no_tap\",\"distance_cm\":3,\
                     \"note\":\"left\",\"band\":\"C6:05:04:03:02:01\"}";
        assert_eq!(lines[3], begin);
        assert_eq!(lines.len(), 8);
        assert!(lines.contains(&"{\"t_us\":2600,\"mark\":\"end\", \"id\":7}".to_owned()));
    }

    #[test]
    fn segments_are_added_and_taken_out() {
        let new =
            Label { id: 8, intent: Intent::Tap, begin_us: 2500, end_us: None, band: None, source: None };
        let lines = relabelled(|labels| {
            labels.remove(0);
            labels.push(new);
        });
        assert!(lines.iter().all(|line| !line.contains("\"id\":4")));
        assert_eq!(lines[4], "{\"t_us\":2500,\"mark\":\"begin\",\"id\":8,\"intent\":\"tap\"}");
    }
}
