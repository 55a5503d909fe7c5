//! Adds segments to a recording afterwards. Its rows stay byte for byte; each mark goes before
//! the first row that is not earlier.

use std::collections::HashSet;
use std::io::{self, Write};

use super::blocks::Blocks;
use super::print::{self, Begin};
use super::reader::{ReadError, Reader};
use super::row::{Intent, Row, RowKind};
use crate::reading::Band;

/// A segment to be added: `begin_us ≤ t < end_us`.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSegment {
    /// Where it begins, in microseconds since the recording's start.
    pub begin_us: i64,
    /// Where it ends, in microseconds since the recording's start.
    pub end_us: i64,
    /// What it demands.
    pub intent: Intent,
    /// Limits it to this band.
    pub band: Option<Band>,
    /// Limits it to this source.
    pub source: Option<String>,
    /// How far the band was held from the dongle, in cm.
    pub distance_cm: Option<f64>,
    /// Free words.
    pub note: Option<String>,
}

/// Why a segment cannot be added to a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It would contain nothing.
    #[error("the segment ends at {} s, which is not after its begin at {} s", seconds(*.end_us), seconds(*.begin_us))]
    Empty {
        /// In microseconds.
        begin_us: i64,
        /// In microseconds.
        end_us: i64,
    },
    /// It lies outside.
    #[error("the segment begins at {} s, but the recording ends at {} s", seconds(*.begin_us), seconds(*.last_us))]
    BeyondTheEnd {
        /// In microseconds.
        begin_us: i64,
        /// The last row's time, in microseconds.
        last_us: i64,
    },
    /// The file uses up the numbers.
    #[error("the recording's segment ids leave no room for another")]
    NoIdLeft,
}

fn seconds(t_us: i64) -> String {
    let text = format!("{}.{:06}", t_us / 1_000_000, t_us % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What must be known of a recording before segments can be added.
#[derive(Debug, Default)]
pub struct Survey {
    highest_id: u64,
    last_us: i64,
    bands: HashSet<Band>,
    sources: HashSet<String>,
}

impl Survey {
    /// Reads the recording to its end; `each` sees its rows.
    ///
    /// # Errors
    /// When it cannot be read on.
    pub fn of<R: Blocks>(reader: &mut Reader<R>, mut each: impl FnMut(&Row)) -> Result<Self, ReadError> {
        let mut survey = Self::default();
        while let Some(row) = reader.next_row()? {
            each(&row);
            match row.kind {
                RowKind::Begin(segment) => survey.highest_id = survey.highest_id.max(segment.id),
                RowKind::Sample(sample) => {
                    if let Some(band) = reader.names().band(sample.band) {
                        survey.bands.insert(band);
                    }
                    survey.note_source(reader.names().source(sample.source));
                }
                _ => {}
            }
        }
        survey.last_us = reader.last_t_us();
        for source in &reader.header().sources {
            survey.note_source(&source.id);
        }
        Ok(survey)
    }

    fn note_source(&mut self, source: &str) {
        if !self.sources.contains(source) {
            self.sources.insert(source.to_owned());
        }
    }

    /// Whether the recording has samples of this band.
    pub fn has_band(&self, band: Band) -> bool {
        self.bands.contains(&band)
    }

    /// The band, where all samples are of one.
    pub fn only_band(&self) -> Option<Band> {
        let mut bands = self.bands.iter();
        bands.next().copied().filter(|_| bands.next().is_none())
    }

    /// Whether the recording names this source.
    pub fn has_source(&self, source: &str) -> bool {
        self.sources.contains(source)
    }

    /// The id of the segment added as number `place`, from 0, if the segment fits.
    pub fn id_for(&self, place: usize, segment: &NewSegment) -> Result<u64, Unfit> {
        let NewSegment { begin_us, end_us, .. } = *segment;
        if end_us <= begin_us {
            return Err(Unfit::Empty { begin_us, end_us });
        }
        if begin_us > self.last_us {
            return Err(Unfit::BeyondTheEnd { begin_us, last_us: self.last_us });
        }
        let next = u64::try_from(place).ok().and_then(|p| self.highest_id.checked_add(p)?.checked_add(1));
        next.ok_or(Unfit::NoIdLeft)
    }
}

/// Why the marked recording could not be written.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// The recording cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The output failed.
    #[error("cannot be written: {0}")]
    Write(#[from] io::Error),
    /// A segment does not fit.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

/// Copies a recording with `segments` (each with its id) added; `reader` must stand at the first
/// row and keep raw lines. Returns the ids of segments left open, because they reach beyond the
/// last row: they last through it, as open segments do.
pub fn add<R: Blocks>(
    reader: &mut Reader<R>,
    segments: &[(u64, NewSegment)],
    out: &mut impl Write,
) -> Result<Vec<u64>, MarkError> {
    let mut marks = marks(segments);
    // Latest first, so that the next one is at the end.
    marks.reverse();
    copy_line(out, reader.raw())?;
    let mut line = Vec::new();
    while let Some(row) = reader.next_row()? {
        while marks.last().is_some_and(|mark| mark.t_us <= row.t_us) {
            if let Some(mark) = marks.pop() {
                line.clear();
                mark.print(&mut line);
                out.write_all(&line)?;
            }
        }
        copy_line(out, reader.raw())?;
    }
    let mut open: Vec<u64> = marks.iter().map(|mark| mark.id).collect();
    open.sort_unstable();
    Ok(open)
}

fn copy_line(out: &mut impl Write, line: &[u8]) -> io::Result<()> {
    out.write_all(line)?;
    out.write_all(b"\n")
}

struct Mark<'a> {
    t_us: i64,
    id: u64,
    begin: Option<&'a NewSegment>,
}

impl Mark<'_> {
    fn print(&self, line: &mut Vec<u8>) {
        let Some(segment) = self.begin else {
            print::end_mark(line, self.t_us, self.id);
            return;
        };
        let mark = Begin {
            id: self.id,
            intent: segment.intent.name(),
            source: segment.source.as_deref(),
            band: segment.band,
            distance_cm: segment.distance_cm,
            note: segment.note.as_deref(),
        };
        print::begin(line, self.t_us, &mark);
    }
}

/// Begins and ends in order of time; at the same time ends first.
fn marks(segments: &[(u64, NewSegment)]) -> Vec<Mark<'_>> {
    let mut marks: Vec<_> = segments
        .iter()
        .flat_map(|(id, segment)| {
            [
                Mark { t_us: segment.begin_us, id: *id, begin: Some(segment) },
                Mark { t_us: segment.end_us, id: *id, begin: None },
            ]
        })
        .collect();
    marks.sort_by_key(|mark| (mark.t_us, mark.begin.is_some(), mark.id));
    marks
}

