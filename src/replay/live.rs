//! The replay of a recording in the making: each line goes through the same pass as it will when
//! the file is replayed, so both decide alike.

use std::convert::Infallible;

use super::run::{Filter, Outcome, Pass, Placed};
use crate::engine::{MissingParameters, Rules};
use crate::recording::{Header, LineReader, Names};

/// All bands are evaluated.
static EVERYTHING: Filter = Filter { bands: Vec::new(), sources: Vec::new() };

/// A recording being replayed while it is written.
pub struct Live {
    lines: LineReader,
    pass: Pass<'static>,
}

impl Live {
    /// Of the recording with this header.
    ///
    /// # Errors
    /// When the rules need a parameter that nobody gave.
    pub fn new(header: &Header, rules: &Rules) -> Result<Self, MissingParameters> {
        Ok(Self { lines: LineReader::new(header), pass: Pass::new(rules, &EVERYTHING)? })
    }

    /// A line was written, `\n` included.
    pub fn line(&mut self, line: &[u8], mut event: impl FnMut(&Names, &Placed)) {
        // A line that the format refuses is refused again when the file is read.
        let Ok(row) = self.lines.row(line) else { return };
        let Ok(()) = self.pass.row(self.lines.names(), &row, &mut infallible(&mut event));
    }

    /// No row before `until_us` will be written any more, so what is due by then happens now.
    pub fn quiet(&mut self, until_us: i64, mut event: impl FnMut(&Names, &Placed)) {
        let Ok(()) = self.pass.time(self.lines.names(), until_us, &mut infallible(&mut event));
    }

    /// The recording was closed with a row at `end_us`.
    pub fn finish(mut self, end_us: i64, mut event: impl FnMut(&Names, &Placed)) -> Outcome {
        let names = self.lines.names();
        let Ok(()) = self.pass.time(names, end_us, &mut infallible(&mut event));
        let Ok(outcome) = self.pass.finish(names, end_us, &mut infallible(&mut event));
        outcome
    }
}

fn infallible(
    event: &mut impl FnMut(&Names, &Placed),
) -> impl FnMut(&Names, &Placed) -> Result<(), Infallible> {
    |names, placed| {
        event(names, placed);
        Ok(())
    }
}
