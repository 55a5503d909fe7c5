//! Recordings (`*.rssi.jsonl`): reading, writing and repairing them, marks added afterwards, and
//! imports from CSV, btsnoop, pcap and pcapng. A recording holds raw samples and what people said
//! and saw; never a decision.

mod header;
mod input;
mod lines;
mod names;
pub mod print;
mod reader;
mod row;
mod scan;

pub use header::{Header, Source};
pub use input::{Input, expand, open};
pub use names::{BandId, Names, SourceId};
pub use reader::{BadLine, Options, ReadError, Reader};
pub use row::{Intent, Observed, Reason, Row, RowKind, Sample, Segment};
