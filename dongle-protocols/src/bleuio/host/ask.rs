//! One command and its answer: which lines belong to it, when it is complete, what follows.

use super::super::codes::ErrorCode;
use super::super::command::{Command, STOP};
use super::super::line::Line;
use super::{Failure, Host, PASSING_US, Phase, Request, Step, TEXT_PAUSE_US};

/// Each command that stays unanswered doubles the time the next ones have, up to this power.
const PATIENCE_MAX: u32 = 2;

/// An answer that looks complete waits so long for its last line.
const GRACE_US: u64 = 300_000;

/// So many bytes of a command tell it from all others; what follows may be written differently.
const ECHO_COMPARED: usize = 9;

/// So many refusals of the scan, with everything before it tried again between, are the end.
const SCAN_REFUSALS: u32 = 4;

/// So often a command that is refused for now is tried again.
const PASSING_RETRIES: u32 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fulfilled,
    Refused(Option<ErrorCode>),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) step: Step,
    /// Counts repetitions, for whichever reason.
    pub(super) attempt: u32,
    pub(super) deadline_us: u64,
    pub(super) verdict: Option<Verdict>,
    /// From line C: A, R and E of the same number are ours.
    index: Option<u32>,
}

impl Ask {
    /// Rows while no scan should run: the stop byte was lost, or came too early.
    pub(super) fn is_disturbed_by(&self, line: &Line<'_>) -> bool {
        matches!(line, Line::Row(_)) && !matches!(self.step, Step::Scan | Step::StopScan)
    }

    /// Takes a line; the verdict once the answer is complete.
    pub(super) fn hear(
        &mut self,
        line: &Line<'_>,
        request: &Request,
        verbose: bool,
        now_us: u64,
    ) -> Option<Verdict> {
        let ours = |index: u32| self.index == Some(index);
        let fulfilled = Some(Verdict::Fulfilled);
        match (line, self.step) {
            (Line::Command { index: Some(index), text }, _) if self.is_echoed_by(text, request) => {
                self.index = Some(*index);
            }
            (Line::Acknowledged { index, code }, _) if ours(*index) => {
                let refused = Verdict::Refused(Some(*code));
                let verdict = if code.is_fulfilled() { Verdict::Fulfilled } else { refused };
                self.presume(verdict, now_us);
            }
            (Line::End { index }, Step::Scan) if ours(*index) => return self.verdict,
            (Line::End { index }, _) if ours(*index) => return self.verdict.or(fulfilled),
            (Line::ScanEnded { .. }, Step::StopScan) => return fulfilled,
            (Line::Verbose(true), Step::Verbose) | (Line::Verbose(false), Step::RestoreText) => {
                return fulfilled;
            }
            (Line::Echo(_), Step::Echo | Step::RestoreEcho) => return fulfilled,
            (Line::Advertising(_), Step::Information) => return fulfilled,
            (Line::ScanStarted { index: None }, Step::Scan) | (Line::Row(_), Step::Scan) => return fulfilled,
            (Line::ScanStarted { index: Some(index) }, Step::Scan) if ours(*index) => {
                self.presume(Verdict::Fulfilled, now_us);
            }
            (Line::Error(_), step) if step != Step::StopScan => return Some(Verdict::Refused(None)),
            (Line::Ok, Step::Information) => self.presume(Verdict::Fulfilled, now_us),
            (Line::Ok, step) if !matches!(step, Step::Scan | Step::StopScan) => return fulfilled,
            // The words of text mode's answers are not all known: any will do.
            (Line::Text(_) | Line::Firmware(_), step)
                if !verbose && !matches!(step, Step::Scan | Step::StopScan | Step::Verbose) =>
            {
                self.presume(Verdict::Fulfilled, now_us);
            }
            _ => {}
        }
        None
    }

    /// Late answers to earlier commands have another one in their line C.
    fn is_echoed_by(&self, text: &[u8], request: &Request) -> bool {
        let Some(command) = self.step.command(request, self.attempt) else { return false };
        let command = command.to_string();
        let compared = command.len().min(ECHO_COMPARED);
        text.get(..compared).is_some_and(|text| text.eq_ignore_ascii_case(&command.as_bytes()[..compared]))
    }

