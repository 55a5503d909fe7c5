//! Which dongle to simulate, the state it is found in, and what goes wrong with it.

use super::super::firmware::Version;

/// A dongle and its circumstances.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What it is and which commands it has: 1.x is a Pro, 2.x a Standard dongle.
    pub firmware: Version,
    /// Its own 48-bit address.
    pub own_address: u64,
    /// How verbose mode says that a scan began and ended.
    pub scan_state: ScanState,
    /// The number of the first command in verbose mode: 0 or 1, sources differ.
    pub first_index: u32,
    /// `type` of scan responses in verbose rows; not documented.
    pub scan_response_type: u8,
    /// Commands that an earlier process sent before it was killed: a left-over scan, role or mode.
    pub earlier: Vec<String>,
    /// What commands get while a scan runs; not documented.
    pub while_scanning: WhileScanning,
    /// Whether it was plugged in just now and shows its bootloader first.
    pub starts_in_bootloader: bool,
    /// How long the bootloader shows after plug-in and `ATR`, in µs; real ones take 10 to 15 s.
    pub bootloader_us: u64,
    /// What goes wrong.
    pub faults: Faults,
    /// Of the chance in `faults`.
    pub seed: u64,
}

impl Default for Settings {
    /// A Standard dongle as it comes up, without faults.
    fn default() -> Self {
        Self {
            firmware: Version([2, 7, 9, 51]),
            own_address: 0x4048_FDE5_2CF2,
            scan_state: ScanState::Nested,
            first_index: 0,
            scan_response_type: 4,
            earlier: Vec::new(),
            while_scanning: WhileScanning::Refused,
            starts_in_bootloader: false,
            bootloader_us: 12_000_000,
            faults: Faults::default(),
            seed: 1,
        }
    }
}

/// The two spellings of the scan state in verbose mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanState {
    /// `{"R":2,"action":"scanning"}`: documentation of 2.2.0.
    Flat,
    /// `{"R":2,"evt":{"action":"scanning"}}`: newer firmware and the Pro.
    Nested,
}

/// What a dongle that scans does with commands other than the stop byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileScanning {
    /// No answer.
    Ignored,
    /// An error.
    Refused,
}

/// What goes wrong on the way to the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// From a command to its answer, in µs.
    pub answer_delay_us: u64,
    /// So many commands from the start on are answered "busy".
    pub busy_commands: u32,
    /// The chance that up to one USB packet (64 bytes) of an answer or row is lost.
    pub loss: f64,
    /// The chance that bytes without meaning come before an answer or row.
    pub garbage: f64,
    /// Answers and rows come in pieces of so many bytes, 1 ms apart.
    pub split: Option<usize>,
    /// It takes commands and says nothing.
    pub is_mute: bool,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            answer_delay_us: 2_000,
            busy_commands: 0,
            loss: 0.0,
            garbage: 0.0,
            split: None,
            is_mute: false,
        }
    }
}
