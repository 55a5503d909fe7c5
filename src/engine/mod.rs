//! NBE's decisions, rebuilt from what the vendor publishes (`docs/nbe-model.md`): readings in,
//! taps, presence and locks out. No clock, no I/O, no float: time comes in as data, so live,
//! replay and sweep share these few files and always agree.

pub mod parameters;
