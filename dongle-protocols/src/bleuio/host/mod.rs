//! The host's side of a scan, from a port that was just opened to one that may be closed: decoded
//! lines and time in, bytes to write out. Starts whatever state an earlier process left the dongle
//! in, streams, notices when it falls silent, stops, and puts text mode and echo back.

mod ask;
mod step;
#[cfg(test)]
mod tests;

use super::codes::ErrorCode;
use super::command::{Command, STOP, ScanParameters};
use super::firmware::Version;
use super::line::Line;
use crate::advertising::AddressType;
use ask::Ask;
pub use step::Step;

/// Time for the answer to the first line end, which may finish half a command.
const SETTLE_US: u64 = 100_000;

/// The line counts as drained when nothing came for so long.
const QUIET_US: u64 = 150_000;

/// Rows that still come so long after the stop byte: it was lost.
const STOP_AGAIN_US: u64 = 600_000;

/// So many stop bytes are tried.
const STOPS: u32 = 6;

/// What still talks so long after the stop byte, and not in rows, may be no BleuIO: it is asked.
const DRAIN_MAX_US: u64 = 2_000_000;

/// So often rows may come in place of one answer before the dongle counts as one that does not stop.
const DISTURBANCES: u32 = 20;

/// Between an answer of text mode and the next command: nothing marks the end of an answer.
const TEXT_PAUSE_US: u64 = 30_000;

/// Before a command that was refused for now is tried again, and a scan that ended restarted.
const PASSING_US: u64 = 200_000;

/// How long a dongle that fell silent has to answer the stop byte.
const PROBE_US: u64 = 2_000_000;

/// After so many rows it is clear that the firmware gives no RSSI.
const ROWS_TO_JUDGE: u32 = 20;

/// What to scan for, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whom to listen to.
    pub target: Target,
    /// How to listen; `None` leaves the dongle's own parameters.
    pub parameters: Option<ScanParameters>,
    /// Silence, in µs, after which the dongle is asked whether it still lives.
    pub quiet_limit_us: u64,
}

impl Default for Request {
    /// Everything that can be heard.
    fn default() -> Self {
        Self {
            target: Target::Everyone,
            parameters: Some(ScanParameters::EVERYTHING),
            quiet_limit_us: 5_000_000,
        }
    }
}

/// Whom to listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// All advertisers.
    Everyone,
    /// Those whose data contain these bytes; the dongle itself leaves out the others.
    Containing(Vec<u8>),
    /// One advertiser.
    One {
        /// Its 48-bit address.
        address: u64,
        /// And of which type that is.
        address_type: AddressType,
    },
}

/// How far things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Preparing the dongle.
    Starting(Step),
    /// Rows come.
    Streaming,
    /// Silent for too long: asking whether it still lives.
    Probing,
    /// Ending the scan and putting things back.
    Stopping,
    /// The port may be closed.
    Stopped {
        /// Whether no scan is running: none was started, or the dongle said that it has ended.
        clean: bool,
    },
    /// It will not work, or no longer.
    Failed(Failure),
}

/// Why there is no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing came back.
    #[error("the dongle does not answer ({0}); is it a BleuIO, and does no other program use it?")]
    NoAnswer(Step),
    /// Rows came on after every stop byte.
    #[error("the dongle does not end its earlier scan; unplug it and plug it in again")]
    WouldNotStop,
    /// The scan was refused again and again.
    #[error("the dongle refuses to scan ({}); unplug it and plug it in again", display(.0))]
    ScanRefused(Option<ErrorCode>),
    /// Rows without RSSI.
    #[error("the dongle's firmware gives no RSSI; update it to 2.2.1 or newer")]
    NoRssi,
    /// It streamed, fell silent and does not answer any more.
    #[error("the dongle has stopped answering")]
    Silent,
}