    fn presume(&mut self, verdict: Verdict, now_us: u64) {
        self.verdict = Some(verdict);
        self.deadline_us = self.deadline_us.min(now_us.saturating_add(GRACE_US));
    }
}

impl Host {
    pub(super) fn ask(&mut self, step: Step, attempt: u32, now_us: u64) {
        match step.command(&self.request, attempt) {
            Some(command) => command.encode(&mut self.out),
            None => self.out.push(STOP),
        }
        self.may_scan |= step == Step::Scan;
        let deadline_us = now_us.saturating_add(step.limit_us() << self.patience);
        self.phase = Phase::Ask(Ask { step, attempt, deadline_us, verdict: None, index: None });
    }

    /// Ends whatever runs and waits for quiet before a step.
    pub(super) fn drain(&mut self, then: Step, attempt: u32, now_us: u64) {
        self.out.push(STOP);
        self.phase = Phase::Drain { stop_sent_us: now_us, stops: 1, then, attempt };
    }

    pub(super) fn unanswered(&mut self, ask: Ask, now_us: u64) {
        let attempt = ask.attempt + 1;
        self.patience = (self.patience + 1).min(PATIENCE_MAX);
        if attempt < ask.step.attempts() {
            match ask.step {
                Step::StopScan => self.ask(ask.step, attempt, now_us),
                Step::Verbose => {
                    self.verbose_refusals = 0;
                    self.drain(ask.step, attempt, now_us);
                    Command::Quit.encode(&mut self.out);
                }
                _ => self.drain(ask.step, attempt, now_us),
            }
        } else if ask.step.is_essential() {
            self.phase = Phase::Failed(Failure::NoAnswer(ask.step));
        } else {
            self.proceed(ask.step, now_us);
        }
    }

    pub(super) fn finish(&mut self, verdict: Verdict, now_us: u64) {
        let Phase::Ask(ask) = self.phase else { return };
        self.last_index = ask.index.or(self.last_index);
        match (ask.step, verdict) {
            (step, Verdict::Refused(Some(code))) if code.is_passing() && ask.attempt < PASSING_RETRIES => {
                self.pause(step, ask.attempt + 1, PASSING_US, now_us);
            }
            (Step::Verbose, Verdict::Fulfilled) => {
                self.verbose = true;
                self.proceed(ask.step, now_us);
            }
            // The error may be about half a command that the line end finished.
            (Step::Verbose, Verdict::Refused(_)) if self.verbose_refusals == 0 => {
                self.verbose_refusals += 1;
                self.pause(ask.step, ask.attempt, PASSING_US, now_us);
            }
            (Step::Verbose, Verdict::Refused(_)) => {
                self.verbose = false;
                self.proceed(ask.step, now_us);
            }
            (Step::Role, Verdict::Refused(_)) => self.pause(Step::OldRole, 0, TEXT_PAUSE_US, now_us),
            (Step::Scan, Verdict::Fulfilled) => {
                self.scan_refusals = 0;
                self.phase = Phase::Streaming;
            }
            (Step::Scan, Verdict::Refused(code)) => {
                self.scan_refusals += 1;
                if self.scan_refusals >= SCAN_REFUSALS {
                    self.phase = Phase::Failed(Failure::ScanRefused(code));
                } else if self.scan_refusals == 1 {
                    self.drain(Step::Scan, 1, now_us);
                } else {
                    self.drain(Step::Role, 0, now_us);
                }
            }
            (Step::RestoreText, Verdict::Fulfilled) => {
                self.verbose = false;
                self.proceed(ask.step, now_us);
            }
            (step, _) => self.proceed(step, now_us),
        }
    }

    fn proceed(&mut self, step: Step, now_us: u64) {
        self.disturbances = 0;
        match step.next(&self.request, self.firmware) {
            Some(Step::RestoreText) if !self.verbose => self.ask(Step::RestoreEcho, 0, now_us),
            Some(next) if self.verbose => self.ask(next, 0, now_us),
            Some(next) => self.pause(next, 0, TEXT_PAUSE_US, now_us),
            None => self.phase = Phase::Stopped { clean: !self.may_scan },
        }
    }

    fn pause(&mut self, then: Step, attempt: u32, pause_us: u64, now_us: u64) {
        self.phase = Phase::Pause { until_us: now_us.saturating_add(pause_us), then, attempt };
    }
}
