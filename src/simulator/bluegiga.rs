//! A virtual BLED112: the state machine of `dongle_protocols` behind a USB plug.

use std::collections::VecDeque;

use dongle_protocols::bgapi::device::{self, Bled112, Presence};
use dongle_protocols::radio::Scene;

use super::dongle::{Usb, VirtualDongle};
use super::fault::{Fault, SILENT_FROM_US, UNPLUGGED_US};

/// One message in this many is hit, under `garbage` and `drop`.
const ONE_IN: u64 = 20;

/// From a command to its answer under `slow`, in µs.
const SLOW_US: u64 = 400_000;

/// So many commands are refused under `busy` and `wrong-state`.
const REFUSED_COMMANDS: u32 = 3;

/// How long the bootloader shows, in µs.
const BOOTLOADER_US: u64 = 5_000_000;

/// The pieces under `split`, in bytes, and the time between them in µs.
const PIECE: (usize, u64) = (7, 1_000);

/// A BLED112 that hears a scene.
#[derive(Clone, Debug)]
pub struct Bluegiga {
    device: Bled112,
    /// What waits to be given in pieces, and when the next one is due.
    pieces: Option<(VecDeque<u8>, u64)>,
}

impl Bluegiga {
    /// One that was plugged in at 0, with these faults; the seed decides its address too.
    pub fn new(scene: Scene, seed: u64, faults: &[Fault]) -> Self {
        let of_device: Vec<_> = faults.iter().filter_map(|fault| of_device(*fault)).collect();
        Self {
            device: Bled112::new(scene, seed, &of_device),
            pieces: faults.contains(&Fault::Split).then(|| (VecDeque::new(), 0)),
        }
    }
}

/// The fault as the device has it; pieces are made on the way.
fn of_device(fault: Fault) -> Option<device::Fault> {
    Some(match fault {
        Fault::Garbage => device::Fault::Garbage { one_in: ONE_IN },
        Fault::Slow => device::Fault::Slow { delay_us: SLOW_US },
        Fault::Drop => device::Fault::Drop { one_in: ONE_IN },
        Fault::Split => return None,
        Fault::Mute => device::Fault::Silent { from_us: 0 },
        Fault::Silent => device::Fault::Silent { from_us: SILENT_FROM_US },
        Fault::Busy => device::Fault::Busy { answers: REFUSED_COMMANDS },
        Fault::WrongState => device::Fault::WrongState { answers: REFUSED_COMMANDS },
        Fault::Bootloader => device::Fault::Bootloader { for_us: BOOTLOADER_US },
        Fault::LeftOverScan => device::Fault::LeftoverScan,
        Fault::LeftOverConnection => device::Fault::LeftoverConnection,
        Fault::NoLicence => device::Fault::NoLicence,
        Fault::Unplug => device::Fault::Unplug {
            at_us: UNPLUGGED_US.start,
            away_us: UNPLUGGED_US.end - UNPLUGGED_US.start,
        },
    })
}

impl VirtualDongle for Bluegiga {
    fn advance(&mut self, now_us: u64) {
        let before = self.device.presence();
        while let Some(due_us) = self.device.next_wake_us().filter(|due_us| *due_us < now_us) {
            self.device.advance(due_us);
            if self.device.presence() != before {
                return;
            }
        }
        self.device.advance(now_us);
    }

    fn usb(&self) -> Usb {
        match self.device.presence() {
            Presence::Absent => Usb::Absent,
            Presence::Bootloader => Usb::Bootloader,
            Presence::Application => Usb::Application,
        }
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64) {
        self.device.advance(now_us);
        self.device.receive(bytes);
    }

    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>) {
        let Some((waiting, due_us)) = &mut self.pieces else { return self.device.take_output(out) };
        let mut new = Vec::new();
        self.device.take_output(&mut new);
        waiting.extend(new);
        if now_us >= *due_us && !waiting.is_empty() {
            out.extend(waiting.drain(..waiting.len().min(PIECE.0)));
            *due_us = now_us.saturating_add(PIECE.1);
        }
    }

    fn wake_at_us(&self) -> Option<u64> {
        let piece = self.pieces.as_ref().filter(|(waiting, _)| !waiting.is_empty());
        [self.device.next_wake_us(), piece.map(|(_, due_us)| *due_us)].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use dongle_protocols::bgapi::Command;

    use super::*;

    #[test]
    fn pieces_are_small_and_whole_together() {
        let scene = || Scene::new(1, vec![]);
        let said = |faults: &[Fault]| {
            let mut dongle = Bluegiga::new(scene(), 1, faults);
            dongle.receive(Command::SystemGetInfo {}.encode().as_slice(), 1);
            let (mut out, mut now_us, mut longest) = (Vec::new(), 1, 0);
            loop {
                let before = out.len();
                dongle.take_output(now_us, &mut out);
                longest = longest.max(out.len() - before);
                match dongle.wake_at_us() {
                    Some(at_us) => now_us = at_us,
                    None => return (out, longest),
                }
            }
        };
        let (whole, all) = said(&[]);
        assert_eq!((whole.len(), all), (16, 16));
        assert_eq!(said(&[Fault::Split]), (whole, PIECE.0));
    }

    #[test]
    fn a_reset_takes_it_off_the_bus_and_brings_it_back() {
        let mut dongle = Bluegiga::new(Scene::new(1, vec![]), 1, &[]);
        dongle.receive(Command::SystemReset { boot_in_dfu: 0 }.encode().as_slice(), 1);
        assert_eq!(dongle.usb(), Usb::Absent);
        // Even if nobody looked for a long time.
        dongle.advance(10_000_000);
        assert_eq!(dongle.usb(), Usb::Application);
    }
}