fn display(code: &Option<ErrorCode>) -> String {
    code.map_or_else(|| "ERROR".to_owned(), |code| code.to_string())
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Settle { until_us: u64 },
    Drain { stop_sent_us: u64, stops: u32, then: Step, attempt: u32 },
    Pause { until_us: u64, then: Step, attempt: u32 },
    Ask(Ask),
    Streaming,
    Probing { until_us: u64 },
    Stopped { clean: bool },
    Failed(Failure),
}

/// One conversation with a dongle.
#[derive(Clone, Debug)]
pub struct Host {
    request: Request,
    phase: Phase,
    out: Vec<u8>,
    last_line_us: u64,
    last_index: Option<u32>,
    verbose: bool,
    firmware: Option<Version>,
    standard_hardware: Option<bool>,
    rows_without_rssi: Option<u32>,
    scan_refusals: u32,
    restarts: u32,
    probes: u32,
    may_scan: bool,
    verbose_refusals: u32,
    patience: u32,
    /// Rows in place of an answer, since the last answer.
    disturbances: u32,
}

impl Host {
    /// Begins: there are bytes to write at once.
    pub fn new(request: Request, now_us: u64) -> Self {
        let mut out = Vec::new();
        Command::Empty.encode(&mut out);
        Self {
            request,
            phase: Phase::Settle { until_us: now_us.saturating_add(SETTLE_US) },
            out,
            last_line_us: now_us,
            last_index: None,
            verbose: false,
            firmware: None,
            standard_hardware: None,
            rows_without_rssi: Some(0),
            scan_refusals: 0,
            restarts: 0,
            probes: 0,
            may_scan: false,
            verbose_refusals: 0,
            patience: 0,
            disturbances: 0,
        }
    }

