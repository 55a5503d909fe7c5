//! What taps on an NFC reader say of the dongle beside it: a tap on the reader is a tap of a person,
//! so a `tap` segment belongs around it.

use std::io::Write;

use super::tap::{Gather, Tap};
use crate::drivers::nfc::Outcome;
use crate::reading::Band;
use crate::recording::marks::{self, MarkError, NewSegment, Survey};
use crate::recording::{Blocks, Intent, ReadError, Reader, Row, RowKind};

/// The band comes near before the reader detects it, and an engine may rightly see a tap then.
const LEAD_US: i64 = 1_000_000;
/// Windows of samples run behind: an engine may see the tap after the band is gone.
const TAIL_US: i64 = 1_000_000;
/// What lies there for longer was put down, which is no tap.
const HELD_MAX_US: i64 = 10_000_000;

/// Taps on readers that became no segment, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// It is not known when they were: missed, still lying at the end, there from the start, or the
    /// reader went away.
    pub untimed: usize,
    /// They lay there for more than 10 s.
    pub put_down: usize,
    /// A `tap` or `no_tap` segment covers them already.
    pub labelled: usize,
}

impl LeftOut {
    /// For people; nothing where none was left out.
    pub fn words(self) -> Option<String> {
        let said = [
            (self.untimed, "it is not known when they were"),
            (self.put_down, "they lay there for more than 10 s"),
            (self.labelled, "a segment covers them already"),
        ];
        let said: Vec<_> =
            said.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n}, because {why}")).collect();
        (!said.is_empty()).then(|| format!("taps on the reader that were not marked: {}", said.join("; ")))
    }
}

/// Gathers, from the rows of a recording, the taps on readers and the segments that are there.
#[derive(Clone, Debug, Default)]
pub struct GroundTruth {
    gather: Gather,
    taps: Vec<Tap>,
    /// Ids, begins and ends of `tap` and `no_tap` segments; without an end while they are open.
    segments: Vec<(u64, i64, Option<i64>)>,
}

impl GroundTruth {
    /// Takes the next row.
    pub fn row(&mut self, row: &Row) {
        match &row.kind {
            RowKind::Nfc(nfc) => self.taps.extend(self.gather.row(row.t_us, nfc)),
            RowKind::Begin(segment) if matches!(segment.intent, Intent::Tap | Intent::NoTap) => {
                self.segments.push((segment.id, row.t_us, None));
            }
            RowKind::End(id) => {
                let ended = self.segments.iter_mut().filter(|(of, ..)| of == id);
                ended.for_each(|(_, _, end)| *end = Some(row.t_us));
            }
            RowKind::Cancelled(id) => self.segments.retain(|(of, ..)| of != id),
            _ => {}
        }
    }

    /// A `tap` segment around each tap, from 1 s before the card was detected until 1 s after it was
    /// gone; between two taps that are nearer, the border lies in the middle. Taps that overlap, on
    /// two readers, make one segment. They are limited to `band`, if to one.
    pub fn segments(&self, band: Option<Band>) -> (Vec<NewSegment>, LeftOut) {
        let mut left_out = LeftOut { untimed: self.gather.lying().count(), ..LeftOut::default() };
        let mut held: Vec<(i64, i64, String)> = Vec::new();
        for tap in &self.taps {
            let is_untimed = tap.was_there || tap.known_outcome() == Some(Outcome::Host);
            match (tap.detected_us, tap.gone_us) {
                (Some(from_us), Some(to_us)) if !is_untimed => {
                    if to_us - from_us > HELD_MAX_US {
                        left_out.put_down += 1;
                    } else if self.is_labelled(from_us, to_us) {
                        left_out.labelled += 1;
                    } else {
                        held.push((from_us, to_us, note(tap)));
                    }
                }
                _ => left_out.untimed += 1,
            }
        }
        held.sort();
        let held = joined(held);
        let segments = held.iter().enumerate().map(|(at, (from_us, to_us, note))| {
            let before = at.checked_sub(1).and_then(|at| held.get(at)).map(|(_, to_us, _)| *to_us);
            let next = held.get(at + 1).map(|(from_us, ..)| *from_us);
            // What is left of a gap after half of it, rounded alike from both sides.
            let middle = |early: i64, late: i64| early + (late - early) / 2;
            let begin_us = before.map_or(0, |to_us| middle(to_us, *from_us)).max(from_us - LEAD_US);
            let end_us = next.map_or(i64::MAX, |from_us| middle(*to_us, from_us)).min(to_us + TAIL_US);
            NewSegment {
                begin_us,
                end_us,
                intent: Intent::Tap,
                band,
                source: None,
                distance_cm: None,
                note: Some(note.clone()),
            }
        });
        (segments.filter(|segment| segment.begin_us < segment.end_us).collect(), left_out)
    }

    fn is_labelled(&self, from_us: i64, to_us: i64) -> bool {
        self.segments
            .iter()
            .any(|(_, begin_us, end_us)| *begin_us <= to_us && end_us.is_none_or(|end_us| from_us < end_us))
    }
}

