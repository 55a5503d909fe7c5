//! Recordings (`*.rssi.jsonl`): reading, writing and repairing them, marks added afterwards, and
//! imports from CSV, btsnoop, pcap and pcapng. A recording holds raw samples and what people said
//! and saw; never a decision.

pub mod print;
