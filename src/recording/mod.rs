//! Recordings (`*.rssi.jsonl`): reading, writing and repairing them, marks added afterwards, and
//! imports from CSV, btsnoop, pcap and pcapng. A recording holds raw samples and what people said
//! and saw; never a decision.

mod blocks;
mod cancelled;
mod export;
mod header;
pub mod import;
mod input;
mod keys;
mod line_reader;
mod lines;
pub mod marks;
mod names;
mod nfc;
mod output;
pub mod print;
mod pseudonyms;
mod read_ahead;
mod reader;
mod reason;
mod relabel;
mod repair;
mod rewritten;
mod row;
mod scan;
mod writer;

pub use blocks::{Blocks, Bytes};
pub use cancelled::without_cancelled;
pub use export::{CopyError, copy, export_csv};
pub use header::{Header, Source, caveat};
pub use input::{
    Expanded, Input, Progress, Superseded, expand, is_repaired_copy, of_bytes, open, repaired_name,
};
pub use line_reader::LineReader;
pub use names::{BandId, Names, SourceId};
pub use nfc::{Idle, NfcEvent, NfcRow, READER_CAME, READER_WENT};
pub use output::{Output, is_compressed};
pub use pseudonyms::Pseudonyms;
pub use reader::{BadLine, Options, ReadError, Reader};
pub use reason::Reason;
pub use relabel::{Label, Labels, relabel};
pub use repair::{RepairError, Repaired, repair};
pub use rewritten::{rewritten, take_out};
pub use row::{Intent, Observed, Row, RowKind, Sample, Segment};
pub use writer::{Destination, WriteError, Writer, Written};
