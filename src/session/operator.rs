//! What the operator says while recording: segments with an intent, and what the real terminal
//! was seen to do, written at the instant of the key.

use std::time::Instant;

use crate::drivers::{Row, What};
use crate::reading::Band;
use crate::recording::{Intent, Observed, print};

/// Something the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Begins a segment; one that is open ends.
    Begin(Intent),
    /// Begins the segment of a guided step; one that is open ends.
    BeginStep(Intent, StepMark),
    /// Ends the open segment.
    End,
    /// Takes the open segment back; where none is open, the last one that is left.
    Cancel,
    /// The real terminal was seen to do this.
    Observed(Observed),
}

/// Which repeat of which guided step a segment is. Its note carries the numbers, so that a recording
/// says how far a session came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepMark {
    /// The step, from 1.
    pub step: u16,
    /// The repeat, from 1.
    pub repeat: u16,
    /// The band that it is about, where others are kept too.
    pub band: Option<Band>,
    /// How far the band is held from the dongle, in cm.
    pub distance_cm: Option<u16>,
    /// How it is held.
    pub words: &'static str,
}

const STEP_NOTE: &str = "calibration step ";

impl StepMark {
    /// What the mark's note says.
    pub fn note(&self) -> String {
        format!("{STEP_NOTE}{}, repeat {}: {}", self.step, self.repeat, self.words)
    }

    /// The step and the repeat that a mark's note names; `None` where it is not of a guided step.
    pub fn numbers_in(note: &str) -> Option<(u16, u16)> {
        let (step, rest) = note.strip_prefix(STEP_NOTE)?.split_once(", repeat ")?;
        let (repeat, _) = rest.split_once(':')?;
        Some((step.parse().ok()?, repeat.parse().ok()?))
    }
}

/// An action and when it was done.
pub(super) type Timed = (Instant, Action);

/// What came of an action, to be said to the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A segment began.
    Began(u64, Intent),
    /// It ended.
    Ended(u64, Intent),
    /// It was taken back.
    Cancelled(u64, Intent),
    /// It was written.
    Observed(Observed),
    /// There was nothing to end or to take back.
    Nothing,
}

/// The operator's segments.
#[derive(Debug, Default)]
pub(super) struct Operator {
    open: Option<(u64, Intent)>,
    ended: Vec<(u64, Intent)>,
    cancelled: Vec<u64>,
}

impl Operator {
    /// The rows of an action at `t_us`, and what came of it. `new_id` gives segment ids; `band`
    /// is the one that segments are about, if it is one.
    pub(super) fn act(
        &mut self,
        t_us: i64,
        action: Action,
        band: Option<Band>,
        new_id: impl FnOnce() -> u64,
        rows: &mut Vec<Row>,
    ) -> Said {
        match action {
            Action::Begin(intent) => self.begin(t_us, intent, band, None, new_id(), rows),
            Action::BeginStep(intent, step) => {
                self.begin(t_us, intent, step.band.or(band), Some(step), new_id(), rows)
            }
            Action::End => self.end(t_us, rows).map_or(Said::Nothing, |(id, intent)| Said::Ended(id, intent)),
            Action::Cancel => {
                self.end(t_us, rows);
                let Some((id, intent)) = self.ended.pop() else { return Said::Nothing };
                self.cancelled.push(id);
                let mut line = Vec::new();
                print::cancelled(&mut line, t_us, id);
                rows.push(Row::new(t_us, What::Other, line));
                Said::Cancelled(id, intent)
            }
            Action::Observed(observed) => {
                let mut line = Vec::new();
                print::observed(&mut line, t_us, observed.name(), "operator");
                rows.push(Row::new(t_us, What::Other, line));
                Said::Observed(observed)
            }
        }
    }

    fn begin(
        &mut self,
        t_us: i64,
        intent: Intent,
        band: Option<Band>,
        step: Option<StepMark>,
        id: u64,
        rows: &mut Vec<Row>,
    ) -> Said {
        self.end(t_us, rows);
        let note = step.map(|s| s.note());
        let distance_cm = step.and_then(|s| s.distance_cm).map(f64::from);
        let mark = print::Begin {
            id,
            intent: intent.name(),
            band,
            distance_cm,
            note: note.as_deref(),
            source: None,
        };
        let mut line = Vec::new();
        print::begin(&mut line, t_us, &mark);
        rows.push(Row::new(t_us, What::Begin { id, band }, line));
        self.open = Some((id, intent));
        Said::Began(id, intent)
    }