#[cfg(test)]
mod tests {
    use super::super::reader::Options;
    use super::*;

    const RECORDING: &str = "{\"rssi_recording\": 1,\"odd\":1.50}\n\
        {\"t_us\":1000,\"band\":\"C6:05:04:03:02:01\",\"rssi\":-61, \"odd\":true}\n\
        {\"t_us\":1500,\"mark\":\"begin\",\"id\":4,\"intent\":\"note\"}\n\
        {\"t_us\":2000,\"band\":\"C6:05:04:03:02:01\",\"rssi\":-62}\n\
        {\"t_us\":2000,\"band\":\"C6:05:04:03:02:01\",\"rssi\":-63}\n\
        {\"t_us\":3000,\"end\":true,\"samples\":3}\n";

    fn reader() -> Reader<&'static [u8]> {
        Reader::new(RECORDING.as_bytes(), Options::default()).unwrap().keep_raw()
    }

    fn segment(begin_us: i64, end_us: i64) -> NewSegment {
        let intent = Intent::Tap;
        NewSegment { begin_us, end_us, intent, band: None, source: None, distance_cm: None, note: None }
    }

    fn marked(segments: &[NewSegment]) -> (Vec<String>, Vec<u64>) {
        let survey = Survey::of(&mut reader(), |_| {}).unwrap();
        let fit = |(i, s): (usize, &NewSegment)| (survey.id_for(i, s).unwrap(), s.clone());
        let segments: Vec<_> = segments.iter().enumerate().map(fit).collect();
        let mut out = Vec::new();
        let open = add(&mut reader(), &segments, &mut out).unwrap();
        (String::from_utf8(out).unwrap().lines().map(str::to_owned).collect(), open)
    }

    #[test]
    fn marks_stand_before_the_first_row_that_is_not_earlier() {
        let (lines, open) = marked(&[segment(2000, 2500), segment(0, 2000)]);
        let new: Vec<_> = lines.iter().enumerate().filter(|(_, l)| !RECORDING.contains(l.as_str())).collect();
        let new: Vec<_> = new.iter().map(|(at, l)| (*at, l.as_str())).collect();
        assert_eq!(
            new,
            [
                (1, "{\"t_us\":0,\"mark\":\"begin\",\"id\":6,\"intent\":\"tap\"}"),
                (4, "{\"t_us\":2000,\"mark\":\"end\",\"id\":6}"),
                (5, "{\"t_us\":2000,\"mark\":\"begin\",\"id\":5,\"intent\":\"tap\"}"),
                (8, "{\"t_us\":2500,\"mark\":\"end\",\"id\":5}"),
            ]
        );
        let old: Vec<_> = lines.iter().filter(|l| RECORDING.contains(l.as_str())).collect();
        assert_eq!(old, RECORDING.lines().collect::<Vec<_>>());
        assert!(open.is_empty());
    }

    #[test]
    fn a_segment_that_reaches_beyond_the_recording_stays_open() {
        let (lines, open) = marked(&[segment(2500, 3001)]);
        assert_eq!(open, [5]);
        assert_eq!(lines.last().map(String::as_str), RECORDING.lines().last());
    }

    #[test]
    fn what_contains_nothing_or_lies_outside_is_refused() {
        let survey = Survey::of(&mut reader(), |_| {}).unwrap();
        assert_eq!(survey.id_for(0, &segment(5, 5)), Err(Unfit::Empty { begin_us: 5, end_us: 5 }));
        let beyond = Unfit::BeyondTheEnd { begin_us: 3001, last_us: 3000 };
        assert_eq!(survey.id_for(0, &segment(3001, 4000)), Err(beyond.clone()));
        assert_eq!(beyond.to_string(), "the segment begins at 0.003001 s, but the recording ends at 0.003 s");
        assert_eq!(survey.id_for(0, &segment(3000, 4000)), Ok(5));
    }
}
