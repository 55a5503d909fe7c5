//! Parameters from labelled recordings: scoring, the exact sweep, the recommendation with its
//! statistics, and which reading of the rules fits what the real NBE did.
//! It replays through `engine`; it never decides on its own.

mod edges;
mod labelled;
mod sweep;

pub use labelled::{Labelled, Series, Span};
pub use sweep::{Counts, SegmentSweep, Sweeper, WindowSweep};
