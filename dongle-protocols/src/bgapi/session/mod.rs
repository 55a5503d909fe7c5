//! From an opened port to a running scan and back, as a state machine without I/O or clock.
//!
//! The radio belongs to the dongle and not to the process: one that died leaves it scanning or
//! connected. So a session first listens, ends whatever runs, and only then sets up its own scan:
//! all devices, every packet, passive, without pauses. It never resets the dongle, as that takes
//! it off the bus for seconds.

use super::{Advertisement, Command, Event, Info, Message, Response, ResultCode};

mod step;

pub use step::Step;

/// How long left-over events are listened for before the first command, in µs.
const LISTEN_US: u64 = 200_000;
/// How long an answer may take before the command is sent again, in µs; a dongle that took longer
/// for its last answer gets as long and a margin, up to the most.
const ANSWER_US: (u64, u64) = (1_000_000, 10_000_000);
const ANSWER_MARGIN_US: u64 = 500_000;
/// How long a start may go without any answer, in µs: a bootloader or a restart takes seconds.
const START_SILENCE_US: u64 = 30_000_000;
/// How long a stop or a running scan may go without an answer, in µs.
const SILENCE_US: u64 = 2_500_000;
/// After how long without a message a running scan is asked for a sign of life, in µs: a dongle
/// that hangs and a quiet room look the same.
const PROBE_US: u64 = 2_000_000;
/// The pause before a refused command is sent again, in µs, and how often that is done.
const RETRY_US: u64 = 100_000;
const RETRIES_MAX: u32 = 50;
/// How often one step may be refused for good: a damaged answer can look like a refusal.
const REFUSALS_MAX: u32 = 3;

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On the way to a scan: this step is being done.
    Starting(Step),
    /// Scanning: advertisements come.
    Streaming,
    /// Ending the scan.
    Stopping,
    /// The scan is over: the port can be closed.
    Stopped,
    /// It cannot go on: the port is to be closed, and may be tried again.
    Failed(SessionError),
}

/// Why a session cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Nothing answers: something else than a BLED112, a bootloader, or a dongle that hangs.
    #[error(
        "no answer to \"{0}\": unplug the dongle and plug it in again, or check that the port is a BLED112's"
    )]
    NoAnswer(Step),
    /// The dongle keeps saying no.
    #[error("the dongle refused \"{step}\": {code}")]
    Refused {
        /// What was asked.
        step: Step,
        /// Its last answer.
        code: ResultCode,
    },
    /// The radio cannot be used.
    #[error("the dongle has lost its licence key; its radio cannot be used until it is licensed again")]
    NoLicence,
}

/// A command that waits for its answer.
#[derive(Clone, Copy, Debug)]
struct Sent {
    first_us: u64,
    last_us: u64,
}

/// What an answer means for the step that it answers.
enum Verdict {
    Done,
    Retry(ResultCode),
    StartOver(ResultCode),
    Refused(ResultCode),
}

/// One use of a port, from its opening to its closing. Times are in µs on any one clock.
///
/// Call [`Session::receive`] with every message, and [`Session::poll`] after that and at
/// [`Session::next_wake_us`] for what to send.
#[derive(Clone, Debug)]
pub struct Session {
    state: State,
    sent: Option<Sent>,
    not_before_us: u64,
    answered_us: u64,
    heard_us: u64,
    patience_us: u64,
    retries: u32,
    refusals: u32,
    leftover_scan: bool,
    asking: bool,
    info: Option<Info>,
    address: Option<u64>,
}

impl Session {
    /// A session on a port that was opened at `t_us`; its scan only listens.
    pub fn new(t_us: u64) -> Self {
        Self {
            state: State::Starting(Step::Listen),
            sent: None,
            not_before_us: t_us.saturating_add(LISTEN_US),
            answered_us: t_us,
            heard_us: t_us,
            patience_us: ANSWER_US.0,
            retries: 0,
            refusals: 0,
            leftover_scan: false,
            asking: false,
            info: None,
            address: None,
        }
    }

