//! The replay of a recording in the making: each row goes through the same pass as it will when
//! the file is replayed, so both decide alike.

use std::convert::Infallible;

use super::run::{Filter, Outcome, Pass, Placed};
use crate::engine::{MissingParameters, Rules};
use crate::recording::{Names, Row};

/// All bands are evaluated.
static EVERYTHING: Filter = Filter { bands: Vec::new(), sources: Vec::new() };

/// A recording being replayed while it is written.
#[derive(Debug)]
pub struct Live(Pass<'static>);

impl Live {
    /// Of a recording that begins.
    ///
    /// # Errors
    /// When the rules need a parameter that nobody gave.
    pub fn new(rules: &Rules) -> Result<Self, MissingParameters> {
        Ok(Self(Pass::new(rules, &EVERYTHING)?))
    }

    /// A row was written. An event is given once time has moved past it, because a mark of the
    /// same instant may still follow.
    pub fn row(&mut self, names: &Names, row: &Row, event: impl FnMut(&Names, &Placed)) {
        let Ok(()) = self.0.row(names, row, &mut infallible(event));
    }

    /// No row before `until_us` will be written any more, so what is due by then happens now.
    pub fn quiet(&mut self, names: &Names, until_us: i64, event: impl FnMut(&Names, &Placed)) {
        let Ok(()) = self.0.time(names, until_us, &mut infallible(event));
    }

    /// The recording was closed with a row at `end_us`.
    pub fn finish(mut self, names: &Names, end_us: i64, event: impl FnMut(&Names, &Placed)) -> Outcome {
        let mut event = infallible(event);
        let Ok(()) = self.0.time(names, end_us, &mut event);
        let Ok(outcome) = self.0.finish(names, end_us, &mut event);
        outcome
    }
}

fn infallible(
    mut event: impl FnMut(&Names, &Placed),
) -> impl FnMut(&Names, &Placed) -> Result<(), Infallible> {
    move |names, placed| {
        event(names, placed);
        Ok(())
    }
}
