//! By what a lost dongle is known again, so that no other is taken for it.

use std::path::PathBuf;

use super::link::Link;
use crate::drivers::discovery::{Found, Model};

/// All BLED112 have the same USB serial, and are told apart by their own address; BleuIO are told
/// apart by their USB serial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    address: Option<u64>,
    serial: Option<String>,
}

impl Identity {
    /// Of a dongle that streams, and of which the system says `found`.
    pub(super) fn of(link: &Link, found: Option<&Found>) -> Self {
        let has_serial = |found: &&Found| found.model == Model::BleuIo;
        let serial = found.filter(has_serial).and_then(|found| found.serial.clone());
        Self { address: link.conversation().address(), serial }
    }

    /// Whether the dongle on a port may be this one, as far as the system can tell. A port that it
    /// does not list may be.
    pub(super) fn may_be_on(&self, port: &str, model: Model, plugged: &[Found]) -> bool {
        let Some(found) = plugged.iter().find(|found| is_same_port(&found.port, port)) else { return true };
        let is_same_serial = self.serial.is_none() || found.serial.is_none() || self.serial == found.serial;
        found.model == model && is_same_serial
    }

    /// The ports where it may have been plugged in instead: with its serial, or where its address
    /// can be asked for.
    pub(super) fn candidates(&self, model: Model, plugged: &[Found]) -> Vec<String> {
        let of_model = plugged.iter().filter(|found| found.model == model);
        let is_candidate = |found: &&Found| match &self.serial {
            Some(serial) => found.serial.as_ref() == Some(serial),
            None => self.address.is_some(),
        };
        of_model.filter(is_candidate).map(|found| found.port.clone()).collect()
    }

    /// Whether the dongle has shown that it is another one; one that streams has said its address.
    pub(super) fn is_another(&self, link: &Link, is_streaming: bool) -> bool {
        let told = link.conversation().address();
        self.address.is_some() && told != self.address && (told.is_some() || is_streaming)
    }
}

/// Whether both names are of one port: `/dev/serial/by-id` holds links.
pub(super) fn is_same_port(a: &str, b: &str) -> bool {
    let real = |port: &str| std::fs::canonicalize(port).unwrap_or_else(|_| PathBuf::from(port));
    a == b || real(a) == real(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(port: &str, model: Model, serial: &str) -> Found {
        Found { port: port.into(), model, vid_pid: String::new(), serial: Some(serial.into()) }
    }

    #[test]
    fn a_bleuio_is_known_by_its_serial() {
        let mine = Identity { address: None, serial: Some("A".into()) };
        let plugged = [
            found("COM3", Model::BleuIo, "B"),
            found("COM4", Model::BleuIo, "A"),
            found("COM5", Model::Bled112, "A"),
        ];
        assert_eq!(mine.candidates(Model::BleuIo, &plugged), ["COM4"]);
        let on = |port| mine.may_be_on(port, Model::BleuIo, &plugged);
        assert_eq!(["COM3", "COM4", "COM5", "COM6"].map(on), [false, true, false, true]);
        // While its bootloader shows there is nobody to talk to.
        assert!(!mine.may_be_on("COM3", Model::BleuIo, &[found("COM3", Model::BleuIoStarting, "A")]));
    }

    #[test]
    fn a_bled112_is_asked_for_its_address() {
        let mine = Identity { address: Some(1), serial: None };
        let plugged = [found("COM3", Model::Bled112, "1"), found("COM4", Model::BleuIo, "A")];
        assert_eq!(mine.candidates(Model::Bled112, &plugged), ["COM3"]);
        assert_eq!(Identity::default().candidates(Model::Bled112, &plugged), [""; 0]);
    }
}