/// Copies a recording, with a segment around each tap on a reader, limited to `band` or to the only
/// band there is. `open` gives a reader that keeps raw lines; it is read twice. How many segments there
/// are, and which taps made none.
///
/// # Errors
/// When it cannot be read or written.
pub fn mark_taps<R: Blocks>(
    open: impl Fn() -> Result<Reader<R>, ReadError>,
    band: Option<Band>,
    out: &mut impl Write,
) -> Result<(usize, LeftOut), MarkError> {
    let mut truth = GroundTruth::default();
    let survey = Survey::of(&mut open()?, |row| truth.row(row))?;
    let (segments, left_out) = truth.segments(band.or(survey.only_band()));
    let mut fitting = Vec::with_capacity(segments.len());
    for (place, segment) in segments.into_iter().enumerate() {
        fitting.push((survey.id_for(place, &segment)?, segment));
    }
    marks::add(&mut open()?, &fitting, out)?;
    Ok((fitting.len(), left_out))
}

fn note(tap: &Tap) -> String {
    let outcome = tap.outcome.as_deref().unwrap_or("outcome not known");
    format!("NFC tap, held {} ms, {outcome}", tap.dwell_ms.unwrap_or_default())
}

/// Those that overlap become one.
fn joined(held: Vec<(i64, i64, String)>) -> Vec<(i64, i64, String)> {
    let mut joined: Vec<(i64, i64, String)> = Vec::new();
    for (from_us, to_us, note) in held {
        match joined.last_mut().filter(|(_, last_us, _)| from_us < *last_us) {
            Some((_, last_us, notes)) => {
                *last_us = to_us.max(*last_us);
                *notes += &format!("; {note}");
            }
            None => joined.push((from_us, to_us, note)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Options, Reader};

    fn segments(rows: &str) -> (Vec<(i64, i64)>, LeftOut) {
        let text = format!("{{\"rssi_recording\":1}}\n{rows}");
        let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap();
        let mut truth = GroundTruth::default();
        while let Some(row) = reader.next_row().unwrap() {
            truth.row(&row);
        }
        let (segments, left_out) = truth.segments(None);
        (segments.iter().map(|s| (s.begin_us / 1000, s.end_us / 1000)).collect(), left_out)
    }

    fn tap(from_ms: i64, to_ms: i64, outcome: &str) -> String {
        format!(
            "{{\"t_us\":{from_ms}000,\"nfc\":\"inserted\"}}\n{{\"t_us\":{to_ms}000,\"nfc\":\"removed\",\"dwell_ms\":{},\"outcome\":\"{outcome}\"}}\n",
            to_ms - from_ms
        )
    }

    #[test]
    fn a_segment_reaches_from_before_the_tap_until_after_it() {
        let rows = tap(400, 900, "ok") + &tap(9_000, 9_800, "left_early") + &tap(10_400, 11_000, "mute");
        let (found, left_out) = segments(&rows);
        assert_eq!(found, [(0, 1_900), (8_000, 10_100), (10_100, 12_000)]);
        assert_eq!(left_out, LeftOut::default());
    }

    #[test]
    fn what_is_no_tap_or_labelled_already_makes_none() {
        let rows = [
            "{\"t_us\":1000,\"nfc\":\"inserted\",\"was_there\":true}\n{\"t_us\":2000,\"nfc\":\"removed\",\"outcome\":\"ok\"}\n",
            &tap(5_000, 5_500, "host"),
            "{\"t_us\":6000000,\"nfc\":\"removed\",\"outcome\":\"missed\"}\n",
            &tap(10_000, 20_001, "ok"),
            "{\"t_us\":30000000,\"mark\":\"begin\",\"id\":1,\"intent\":\"tap\"}\n",
            &tap(30_100, 30_200, "ok"),
            "{\"t_us\":31000000,\"mark\":\"end\",\"id\":1}\n",
            &tap(40_000, 40_500, "ok"),
            "{\"t_us\":50000000,\"mark\":\"begin\",\"id\":2,\"intent\":\"no_tap\"}\n",
            &tap(50_100, 50_200, "ok"),
            "{\"t_us\":51000000,\"mark\":\"end\",\"id\":2}\n{\"t_us\":52000000,\"cancelled\":2}\n",
            "{\"t_us\":60000000,\"nfc\":\"inserted\"}\n",
        ];
        let (found, left_out) = segments(&rows.concat());
        assert_eq!(found, [(39_000, 41_500), (49_100, 51_200)]);
        assert_eq!(left_out, LeftOut { untimed: 4, put_down: 1, labelled: 1 });
    }

    #[test]
    fn taps_on_two_readers_at_once_are_one() {
        let rows = [
            "{\"t_us\":5000000,\"nfc\":\"inserted\",\"reader\":\"a\"}",
            "{\"t_us\":5200000,\"nfc\":\"inserted\",\"reader\":\"b\"}",
            "{\"t_us\":5300000,\"nfc\":\"removed\",\"reader\":\"b\",\"outcome\":\"ok\"}",
            "{\"t_us\":5900000,\"nfc\":\"removed\",\"reader\":\"a\",\"outcome\":\"ok\"}",
        ];
        assert_eq!(segments(&rows.join("\n")).0, [(4_000, 6_900)]);
    }
}
