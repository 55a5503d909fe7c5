//! The five parameters, those that they are compared with and the edited segments, with undo and
//! redo. One drag is one step, however many values it passes.

use crate::bench::Marks;
use crate::engine::parameters::{Parameter, ParameterSet};

/// Steps that can be taken back.
const STEPS: usize = 500;

/// What can be taken back.
#[derive(Clone, Debug, Default, PartialEq)]
struct Step {
    values: ParameterSet,
    /// Whether they were recommended for what is not a Nymi Band.
    is_foreign: bool,
    /// Values to compare with, and whether those were.
    b: Option<(ParameterSet, bool)>,
    /// `None` where the segments are as they were recorded.
    marks: Option<Marks>,
}

/// What is being dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dragged {
    Parameter(Parameter),
    /// The segment with this id.
    Segment(u64),
}

/// Values, and what they were.
#[derive(Debug, Default)]
pub struct History {
    now: Step,
    past: Vec<Step>,
    future: Vec<Step>,
    dragged: Option<Dragged>,
}

impl History {
    /// The values in use.
    pub fn now(&self) -> ParameterSet {
        self.now.values
    }

    /// Whether the values in use were recommended for what is not a Nymi Band, and changed by hand at most.
    pub fn is_foreign(&self) -> bool {
        self.now.is_foreign
    }

    /// The values to compare with.
    pub fn b(&self) -> Option<ParameterSet> {
        self.now.b.map(|(b, _)| b)
    }

    /// Whether those were recommended for what is not a Nymi Band.
    pub fn is_b_foreign(&self) -> bool {
        self.now.b.is_some_and(|(_, is_foreign)| is_foreign)
    }

    /// Compares with these; with none where there are none.
    pub fn compare_with(&mut self, b: Option<(ParameterSet, bool)>) {
        if b != self.now.b {
            self.step();
            self.now.b = b;
        }
    }

    /// Keeps the values in use, to compare with.
    pub fn keep_b(&mut self) {
        self.compare_with(Some((self.now.values, self.now.is_foreign)));
    }

    /// Uses those that are compared with, and compares with those in use.
    pub fn swap_b(&mut self) {
        if let Some(b) = self.now.b {
            self.step();
            self.now.b = Some((self.now.values, self.now.is_foreign));
            (self.now.values, self.now.is_foreign) = b;
        }
    }

    /// The segments as they are edited; `None` where they are as they were recorded.
    pub fn marks(&self) -> Option<&Marks> {
        self.now.marks.as_ref()
    }

    /// Sets the segments. While `dragged` is one of them, further changes of it belong to the same
    /// step.
    pub fn set_marks(&mut self, marks: Marks, dragged: Option<u64>) {
        if self.now.marks.as_ref() == Some(&marks) {
            return;
        }
        let dragged = dragged.map(Dragged::Segment);
        if dragged.is_none() || self.dragged != dragged {
            self.step();
        }
        (self.dragged, self.now.marks) = (dragged, Some(marks));
    }

    /// Forgets all segments: those of another recording are shown, or the same ones were saved.
    pub fn forget_marks(&mut self) {
        for step in self.past.iter_mut().chain(&mut self.future).chain([&mut self.now]) {
            step.marks = None;
        }
        self.past.dedup();
        self.future.dedup();
        self.past.pop_if(|step| *step == self.now);
        self.future.pop_if(|step| *step == self.now);
    }

    /// Sets one of them; `false` where it is outside its domain. While `is_dragging` further
    /// values of the same parameter belong to the same step.
    pub fn set(&mut self, parameter: Parameter, value: i64, is_dragging: bool) -> bool {
        let mut new = self.now.values;
        if new.set(parameter, value).is_err() {
            return false;
        }
        if new != self.now.values {
            let dragged = is_dragging.then_some(Dragged::Parameter(parameter));
            if dragged.is_none() || self.dragged != dragged {
                self.step();
            }
            self.dragged = dragged;
            self.now.values = new;
        }
        true
    }

    /// Sets all, to what somebody gave.
    pub fn replace(&mut self, values: ParameterSet) {
        self.replace_by(values, false);
    }

    /// Sets all; `is_foreign` where they were recommended for what is not a Nymi Band.
    pub fn replace_by(&mut self, values: ParameterSet, is_foreign: bool) {
        if (values, is_foreign) != (self.now.values, self.now.is_foreign) {
            self.step();
            (self.now.values, self.now.is_foreign) = (values, is_foreign);
        }
    }

    /// Begins anew with these, and these to compare with.
    pub fn restart(&mut self, (values, is_foreign): (ParameterSet, bool), b: Option<(ParameterSet, bool)>) {
        *self = Self { now: Step { values, is_foreign, b, marks: None }, ..Self::default() };
    }

    /// The pointer was let go.
    pub fn let_go(&mut self) {
        self.dragged = None;
    }

    /// Takes the last step back.
    pub fn undo(&mut self) {
        if let Some(before) = self.past.pop() {
            self.future.push(std::mem::replace(&mut self.now, before));
        }
    }

    /// Takes the last step that was taken back again.
    pub fn redo(&mut self) {
        if let Some(after) = self.future.pop() {
            self.past.push(std::mem::replace(&mut self.now, after));
        }
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step to take again.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    fn step(&mut self) {
        if self.past.len() == STEPS {
            self.past.remove(0);
        }
        self.past.push(self.now.clone());
        self.future.clear();
    }
}

#[cfg(test)]
mod tests {
    use crate::bench::added;
    use crate::recording::Intent;

    use super::*;

    #[test]
    fn a_drag_is_one_step_and_can_be_taken_back() {
        let mut history = History::default();
        let value = |h: &History| h.now().get(Parameter::TapThreshold);
        assert!(history.set(Parameter::TapThreshold, -42, false));
        for dbm in [-43, -44, -45] {
            assert!(history.set(Parameter::TapThreshold, dbm, true));
        }
        history.let_go();
        assert!(!history.set(Parameter::TapThreshold, 5, false));
        history.undo();
        assert_eq!(value(&history), Some(-42));
        history.redo();
        assert_eq!(value(&history), Some(-45));
        let marks = |id| added(&Marks::default(), Intent::Tap, 0, id, 9_000_000).unwrap().0;
        history.set_marks(marks(100_000), Some(1));
        history.set_marks(marks(200_000), Some(1));
        history.let_go();
        history.set_marks(marks(300_000), None);
        history.undo();
        assert_eq!(history.marks(), Some(&marks(200_000)), "a drag is one step");
        history.undo();
        assert_eq!((history.marks(), value(&history)), (None, Some(-45)));
        history.redo();
        history.forget_marks();
        assert!(history.marks().is_none() && !history.can_redo(), "segments of another recording");
        history.undo();
        history.undo();
        assert!(value(&history).is_none() && !history.can_undo() && history.can_redo());
    }
}
