//! A simulated BLED112: bytes from the host in, bytes to the host out, time as data. It hears a
//! scripted scene, answers every command of the tables, and fails in the ways that real ones fail.
//! Where no document says what a dongle does, the comment at the answer says that it is a guess.

mod answers;
mod fault;
mod hearing;
mod input;
mod state;

use std::collections::VecDeque;

pub use fault::{Fault, UnknownFault};

use self::fault::Faults;
use self::input::Input;
use self::state::Radio;
use super::fields::Packet;
use super::{Command, Event, ResultCode};
use crate::radio::{BadSignal, Scene, SplitMix64};

/// How long a restarting dongle is off the bus, in µs. Clients in use wait 1 s before they reopen
/// the port after a reset.
const RESTART_US: u64 = 700_000;

/// Commands that are taken while one is being answered. Clients send ten in a row to real dongles,
/// so that there is a queue; how long it is, is a guess.
const WAITING_MAX: usize = 16;

/// What a host leaves unread before more is lost; real firmware can even freeze (BGScript
/// Developer Guide v2.5 section 4.5).
const UNREAD_MAX: usize = 1 << 16;

/// Bluegiga's part of the dongle's own address.
const OWN_ADDRESS: u64 = 0x0007_8000_0000;

/// What the USB shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The dongle, with its serial port.
    Application,
    /// The bootloader for firmware updates: a port that does not speak BGAPI's other classes.
    Bootloader,
    /// Nothing.
    Absent,
}

/// The simulated dongle. Time begins at 0 and is that of its scene.
#[derive(Clone, Debug)]
pub struct Bled112 {
    scene: Scene,
    faults: Faults,
    random: SplitMix64,
    own_address: u64,
    now_us: u64,
    presence: Presence,
    next_phases: VecDeque<(u64, Presence)>,
    input: Input,
    waiting: VecDeque<(u64, Command)>,
    radio: Radio,
    output: Vec<u8>,
    lost_unread: u64,
}

impl Bled112 {
    /// A dongle that was plugged in at 0. The seed decides its address and its faults; the scene
    /// has a seed of its own.
    pub fn new(scene: Scene, seed: u64, faults: &[Fault]) -> Self {
        let mut device = Self {
            scene,
            faults: Faults::new(faults),
            random: SplitMix64::stream(seed, u64::MAX),
            own_address: OWN_ADDRESS | SplitMix64::new(seed).next() >> 40,
            now_us: 0,
            presence: Presence::Application,
            next_phases: VecDeque::new(),
            input: Input::default(),
            waiting: VecDeque::new(),
            radio: Radio::default(),
            output: Vec::new(),
            lost_unread: 0,
        };
        if let Some(for_us) = device.faults.bootloader_us {
            device.presence = Presence::Bootloader;
            device.next_phases.extend([
                (for_us, Presence::Absent),
                (for_us.saturating_add(RESTART_US), Presence::Application),
            ]);
        } else {
            device.radio.leave_over(device.faults.leftover_scan, device.faults.leftover_connection);
            device.announce();
        }
        if let Some((at_us, away_us)) = device.faults.unplug {
            let back_us = at_us.saturating_add(away_us);
            device.next_phases.retain(|(t_us, _)| *t_us < at_us);
            device.next_phases.extend([(at_us, Presence::Absent), (back_us, Presence::Application)]);
        }
        device
    }

    /// Carries it into another scene, which begins now.
    pub fn bring_into(&mut self, scene: Scene) {
        self.scene = scene.later_by(self.now_us);
    }

    /// Sends one of its scene on a walk that begins now; see [`Scene::walk`].
    ///
    /// # Errors
    /// When the distance is none.
    pub fn send_walking(&mut self, advertiser: usize, to_m: f64, takes_us: u64) -> Result<(), BadSignal> {
        self.scene.walk(advertiser, self.now_us, to_m, takes_us)
    }

    /// The dongle's own 48-bit address.
    pub fn own_address(&self) -> u64 {
        self.own_address
    }

    /// What the USB shows now. While it is not the application, bytes go nowhere.
    pub fn presence(&self) -> Presence {
        self.presence
    }

    /// The time it has reached, in µs.
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// Bytes that were lost because the host did not read.
    pub fn lost_unread(&self) -> u64 {
        self.lost_unread
    }

