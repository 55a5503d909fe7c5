//! A simulated BleuIO dongle: bytes of a host in, bytes of a dongle out, time as data, and a
//! radio scene to hear. Knows both modes, the commands a scanner or a vendor's client sends,
//! what a killed process leaves behind, and the faults of real links.

mod command;
mod filter;
mod output;
mod reply;
mod scan;
mod settings;
#[cfg(test)]
mod tests;

use super::codes::ErrorCode;
use super::command::{STOP, ScanParameters};
use crate::radio::Scene;
use filter::Filter;
use output::Output;
use reply::Reply;
use scan::Scan;
pub use settings::{Faults, ScanState, Settings, WhileScanning};

/// Leaves a serial stream; harmless when there is none.
const ESCAPE: u8 = 0x1B;

/// A longer command is dropped with an error.
const COMMAND_MAX: usize = 512;

/// Which of its two USB devices the dongle shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usb {
    /// 2DCF:6001, after plug-in and reset.
    Bootloader,
    /// 2DCF:6002.
    Application,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Peripheral,
    Central,
    Dual,
}

/// Which packets have rows, and what those show.
#[derive(Clone, Debug)]
struct Shown {
    verbose: bool,
    rssi: bool,
    address_type: bool,
    name: bool,
    company: bool,
    scan_state: ScanState,
    response_type: u8,
    filter: Filter,
}

/// A dongle.
#[derive(Clone, Debug)]
pub struct Device {
    settings: Settings,
    scene: Scene,
    output: Output,
    input: Vec<u8>,
    input_too_long: bool,
    bootloader: Option<Boot>,
    role: Role,
    echo: bool,
    shown: Shown,
    parameters: ScanParameters,
    next_index: u32,
    busy_left: u32,
    scan: Option<Scan>,
}

/// Being in the bootloader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Boot {
    /// Without it only `QUIT` leaves it.
    until_us: Option<u64>,
}

impl Device {
    /// A dongle that hears a scene, plugged in at 0 µs.
    pub fn new(settings: Settings, scene: Scene) -> Self {
        let mut device = Self {
            output: Output::new(settings.seed),
            scene,
            input: Vec::new(),
            input_too_long: false,
            bootloader: None,
            role: Role::Peripheral,
            echo: true,
            shown: Shown {
                verbose: false,
                rssi: false,
                address_type: false,
                name: false,
                company: false,
                scan_state: settings.scan_state,
                response_type: settings.scan_response_type,
                filter: Filter::default(),
            },
            parameters: ScanParameters { scan_type: 0, ..ScanParameters::EVERYTHING },
            next_index: settings.first_index,
            busy_left: 0,
            scan: None,
            settings,
        };
        for command in std::mem::take(&mut device.settings.earlier) {
            device.receive(command.as_bytes(), 0);
            device.receive(b"\r", 0);
        }
        device.output.clear();
        device.busy_left = device.settings.faults.busy_commands;
        if device.settings.starts_in_bootloader {
            device.bootloader = Some(Boot { until_us: Some(device.settings.bootloader_us) });
        }
        device
    }

    /// Which USB device there is now. When it changes, the port is gone and another comes.
    pub fn usb(&self) -> Usb {
        if self.bootloader.is_some() { Usb::Bootloader } else { Usb::Application }
    }

    /// Takes bytes of the host, in any pieces.
    pub fn receive(&mut self, bytes: &[u8], now_us: u64) {
        self.advance(now_us);
        for &byte in bytes {
            match byte {
                STOP => self.end_scan(now_us),
                ESCAPE => {}
                b'\n' if self.input.is_empty() => {}
                b'\r' | b'\n' => self.take_command(now_us),
                _ => self.collect(byte, now_us),
            }
        }
    }

    /// Lets time pass and appends what the host reads until now.
    pub fn poll(&mut self, now_us: u64, out: &mut Vec<u8>) {
        self.advance(now_us);
        self.output.take(now_us, out);
    }

