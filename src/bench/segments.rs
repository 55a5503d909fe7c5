//! Segments as they are edited in the window: a list beside the recording, whose rows stay as they
//! are until it is saved as a new file.

use std::borrow::Cow;
use std::sync::Arc;

use crate::recording::{Intent, Label, Names, Row, RowKind, Segment};

/// The shortest segment, in microseconds.
const LEAST_US: i64 = 10_000;

/// A segment and its end; `None` where it lasts through the last row.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The segment.
    pub segment: Segment,
    /// The first instant behind it, in microseconds.
    pub end_us: Option<i64>,
}

/// All segments of a recording, in order of their begin.
pub type Marks = Arc<Vec<Marked>>;

impl Marked {
    /// Moves its edges, within the recording and never together.
    pub fn set_us(&mut self, begin_us: i64, end_us: Option<i64>, last_us: i64) {
        let begin_us = begin_us.clamp(0, (last_us - LEAST_US).max(0));
        self.segment.begin_us = begin_us;
        self.end_us = end_us.map(|end| end.max(begin_us + LEAST_US)).filter(|end| *end <= last_us);
    }

    /// As it is written.
    pub fn label(&self, names: &Names) -> Label {
        Label {
            id: self.segment.id,
            intent: self.segment.intent,
            begin_us: self.segment.begin_us,
            end_us: self.end_us,
            band: self.segment.band.and_then(|band| names.band(band)),
            source: self.segment.source.map(|source| names.source(source).to_owned()),
        }
    }
}

/// With one more; its id too. `None` where the recording uses up the numbers.
pub fn added(
    marks: &Marks,
    intent: Intent,
    begin_us: i64,
    end_us: i64,
    last_us: i64,
) -> Option<(Marks, u64)> {
    let highest = marks.iter().map(|marked| marked.segment.id).max().unwrap_or(0);
    let id = highest.checked_add(1)?;
    let segment = Segment { id, intent, begin_us: 0, band: None, source: None, distance_cm: None };
    let mut new = Marked { segment, end_us: None };
    new.set_us(begin_us.min(end_us), Some(begin_us.max(end_us)), last_us);
    let mut all = (**marks).clone();
    all.push(new);
    Some((in_order(all), id))
}

/// With this one changed.
pub fn changed(marks: &Marks, id: u64, change: impl FnOnce(&mut Marked)) -> Marks {
    let mut all = (**marks).clone();
    if let Some(marked) = all.iter_mut().find(|marked| marked.segment.id == id) {
        change(marked);
    }
    in_order(all)
}

/// Without this one.
pub fn without(marks: &Marks, id: u64) -> Marks {
    Arc::new(marks.iter().filter(|marked| marked.segment.id != id).cloned().collect())
}

fn in_order(mut all: Vec<Marked>) -> Marks {
    all.sort_by_key(|marked| (marked.segment.begin_us, marked.segment.id));
    Arc::new(all)
}

/// The rows of a recording with these segments in the place of its own, in the order in which they
/// are written to the new file.
pub(super) fn each_row<'a>(
    rows: impl Iterator<Item = Cow<'a, Row>>,
    marks: &[Marked],
    mut each: impl FnMut(&Row),
) {
    let mut new: Vec<_> = marks
        .iter()
        .flat_map(|marked| {
            let Segment { id, begin_us, .. } = marked.segment;
            let begin = Row { t_us: begin_us, kind: RowKind::Begin(Box::new(marked.segment.clone())) };
            [Some(begin), marked.end_us.map(|t_us| Row { t_us, kind: RowKind::End(id) })]
        })
        .flatten()
        .collect();
    let key = |row: &Row| match &row.kind {
        RowKind::Begin(segment) => (row.t_us, true, segment.id),
        RowKind::End(id) => (row.t_us, false, *id),
        _ => (row.t_us, true, u64::MAX),
    };
    new.sort_by_key(key);
    let mut new = new.iter().peekable();
    for row in rows {
        while let Some(mark) = new.next_if(|mark| mark.t_us <= row.t_us) {
            each(mark);
        }
        if !matches!(row.kind, RowKind::Begin(_) | RowKind::End(_) | RowKind::Cancelled(_)) {
            each(&row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Marks {
        let none = Marks::default();
        let (one, _) = added(&none, Intent::Tap, 2_000_000, 1_000_000, 9_000_000).unwrap();
        let (two, _) = added(&one, Intent::NoTap, 500_000, 700_000, 9_000_000).unwrap();
        added(&two, Intent::Stay, 8_000_000, 20_000_000, 9_000_000).unwrap().0
    }

    #[test]
    fn segments_stay_within_the_recording_and_in_order() {
        let edges = |marks: &Marks| {
            marks.iter().map(|m| (m.segment.id, m.segment.begin_us, m.end_us)).collect::<Vec<_>>()
        };
        let marks = three();
        assert_eq!(
            edges(&marks),
            [(2, 500_000, Some(700_000)), (1, 1_000_000, Some(2_000_000)), (3, 8_000_000, None)]
        );
        let moved = changed(&marks, 2, |marked| marked.set_us(5_000_000, Some(4_000_000), 9_000_000));
        assert_eq!(edges(&moved)[1], (2, 5_000_000, Some(5_010_000)), "edges never meet");
        let early = changed(&marks, 2, |marked| marked.set_us(-5, Some(300_000), 9_000_000));
        assert_eq!(edges(&early)[0], (2, 0, Some(300_000)));
        assert_eq!(edges(&without(&marks, 1)).len(), 2);
        assert_eq!(changed(&marks, 99, |marked| marked.end_us = None), marks);
    }

    #[test]
    fn rows_come_with_the_new_marks_in_the_place_of_the_old() {
        let row = |t_us, kind| Row { t_us, kind };
        let old = [
            row(0, RowKind::Unknown),
            row(600_000, RowKind::Begin(Box::new(three()[0].segment.clone()))),
            row(2_000_000, RowKind::Unknown),
            row(2_100_000, RowKind::End(2)),
            row(9_000_000, RowKind::Close),
        ];
        let mut seen = Vec::new();
        each_row(old.iter().map(Cow::Borrowed), &three(), |row| {
            seen.push(match &row.kind {
                RowKind::Begin(segment) => format!("+{}", segment.id),
                RowKind::End(id) => format!("-{id}"),
                _ => "row".into(),
            });
        });
        assert_eq!(seen, ["row", "+2", "-2", "+1", "-1", "row", "+3", "row"]);
    }
}