    fn end(&mut self, t_us: i64, rows: &mut Vec<Row>) -> Option<(u64, Intent)> {
        let open = self.open.take()?;
        let mut line = Vec::new();
        print::end_mark(&mut line, t_us, open.0);
        rows.push(Row::new(t_us, What::End { id: open.0 }, line));
        self.ended.push(open);
        Some(open)
    }

    /// The segments that were taken back.
    pub(super) fn into_cancelled(self) -> Vec<u64> {
        self.cancelled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_follow_each_other_and_can_be_taken_back() {
        let (mut operator, mut rows, mut ids) = (Operator::default(), Vec::new(), 4..);
        let mut act = |t_us, action| {
            operator.act(t_us, action, Some(Band::Address(1)), || ids.next().unwrap(), &mut rows)
        };
        let said = [
            act(1, Action::End),
            act(2, Action::Begin(Intent::Tap)),
            act(3, Action::Begin(Intent::NoTap)),
            act(4, Action::Cancel),
            act(5, Action::Cancel),
            act(5, Action::Cancel),
            act(6, Action::Observed(Observed::Locked)),
            act(7, Action::Begin(Intent::Stay)),
            act(8, Action::End),
            act(9, Action::Cancel),
        ];
        assert_eq!(
            said,
            [
                Said::Nothing,
                Said::Began(4, Intent::Tap),
                Said::Began(5, Intent::NoTap),
                Said::Cancelled(5, Intent::NoTap),
                Said::Cancelled(4, Intent::Tap),
                Said::Nothing,
                Said::Observed(Observed::Locked),
                Said::Began(6, Intent::Stay),
                Said::Ended(6, Intent::Stay),
                Said::Cancelled(6, Intent::Stay),
            ]
        );
        let lines: Vec<_> = rows.iter().map(|row| String::from_utf8_lossy(&row.line)).collect();
        assert_eq!(
            lines.concat(),
            r#"{"t_us":2,"mark":"begin","id":4,"intent":"tap","band":"00:00:00:00:00:01"}
{"t_us":3,"mark":"end","id":4}
{"t_us":3,"mark":"begin","id":5,"intent":"no_tap","band":"00:00:00:00:00:01"}
{"t_us":4,"mark":"end","id":5}
{"t_us":4,"cancelled":5}
{"t_us":5,"cancelled":4}
{"t_us":6,"observed":"locked","by":"operator"}
{"t_us":7,"mark":"begin","id":6,"intent":"stay","band":"00:00:00:00:00:01"}
{"t_us":8,"mark":"end","id":6}
{"t_us":9,"cancelled":6}
"#
        );
        assert_eq!(operator.into_cancelled(), [5, 4, 6]);
    }

    #[test]
    fn a_guided_step_is_found_again_in_its_mark() {
        let (mut operator, mut rows) = (Operator::default(), Vec::new());
        let step = StepMark {
            step: 2,
            repeat: 12,
            band: Some(Band::Address(1)),
            distance_cm: Some(20),
            words: "left wrist: flat",
        };
        let said = operator.act(7, Action::BeginStep(Intent::NoTap, step), None, || 3, &mut rows);
        assert_eq!(said, Said::Began(3, Intent::NoTap));
        let line: serde_json::Value = serde_json::from_slice(&rows[0].line).unwrap();
        assert_eq!((&line["distance_cm"], &line["intent"]), (&20.into(), &"no_tap".into()));
        assert_eq!(line["band"], "00:00:00:00:00:01");
        assert_eq!(StepMark::numbers_in(line["note"].as_str().unwrap()), Some((2, 12)));
        for other in ["", "calibration step 2", "calibration step x, repeat 1: y", "a note"] {
            assert_eq!(StepMark::numbers_in(other), None, "{other}");
        }
    }
}
