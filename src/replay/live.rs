//! The replay of a recording in the making: each row goes through the same pass as it will when
//! the file is replayed, so both decide alike.

use std::convert::Infallible;

use super::run::{Filter, Outcome, Pass, Placed};
use super::segments::JudgedSegment;
use super::summary::Summary;
use crate::engine::{MissingParameters, Rules};
use crate::recording::{Names, Row};

/// All bands are evaluated.
static EVERYTHING: Filter = Filter { bands: Vec::new(), sources: Vec::new() };

/// A recording being replayed while it is written.
#[derive(Debug)]
pub struct Live {
    pass: Pass<'static>,
    marks_may_follow: bool,
}

impl Live {
    /// Of a recording that begins. Where a mark may follow a row of the same instant, as in
    /// recordings that are replayed, an event is given only once time has moved past it.
    ///
    /// # Errors
    /// When the rules need a parameter that nobody gave.
    pub fn new(rules: &Rules, marks_may_follow: bool) -> Result<Self, MissingParameters> {
        Ok(Self { pass: Pass::new(rules, &EVERYTHING)?, marks_may_follow })
    }

    /// A row was written.
    pub fn row(&mut self, names: &Names, row: &Row, event: impl FnMut(&Names, &Placed)) {
        let mut event = infallible(event);
        let Ok(()) = self.pass.row(names, row, &mut event);
        if !self.marks_may_follow {
            let Ok(()) = self.pass.place_before(names, i64::MAX, &mut event);
        }
    }

    /// No row before `until_us` will be written any more, so what is due by then happens now.
    pub fn quiet(&mut self, names: &Names, until_us: i64, event: impl FnMut(&Names, &Placed)) {
        let Ok(()) = self.pass.time(names, until_us, &mut infallible(event));
    }

    /// The counts and the segments so far, as if the recording ended here.
    pub fn so_far(&self) -> (Summary, Vec<JudgedSegment>) {
        self.pass.so_far()
    }

    /// The recording was closed with a row at `end_us`.
    pub fn finish(mut self, names: &Names, end_us: i64, event: impl FnMut(&Names, &Placed)) -> Outcome {
        let mut event = infallible(event);
        let Ok(()) = self.pass.time(names, end_us, &mut event);
        let Ok(outcome) = self.pass.finish(names, end_us, &mut event);
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