    /// When something next happens without the host, in µs: time to call [`Bled112::advance`].
    pub fn next_wake_us(&self) -> Option<u64> {
        [self.scene.next_due_us(), self.next_due_us()].into_iter().flatten().min()
    }

    /// Moves the bytes for the host to the end of `into`.
    pub fn take_output(&mut self, into: &mut Vec<u8>) {
        into.append(&mut self.output);
    }

    /// Takes the dongle off the bus now, for `away_us`, with all it knew.
    pub fn unplug(&mut self, away_us: u64) {
        let back_us = self.now_us.saturating_add(away_us);
        self.next_phases = [(back_us, Presence::Application)].into();
        self.enter(Presence::Absent);
    }

    /// Bytes from the host, now.
    pub fn receive(&mut self, mut bytes: &[u8]) {
        if self.presence != Presence::Application || self.is_silent() {
            return;
        }
        while let Some(read) = self.input.read(&mut bytes, self.now_us) {
            match read {
                Ok(command) => self.accept(command),
                Err(reason) => self.send(&Event::SystemProtocolError { reason }.encode()),
            }
            if self.presence != Presence::Application {
                return;
            }
        }
    }

    /// Plays on to `t_us`; an earlier time changes nothing.
    pub fn advance(&mut self, t_us: u64) {
        loop {
            let due = self.next_due_us().filter(|due| *due <= t_us);
            while let Some(heard) = self.scene.next_until(due.unwrap_or(t_us)) {
                self.now_us = self.now_us.max(heard.t_us);
                self.hear(heard);
            }
            let Some(due) = due else { break };
            self.now_us = self.now_us.max(due);
            self.do_due();
        }
        self.now_us = self.now_us.max(t_us);
    }

    fn next_due_us(&self) -> Option<u64> {
        let phase = self.next_phases.front().map(|(t_us, _)| *t_us);
        let answer = self.waiting.front().map(|(t_us, _)| *t_us);
        [phase, answer, self.input.gives_up_us()].into_iter().flatten().min()
    }

    fn do_due(&mut self) {
        let is_due = |t_us: u64| t_us <= self.now_us;
        if let Some((_, presence)) = self.next_phases.pop_front_if(|phase| is_due(phase.0)) {
            self.enter(presence);
        } else if let Some((_, command)) = self.waiting.pop_front_if(|waiting| is_due(waiting.0)) {
            self.answer(command);
        } else if self.input.give_up(self.now_us) {
            self.send(&Event::SystemProtocolError { reason: ResultCode::TIMEOUT }.encode());
        }
    }

    fn accept(&mut self, command: Command) {
        if self.faults.slow_us == 0 {
            self.answer(command);
        } else if self.waiting.len() < WAITING_MAX {
            let free_us = self.waiting.back().map_or(self.now_us, |(t_us, _)| *t_us);
            self.waiting.push_back((free_us.saturating_add(self.faults.slow_us), command));
        } else {
            // A guess: no document says what a full queue does.
            self.send(&Event::SystemProtocolError { reason: ResultCode::BUFFERS_FULL }.encode());
        }
    }

    /// Comes up, or goes: either way nothing of before is kept.
    fn enter(&mut self, presence: Presence) {
        self.presence = presence;
        self.input = Input::default();
        self.waiting.clear();
        self.output.clear();
        self.radio = Radio::default();
        if presence == Presence::Application {
            self.announce();
        }
    }

    /// There is no boot event over USB.
    fn announce(&mut self) {
        if self.faults.no_licence {
            self.send(&Event::SystemNoLicenceKey {}.encode());
        }
    }

    fn restart(&mut self, into: Presence) {
        self.next_phases = [(self.now_us.saturating_add(RESTART_US), into)].into();
        self.enter(Presence::Absent);
    }

    fn is_silent(&self) -> bool {
        self.faults.silent_from_us.is_some_and(|from_us| from_us <= self.now_us)
    }

    /// Sends a packet through the line's faults.
    fn send(&mut self, packet: &Packet) {
        if self.is_silent() {
            return;
        }
        for bytes in self.faults.damage(packet, &mut self.random) {
            if self.output.len() + bytes.as_slice().len() <= UNREAD_MAX {
                self.output.extend_from_slice(bytes.as_slice());
            } else {
                self.lost_unread += u64::from(bytes.len());
            }
        }
    }
}

#[cfg(test)]
mod tests;
