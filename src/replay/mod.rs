//! A recording through the engine: decisions placed into the labelled segments, and the verdict
//! on each segment. What live, sweep and tune must agree with; `docs/cli.md` has the contract of
//! what is printed.

mod baseline;
mod explain;
mod jsonl;
mod junit;
mod live;
mod run;
mod segments;
mod summary;

pub use baseline::{Baseline, BaselineError, Worse};
pub(crate) use explain::{NOT_EVERY_SAMPLE, not_rearmed};
pub use jsonl::JsonLines;
pub use junit::junit_xml;
pub use live::Live;
pub use run::{Filter, Outcome, Placed, run};
pub use segments::{JudgedSegment, Standing, Verdict};
pub use summary::{Demand, Latencies, Summary, centi_dbm, decimal, milliseconds, whole_milliseconds};