    /// How far things are.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Settle { .. } => State::Starting(Step::StopLeftOver),
            Phase::Drain { then: step, .. }
            | Phase::Pause { then: step, .. }
            | Phase::Ask(Ask { step, .. })
                if step.is_stopping() =>
            {
                State::Stopping
            }
            Phase::Drain { .. } => State::Starting(Step::StopLeftOver),
            Phase::Pause { then: step, .. } | Phase::Ask(Ask { step, .. }) => State::Starting(step),
            Phase::Streaming => State::Streaming,
            Phase::Probing { .. } => State::Probing,
            Phase::Stopped { clean } => State::Stopped { clean },
            Phase::Failed(failure) => State::Failed(failure),
        }
    }

    /// The firmware, once the dongle said it.
    pub fn firmware(&self) -> Option<Version> {
        self.firmware
    }

    /// Whether it is a Standard dongle rather than a Pro, once the dongle named its chip.
    pub fn is_standard(&self) -> Option<bool> {
        self.standard_hardware
    }

    /// Whether it speaks verbose mode; text mode otherwise.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// How often a scan that ended by itself, or that was probed, was started again.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// How often silence made it ask whether the dongle lives.
    pub fn probes(&self) -> u32 {
        self.probes
    }

    /// Takes the bytes to write, in order.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// When [`Self::on_time`] has something to do at the latest, in µs, if nothing comes before.
    pub fn wake_at_us(&self) -> Option<u64> {
        match self.phase {
            Phase::Settle { until_us } | Phase::Pause { until_us, .. } | Phase::Probing { until_us } => {
                Some(until_us)
            }
            Phase::Drain { stop_sent_us, .. } => {
                let quiet_us = self.last_line_us.max(stop_sent_us).saturating_add(QUIET_US);
                Some(quiet_us.min(stop_sent_us.saturating_add(DRAIN_MAX_US)))
            }
            Phase::Ask(ask) => Some(ask.deadline_us),
            Phase::Streaming => Some(self.last_line_us.saturating_add(self.request.quiet_limit_us)),
            Phase::Stopped { .. } | Phase::Failed(_) => None,
        }
    }

    /// Ends the scan. After a failure the stop byte is sent all the same, and no answer awaited.
    pub fn stop(&mut self, now_us: u64) {
        match self.state() {
            State::Stopping | State::Stopped { .. } => {}
            State::Failed(_) => self.out.push(STOP),
            _ if self.may_scan => self.ask(Step::StopScan, 0, now_us),
            _ if self.verbose => self.drain(Step::RestoreText, 0, now_us),
            _ => self.drain(Step::RestoreEcho, 0, now_us),
        }
    }

    /// Takes a line that came.
    pub fn on_line(&mut self, line: &Line<'_>, now_us: u64) {
        self.last_line_us = now_us;
        self.note(line);
        match &mut self.phase {
            Phase::Drain { stop_sent_us, stops, .. }
                if matches!(line, Line::Row(_)) && now_us.saturating_sub(*stop_sent_us) >= STOP_AGAIN_US =>
            {
                *stop_sent_us = now_us;
                *stops += 1;
                if *stops > STOPS {
                    self.phase = Phase::Failed(Failure::WouldNotStop);
                } else {
                    self.out.push(STOP);
                }
            }
            Phase::Ask(ask) => {
                let step = ask.step;
                if ask.is_disturbed_by(line) {
                    let attempt = ask.attempt;
                    self.disturbances += 1;
                    if self.disturbances > DISTURBANCES {
                        self.phase = Phase::Failed(Failure::WouldNotStop);
                    } else {
                        self.drain(step, attempt, now_us);
                    }
                } else if let Some(verdict) = ask.hear(line, &self.request, self.verbose, now_us) {
                    self.finish(verdict, now_us);
                }
            }
            Phase::Streaming => self.on_stream(line, now_us),
            Phase::Probing { .. } => match line {
                Line::Row(_) => self.phase = Phase::Streaming,
                _ => self.rescan(now_us),
            },
            _ => {}
        }
    }

    /// Lets time pass.
    pub fn on_time(&mut self, now_us: u64) {
        if self.wake_at_us().is_none_or(|at| now_us < at) {
            return;
        }
        match self.phase {
            Phase::Settle { .. } => self.drain(Step::Verbose, 0, now_us),
            Phase::Drain { then, attempt, .. } | Phase::Pause { then, attempt, .. } => {
                self.ask(then, attempt, now_us);
            }
            Phase::Ask(ask) => match ask.verdict {
                Some(verdict) => self.finish(verdict, now_us),
                None => self.unanswered(ask, now_us),
            },
            Phase::Streaming => {
                self.probes += 1;
                self.out.push(STOP);
                self.phase = Phase::Probing { until_us: now_us.saturating_add(PROBE_US) };
            }
            Phase::Probing { .. } => self.phase = Phase::Failed(Failure::Silent),
            Phase::Stopped { .. } | Phase::Failed(_) => {}
        }
    }

    /// Facts about the dongle, whenever it gives them.
    fn note(&mut self, line: &Line<'_>) {
        match line {
            Line::Firmware(version) => self.firmware = Some(*version),
            Line::Reply { reply, .. } => {
                self.firmware = reply.firmware.or(self.firmware);
                let is_standard = |hw: &[u8]| hw.windows(7).any(|w| w == b"DA14683");
                self.standard_hardware = reply.hardware.map(is_standard).or(self.standard_hardware);
            }
            Line::ScanEnded { .. } => self.may_scan = false,
            Line::Command { index: Some(_), .. } => self.verbose = true,
            _ => {}
        }
    }

    fn on_stream(&mut self, line: &Line<'_>, now_us: u64) {
        match (line, &mut self.rows_without_rssi) {
            (Line::Row(row), without) if row.rssi_dbm.is_some() => *without = None,
            (Line::Row(_), Some(without)) => {
                *without += 1;
                if *without >= ROWS_TO_JUDGE {
                    self.phase = Phase::Failed(Failure::NoRssi);
                }
            }
            (Line::ScanEnded { index }, _) if index.is_none_or(|index| Some(index) == self.last_index) => {
                self.rescan(now_us);
            }
            _ => {}
        }
    }

    fn rescan(&mut self, now_us: u64) {
        self.restarts += 1;
        self.phase =
            Phase::Pause { until_us: now_us.saturating_add(PASSING_US), then: Step::Scan, attempt: 0 };
    }
}
