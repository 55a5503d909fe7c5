//! A virtual BleuIO: the state machine of `dongle_protocols`, and what happens to its USB plug.

use std::ops::Range;

use dongle_protocols::bleuio::device::{self, Device, Settings};
use dongle_protocols::radio::Scene;

use super::dongle::{Usb, VirtualDongle};
use super::fault::{Fault, NotThisDongle, SILENT_FROM_US, UNPLUGGED_US};

/// How often answers and rows are hit, under `garbage` and `drop`.
const CHANCE: f64 = 0.02;

/// From a command to its answer under `slow`, in µs.
const SLOW_US: u64 = 800_000;

/// So many commands are refused under `busy`.
const BUSY_COMMANDS: u32 = 3;

/// The pieces under `split`, in bytes.
const PIECE: usize = 7;

/// Commands of a process that was killed while it scanned.
const LEFT_OVER: [&str; 3] = ["AT+CENTRAL", "AT+SHOWRSSI=1", "AT+FINDSCANDATA="];

/// A BleuIO that hears a scene.
#[derive(Clone, Debug)]
pub struct BleuIo {
    device: Device,
    /// As it comes back when it was unplugged: plugged in anew, in the same scene.
    again: (Settings, Scene),
    unplugged_us: Option<Range<u64>>,
    silent_from_us: Option<u64>,
    usb: Usb,
}

impl BleuIo {
    /// One that was plugged in at 0, with these faults.
    ///
    /// # Errors
    /// When a fault is none of this dongle's.
    pub fn new(scene: Scene, seed: u64, faults: &[Fault]) -> Result<Self, NotThisDongle> {
        let mut settings = Settings { seed, ..Settings::default() };
        for fault in faults {
            apply(*fault, &mut settings)?;
        }
        let again = Settings { earlier: Vec::new(), starts_in_bootloader: false, ..settings.clone() };
        let device = Device::new(settings, scene.clone());
        Ok(Self {
            usb: of(&device),
            device,
            again: (again, scene),
            unplugged_us: faults.contains(&Fault::Unplug).then_some(UNPLUGGED_US),
            silent_from_us: faults.contains(&Fault::Silent).then_some(SILENT_FROM_US),
        })
    }

    fn is_silent(&self, now_us: u64) -> bool {
        self.silent_from_us.is_some_and(|from_us| from_us <= now_us)
    }
}

fn apply(fault: Fault, settings: &mut Settings) -> Result<(), NotThisDongle> {
    let faults = &mut settings.faults;
    match fault {
        Fault::Garbage => faults.garbage = CHANCE,
        Fault::Slow => faults.answer_delay_us = SLOW_US,
        Fault::Drop => faults.loss = CHANCE,
        Fault::Split => faults.split = Some(PIECE),
        Fault::Mute => faults.is_mute = true,
        Fault::Busy => faults.busy_commands = BUSY_COMMANDS,
        Fault::Bootloader => settings.starts_in_bootloader = true,
        Fault::LeftOverScan => settings.earlier = LEFT_OVER.map(str::to_owned).into(),
        Fault::Silent | Fault::Unplug => {}
        Fault::LeftOverConnection | Fault::WrongState | Fault::NoLicence => {
            return Err(NotThisDongle { fault, dongle: "BleuIO" });
        }
    }
    Ok(())
}

fn of(device: &Device) -> Usb {
    match device.usb() {
        device::Usb::Bootloader => Usb::Bootloader,
        device::Usb::Application => Usb::Application,
    }
}

impl VirtualDongle for BleuIo {
    fn advance(&mut self, now_us: u64) {
        let is_away = self.unplugged_us.as_ref().is_some_and(|away| away.contains(&now_us));
        let was_away = self.usb == Usb::Absent;
        if is_away && !was_away {
            let (settings, scene) = self.again.clone();
            self.device = Device::new(settings, scene);
        }
        self.usb = if is_away { Usb::Absent } else { of(&self.device) };
    }

    fn usb(&self) -> Usb {
        self.usb
    }

    fn receive(&mut self, bytes: &[u8], now_us: u64) {
        if !self.is_silent(now_us) {
            self.device.receive(bytes, now_us);
        }
    }

    fn take_output(&mut self, now_us: u64, out: &mut Vec<u8>) {
        let before = out.len();
        self.device.poll(now_us, out);
        if self.is_silent(now_us) {
            out.truncate(before);
        }
        if self.usb != Usb::Absent {
            self.usb = of(&self.device);
        }
    }

    fn wake_at_us(&self) -> Option<u64> {
        let away = self.unplugged_us.as_ref();
        match self.usb {
            Usb::Absent => away.map(|away| away.end),
            _ => [self.device.wake_at_us(), away.map(|away| away.start)].into_iter().flatten().min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_left_over_scan_really_scans() {
        let mut dongle = BleuIo::new(Scene::new(1, vec![]), 1, &[Fault::LeftOverScan]).unwrap();
        let mut out = Vec::new();
        dongle.receive(&[0x03], 1);
        dongle.take_output(10_000, &mut out);
        assert!(String::from_utf8_lossy(&out).contains("SCAN COMPLETE"), "{out:?}");
    }

    #[test]
    fn a_silent_one_lives_until_then() {
        let mut dongle = BleuIo::new(Scene::new(1, vec![]), 1, &[Fault::Silent]).unwrap();
        let mut says = |now_us| {
            let mut out = Vec::new();
            dongle.receive(b"AT\r", now_us);
            dongle.take_output(now_us + 10_000, &mut out);
            !out.is_empty()
        };
        assert!(says(1) && !says(SILENT_FROM_US));
    }
}
