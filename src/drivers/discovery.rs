//! Which dongles are plugged in, and which of them can be opened.

use serialport::{SerialPortInfo, SerialPortType};

use super::serial::{self, Port, Reason};
use crate::reading::SourceKind;

/// A kind of dongle, by its USB ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Bluegiga BLED112.
    Bled112,
    /// BleuIO, Standard or Pro.
    BleuIo,
    /// The same, in its bootloader.
    BleuIoStarting,
}

impl Model {
    const IDS: [(u16, u16, Self); 3] = [
        (0x2458, 0x0001, Self::Bled112),
        (0x2DCF, 0x6002, Self::BleuIo),
        (0x2DCF, 0x6001, Self::BleuIoStarting),
    ];

    fn of(vid: u16, pid: u16) -> Option<Self> {
        Self::IDS.iter().find(|(v, p, _)| (*v, *p) == (vid, pid)).map(|(.., model)| *model)
    }

    /// Those whose USB ids (vendor, product) are there.
    pub fn among(is_there: impl Fn(u16, u16) -> bool) -> Vec<Self> {
        Self::IDS.iter().filter(|(vid, pid, _)| is_there(*vid, *pid)).map(|(.., model)| *model).collect()
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bled112 => "Bluegiga BLED112",
            Self::BleuIo | Self::BleuIoStarting => "BleuIO",
        }
    }

    /// What a recording and `--source` call it, by its name.
    pub fn kind(self) -> SourceKind {
        match self {
            Self::Bled112 => SourceKind::Bluegiga,
            Self::BleuIo | Self::BleuIoStarting => SourceKind::BleuIo,
        }
    }
}

/// A dongle that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The port's name.
    pub port: String,
    /// What it is.
    pub model: Model,
    /// USB ids, as `2DCF:6002`.
    pub vid_pid: String,
    /// Its USB serial; all BLED112 have the same.
    pub serial: Option<String>,
}

/// The dongles that are plugged in, by the name of their port.
pub fn dongles() -> Vec<Found> {
    recognise(&serial::ports())
}

/// The dongles among ports, by name.
pub fn recognise(ports: &[SerialPortInfo]) -> Vec<Found> {
    let mut found: Vec<_> = ports
        .iter()
        .filter_map(|port| {
            let SerialPortType::UsbPort(usb) = &port.port_type else { return None };
            Some(Found {
                port: port.port_name.clone(),
                model: Model::of(usb.vid, usb.pid)?,
                vid_pid: format!("{:04X}:{:04X}", usb.vid, usb.pid),
                serial: usb.serial_number.clone(),
            })
        })
        .collect();
    found.sort_by(|a, b| a.port.cmp(&b.port));
    found
}

/// Opens a dongle for a moment to see whether it is free; `None` if it is.
pub fn obstacle(found: &Found) -> Option<Reason> {
    if found.model == Model::BleuIoStarting {
        return Some(Reason::Starting);
    }
    Port::open(&found.port).err().map(|error| error.reason)
}

/// The dongles that are plugged in, and what is in the way of each.
pub fn tried() -> Vec<(Option<Reason>, Found)> {
    dongles().into_iter().map(|found| (obstacle(&found), found)).collect()
}

#[cfg(test)]
mod tests {
    use serialport::UsbPortInfo;

    use super::*;

    fn usb(name: &str, vid: u16, pid: u16, serial: Option<&str>) -> SerialPortInfo {
        let serial_number = serial.map(str::to_owned);
        let usb = UsbPortInfo { vid, pid, serial_number, manufacturer: None, product: None };
        SerialPortInfo { port_name: name.into(), port_type: SerialPortType::UsbPort(usb) }
    }

    #[test]
    fn dongles_are_recognised_by_their_usb_ids() {
        let plain = |port_type| SerialPortInfo { port_name: "COM1".into(), port_type };
        let found = recognise(&[
            usb("COM9", 0x2DCF, 0x6002, Some("4048FDE52CF2")),
            plain(SerialPortType::Unknown),
            usb("COM4", 0x2458, 0x0001, Some("1")),
            usb("COM5", 0x2DCF, 0x6001, None),
            usb("COM6", 0x10C4, 0xEA60, None),
            usb("COM7", 0x2458, 0x6002, None),
            plain(SerialPortType::BluetoothPort),
        ]);
        let seen: Vec<_> = found.iter().map(|f| (f.port.as_str(), f.model, f.vid_pid.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("COM4", Model::Bled112, "2458:0001"),
                ("COM5", Model::BleuIoStarting, "2DCF:6001"),
                ("COM9", Model::BleuIo, "2DCF:6002")
            ]
        );
        assert_eq!(found[2].serial.as_deref(), Some("4048FDE52CF2"));
        assert_eq!(obstacle(&found[1]), Some(Reason::Starting));
    }
}
