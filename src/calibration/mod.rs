//! Guided calibration as a state machine without a clock: which steps, how long, when to mark, when
//! a repeat is good enough, and what all of it recommends. Samples and time come in as data;
//! actions for the session's operator come out, and the marks they leave are what is resumed from.

mod gate;
mod outcome;
mod plan;
mod progress;
mod reader_gate;
mod reader_taps;
mod reader_watch;
mod resume;
mod run;
mod severity;
mod tries;

pub use gate::{Other, Problem, Repeat, repeat_problems};
pub use outcome::{Outcome, in_use};
pub use plan::{Plan, Setup, Step, Turn, Wishes, rate_hz};
pub use progress::{Done, Position};
pub use reader_gate::{ReaderProblem, reader_problems};
pub use reader_taps::ReaderTaps;
pub use reader_watch::OnReader;
pub use resume::done_in;
pub use run::{Calibration, Phase};
pub use severity::Severity;
pub use tries::{Try, tries_in};
