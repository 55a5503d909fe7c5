//! The five parameters with undo and redo. One drag is one step, however many values it passes.

use crate::engine::parameters::{Parameter, ParameterSet};

/// Steps that can be taken back.
const STEPS: usize = 500;

/// Values, and what they were.
#[derive(Debug, Default)]
pub struct History {
    now: ParameterSet,
    past: Vec<ParameterSet>,
    future: Vec<ParameterSet>,
    /// The parameter that is being dragged.
    dragged: Option<Parameter>,
}

impl History {
    /// The values in use.
    pub fn now(&self) -> ParameterSet {
        self.now
    }

    /// Sets one of them; `false` where it is outside its domain. While `is_dragging` further
    /// values of the same parameter belong to the same step.
    pub fn set(&mut self, parameter: Parameter, value: i64, is_dragging: bool) -> bool {
        let mut new = self.now;
        if new.set(parameter, value).is_err() {
            return false;
        }
        if new != self.now {
            if !(is_dragging && self.dragged == Some(parameter)) {
                self.step();
            }
            self.dragged = is_dragging.then_some(parameter);
            self.now = new;
        }
        true
    }

    /// Sets all.
    pub fn replace(&mut self, values: ParameterSet) {
        if values != self.now {
            self.step();
            self.now = values;
        }
    }

    /// Begins anew with these.
    pub fn restart(&mut self, values: ParameterSet) {
        *self = Self { now: values, ..Self::default() };
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
        self.past.push(self.now);
        self.future.clear();
    }
}

#[cfg(test)]
mod tests {
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
        history.undo();
        history.undo();
        assert!(value(&history).is_none() && !history.can_undo() && history.can_redo());
    }
}