    /// With an active scan, which asks each advertiser for its scan response.
    #[must_use]
    pub fn asking(self) -> Self {
        Self { asking: true, ..self }
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the dongle was found scanning, left over by a process that died.
    pub fn found_leftover_scan(&self) -> bool {
        self.leftover_scan
    }

    /// The dongle's versions, once it told.
    pub fn info(&self) -> Option<Info> {
        self.info
    }

    /// The dongle's own 48-bit address, once it told: what tells two BLED112 apart, as all share
    /// one USB serial number.
    pub fn address(&self) -> Option<u64> {
        self.address
    }

    /// Whether a command has been waiting for its answer for longer than is normal.
    pub fn is_waiting_long(&self, t_us: u64) -> bool {
        self.sent.is_some_and(|sent| t_us.saturating_sub(sent.first_us) >= ANSWER_US.0)
    }

    /// Ends the scan, or the start of one. Read on until the state is stopped or failed: a dongle
    /// whose bytes nobody reads can freeze.
    pub fn stop(&mut self, t_us: u64) {
        if matches!(self.state, State::Starting(_) | State::Streaming) {
            self.state = State::Stopping;
            self.sent = None;
            (self.retries, self.refusals) = (0, 0);
            (self.not_before_us, self.answered_us) = (t_us, t_us);
        }
    }

    /// When to call [`Session::poll`] though nothing came, in µs; `None` once it is over.
    pub fn next_wake_us(&self) -> Option<u64> {
        match (self.state, self.sent) {
            (State::Stopped | State::Failed(_), _) => None,
            (_, Some(sent)) => Some(sent.last_us.saturating_add(self.patience_us)),
            (State::Streaming, None) => Some(self.heard_us.saturating_add(PROBE_US)),
            (State::Starting(_) | State::Stopping, None) => Some(self.not_before_us),
        }
    }

    /// What to send now, if anything.
    pub fn poll(&mut self, t_us: u64) -> Option<Command> {
        if t_us < self.next_wake_us()? {
            return None;
        }
        if self.state == State::Starting(Step::Listen) {
            self.state = State::Starting(Step::EndProcedure);
            self.answered_us = t_us;
        }
        let step = self.step()?;
        match &mut self.sent {
            Some(sent) => {
                let starting = matches!(self.state, State::Starting(_));
                let most_us = if starting { START_SILENCE_US } else { SILENCE_US };
                let silent_since_us = if starting { self.answered_us } else { sent.first_us };
                if t_us.saturating_sub(silent_since_us) >= most_us {
                    self.fail(SessionError::NoAnswer(step));
                    return None;
                }
                sent.last_us = t_us;
            }
            None => self.sent = Some(Sent { first_us: t_us, last_us: t_us }),
        }
        step.command(self.asking)
    }

    /// Takes a message that came at `t_us`; gives the advertisement it holds, while streaming.
    pub fn receive(&mut self, t_us: u64, message: &Message) -> Option<Advertisement> {
        self.heard_us = t_us;
        if self.state == State::Streaming {
            // Any message is the sign of life that a probe asks for.
            self.sent = None;
        }
        match message {
            Message::Response(response) => self.take_response(t_us, response),
            Message::Event(Event::GapScanResponse { packet }) => match self.state {
                State::Streaming => return Some((*packet).into()),
                State::Starting(Step::Listen) => self.leftover_scan = true,
                _ => {}
            },
            Message::Event(Event::SystemNoLicenceKey {}) => self.fail(SessionError::NoLicence),
            Message::Event(Event::SystemProtocolError { reason }) => self.take_protocol_error(t_us, *reason),
            Message::Event(_) | Message::Unknown { .. } => {}
        }
        None
    }

    /// The step whose command is sent, or is to be sent.
    fn step(&self) -> Option<Step> {
        match self.state {
            State::Starting(step) => Some(step),
            State::Streaming => Some(Step::Hello),
            State::Stopping => Some(Step::EndProcedure),
            State::Stopped | State::Failed(_) => None,
        }
    }

    fn take_response(&mut self, t_us: u64, response: &Response) {
        let (Some(step), Some(sent)) = (self.step(), self.sent) else { return };
        if !step.is_answered_by(response) {
            return;
        }
        let took_us = t_us.saturating_sub(sent.first_us);
        self.patience_us = took_us.saturating_add(ANSWER_MARGIN_US).clamp(ANSWER_US.0, ANSWER_US.1);
        self.sent = None;
        self.answered_us = t_us;
        match *response {
            Response::SystemGetInfo { info } => self.info = Some(info),
            Response::SystemAddressGet { address } => self.address = Some(address),
            _ => {}
        }
        let verdict = self.judge(step, response.result().unwrap_or(ResultCode::OK));
        self.follow(t_us, step, verdict);
    }

    /// The dongle could not read a command: it came damaged, or the firmware does not have it.
    fn take_protocol_error(&mut self, t_us: u64, reason: ResultCode) {
        let (Some(step), Some(_)) = (self.step(), self.sent.take()) else { return };
        self.answered_us = t_us;
        let verdict = if step.is_optional() && reason.is_unknown_command() {
            Verdict::Done
        } else {
            Verdict::Retry(reason)
        };
        self.follow(t_us, step, verdict);
    }

    fn judge(&self, step: Step, code: ResultCode) -> Verdict {
        match step {
            _ if code.is_ok() => Verdict::Done,
            _ if code.is_busy() => Verdict::Retry(code),
            Step::EndProcedure if code == ResultCode::WRONG_STATE => Verdict::Done,
            Step::Disconnect(_) => Verdict::Done,
            _ if step.is_optional() && code.is_unknown_command() => Verdict::Done,
            _ if code == ResultCode::WRONG_STATE => Verdict::StartOver(code),
            _ => Verdict::Refused(code),
        }
    }

    fn follow(&mut self, t_us: u64, step: Step, verdict: Verdict) {
        self.not_before_us = t_us;
        match (verdict, self.state) {
            (Verdict::Done, State::Starting(_)) => {
                self.refusals = 0;
                self.state = step.next().map_or(State::Streaming, State::Starting);
            }
            (Verdict::Done, State::Stopping) => self.state = State::Stopped,
            (Verdict::Done, _) => {}
            (Verdict::Retry(code), _) => self.retry(t_us, step, code),
            (Verdict::StartOver(code), _) => {
                self.retry(t_us, step, code);
                if matches!(self.state, State::Starting(_)) {
                    self.state = State::Starting(Step::EndProcedure);
                }
            }
            (Verdict::Refused(code), _) => {
                self.refusals += 1;
                self.retry(t_us, step, code);
                if self.refusals >= REFUSALS_MAX {
                    self.fail(SessionError::Refused { step, code });
                }
            }
        }
    }

    fn retry(&mut self, t_us: u64, step: Step, code: ResultCode) {
        self.not_before_us = t_us.saturating_add(RETRY_US);
        self.retries += 1;
        if self.retries > RETRIES_MAX {
            self.fail(SessionError::Refused { step, code });
        }
    }

    fn fail(&mut self, error: SessionError) {
        self.state = State::Failed(error);
        self.sent = None;
    }
}

#[cfg(test)]
mod tests;
