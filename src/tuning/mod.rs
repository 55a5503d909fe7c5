//! Parameters from labelled recordings: scoring, the exact sweep, the recommendation with its
//! statistics, and which reading of the rules fits what the real NBE did.
//! It replays through `engine`; it never decides on its own.

mod checks;
mod confidence;
mod edges;
mod fit;
mod grid;
mod labelled;
mod levels;
mod proximity;
mod recommend;
mod statistics;
mod stretches;
mod sums;
mod sweep;
mod tap;
mod thresholds;
mod totals;
mod trade_off;
mod variants;
mod warnings;

pub use confidence::what_repeats_prove;
pub use fit::{Fit, FitGroup, TOLERANCE_US, fit};
pub use grid::{Cost, Pair, WINDOWS};
pub use labelled::{Labelled, Series, Span};
pub use proximity::{Failures, ProximityTuning, has_proximity_evidence, tune_proximity};
pub use recommend::{Demands, Recommendation, recommend};
pub use statistics::{binomial_interval_95, still_allowed_95};
pub use sweep::{SegmentSweep, Sweeper, WindowSweep};
pub use tap::{
    Candidate, HeldOut, RecordingIntervals, Robustness, TapDemands, TapTuning, count_pair, tune_tap,
};
pub use totals::{Counts, Totals};
pub use trade_off::{Cell, Margins, TradeOff};
pub use warnings::{GAP_INTERVALS, GAP_US, Warning};