    /// When [`Self::poll`] has something to do next, in µs, unless bytes come before.
    pub fn wake_at_us(&self) -> Option<u64> {
        let scene = self.scan.as_ref().and_then(|_| self.scene.next_due_us());
        let ends = self.scan.as_ref().and_then(|scan| scan.ends_us);
        let boots = self.bootloader.and_then(|boot| boot.until_us);
        [self.output.next_due_us(), scene, ends, boots].into_iter().flatten().min()
    }

    fn advance(&mut self, now_us: u64) {
        if self.bootloader.is_some_and(|boot| boot.until_us.is_some_and(|at| at <= now_us)) {
            self.bootloader = None;
        }
        while let Some(heard) = self.scene.next_until(now_us) {
            self.end_scan_on_time(heard.t_us);
            let Some(advertiser) = self.scene.advertisers().get(heard.advertiser) else { continue };
            let Some(scan) = &mut self.scan else { continue };
            for row in scan.rows(heard, advertiser, self.parameters, &self.shown) {
                self.output.send(heard.t_us, row.into_bytes(), &self.settings.faults);
            }
        }
        self.end_scan_on_time(now_us);
    }

    fn end_scan_on_time(&mut self, now_us: u64) {
        if let Some(ends_us) = self.scan.as_ref().and_then(|scan| scan.ends_us).filter(|&at| at <= now_us) {
            self.end_scan(ends_us);
        }
    }

    fn end_scan(&mut self, now_us: u64) {
        let Some(scan) = self.scan.take() else { return };
        let text = if self.shown.verbose {
            format!("\r\n{{\"SE\":{},{}}}\r\n", scan.index, self.shown.action("scan completed"))
        } else {
            "\r\nSCAN COMPLETE\r\n".to_owned()
        };
        self.output.send(now_us, text.into_bytes(), &self.settings.faults);
    }

    /// Whether the host gets no echo: told so, or a scan runs, or the bootloader.
    fn is_echoing(&self) -> bool {
        self.echo && self.scan.is_none() && self.bootloader.is_none()
    }

    fn collect(&mut self, byte: u8, now_us: u64) {
        if self.is_echoing() {
            self.output.send(now_us, vec![byte], &self.settings.faults);
        }
        if self.input.len() < COMMAND_MAX {
            self.input.push(byte);
        } else {
            self.input_too_long = true;
        }
    }

    fn take_command(&mut self, now_us: u64) {
        if self.is_echoing() {
            self.output.send(now_us, b"\r".to_vec(), &self.settings.faults);
        }
        let command = scan::printable(self.input.trim_ascii());
        let is_too_long = std::mem::take(&mut self.input_too_long);
        self.input.clear();
        let due_us = now_us.saturating_add(self.settings.faults.answer_delay_us);
        if self.bootloader.is_some() {
            if command.eq_ignore_ascii_case("QUIT") {
                self.bootloader = None;
            } else {
                self.output.send(due_us, b"\r\n>".to_vec(), &self.settings.faults);
            }
            return;
        }
        if command.is_empty() {
            return;
        }
        let refusal = if is_too_long {
            Some(ErrorCode::INVALID_PARAMETER)
        } else if self.scan.is_some() {
            match self.settings.while_scanning {
                WhileScanning::Ignored => return,
                WhileScanning::Refused => Some(ErrorCode::IN_PROGRESS),
            }
        } else if self.busy_left > 0 {
            self.busy_left -= 1;
            Some(ErrorCode::BUSY)
        } else {
            None
        };
        match refusal {
            Some(code) => self.answer(&command, &Reply::refused(code), due_us),
            None => self.execute(&command, due_us),
        }
    }

    fn answer(&mut self, command: &str, reply: &Reply, due_us: u64) {
        let text = if self.shown.verbose { reply.verbose(self.next_index, command) } else { reply.text() };
        self.next_index = self.next_index.wrapping_add(1);
        self.output.send(due_us, text.into_bytes(), &self.settings.faults);
    }
}
