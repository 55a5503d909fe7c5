//! Lines in logs for which the vendor gives a cause: the table of the Troubleshooting Guide's
//! chapters, and a reader that finds them in files of any size.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use memchr::memmem::Finder;

/// Characters of a line that are shown.
const SHOWN: usize = 160;

/// Bytes of a line that are looked at; what follows is skipped.
const LINE_BYTES: usize = 16 * 1024;

/// What the vendor says of lines that contain one of some texts.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// A stable name in kebab-case, for scripts.
    pub code: &'static str,
    /// Any of these in a line means it.
    texts: &'static [&'static str],
    /// Why it happens, without a full stop.
    pub cause: &'static str,
    /// What to do, without a full stop.
    pub remedy: &'static str,
    /// The chapter of the Troubleshooting Guide v14.0, and its sentence.
    pub source: &'static str,
}

/// An address that the endpoint subscribes to changed while it ran.
const ADDRESS_CHANGED: Cause = Cause {
    code: "address-changed",
    texts: &[],
    cause: "the terminal changed from one network adapter to another, and the endpoint now subscribes with another IP address",
    remedy: "in a Citrix or RDP session log out of it (not just disconnect) and launch it again; else restart the Nymi Bluetooth Endpoint service",
    source: "Nymi Band Tap Not Detected: \"The user terminal has multiple network adapters and the network connection has switched from one network adapter to another.\"",
};

/// Where the endpoint says which address it subscribes with.
const JOINING: &str = "Joining new topic: #bluebox:";

/// The table. A line belongs to the first cause that fits.
pub const CAUSES: [Cause; 11] = [
    Cause {
        code: "nfc-read",
        texts: &[
            "An error occurred while reading the smart card on reader",
            "CardReadError(UnresponsiveCard)",
            "get device ID of smart card of the reader",
            "Reader reported a communication issue",
        ],
        cause: "the band was moved away from the NFC reader before it was read, or the reader is in power saving",
        remedy: "hold the band close to the reader for at least 1 second; turn off \"Allow the computer to turn off this device to save power\" of the reader in Device Manager; poll at 41 Hz (24 ms), ISO 14443 Type A only",
        source: "Inconsistent Nymi Band Tap Behaviour with HID Omnikey 5022 Readers: \"The user moves the Nymi Band away from the reader before the system can retrieve information from the Nymi Band.\"",
    },
    Cause {
        code: "certificates",
        texts: &[
            "nsl_verify_nea_cert_chain",
            "MissingCerts",
            "NEA certificate chain is missing or",
            "NEA missing certificates",
        ],
        cause: "the version of a Nymi component does not match the L2 certificate of the Nymi Enterprise Server (error 14)",
        remedy: "contact Nymi to confirm that NES, Nymi SDK and Nymi Band Application fit the L2 certificate",
        source: "User Cannot Complete Authentication Tasks with the Nymi Band: \"there is a mismatch between the version of a Nymi component and the L2 certificate that Nymi Enterprise Server(NES) uses.\"",
    },
    Cause {
        code: "duplicate-endpoint",
        texts: &[
            "Channel already joined",
            "ChannelAlreadyJoined",
            "Tried to join existing bluebox",
            "key :bluebox_id not found",
            "Duplicate endpoint ID",
        ],
        cause: "two terminals have the same IP address, or this terminal switched to another network and received a new one",
        remedy: "give each terminal an IP address of its own; after a network switch restart the Nymi Bluetooth Endpoint service",
        source: "Nymi Bluetooth Endpoint is Missing (Nymi Runtime): \"Two user terminals have the same IP address\"",
    },
    Cause {
        code: "two-agents",
        texts: &[
            "Received error polling dongle",
            "BGADAPTER: error on dongle reader thread",
            "error terminating dongle polling thread",
        ],
        cause: "several Nymi Agents serve one session: the load balancer runs them Active/Active (with a single agent: the adapter was lost)",
        remedy: "configure the Nymi Agent servers in Active/Standby mode; with a single agent, look at the adapter and its USB port",
        source: "Cannot connect to a Nymi Band, cause 5: \"the load balancer has configured the Nymi Agent servers in Active/Active mode, which is an unsupported configuration.\"",
    },
    Cause {
        code: "endpoint-missing",
        texts: &[
            "Nymi Bluetooth Endpoint is missing",
            "Band service disconnected, error code: 5100",
            "\"status\":5100",
        ],
        cause: "the adapter is not plugged in, the Nymi Bluetooth Endpoint service is down, port 9120 to a central agent is blocked, or nbe.toml names the wrong agent",
        remedy: "reseat the adapter; restart the Nymi Bluetooth Endpoint service; allow port 9120 both ways; check agent_url in nbe.toml (tapbench config check)",
        source: "Cannot connect to a Nymi Band. Nymi Bluetooth Endpoint is missing: \"The Nymi Bluetooth Endpoint service is not running or needs to be reset.\"",
    },
    Cause {
        code: "agent-unreachable",
        texts: &[
            "Failed to connect to Nymi Agent",
            "Websocket connection closed with code: Error",
            "Error sending WS disconnect event",
        ],
        cause: "the endpoint cannot talk to the Nymi Agent: its service is down, agent_url is wrong, or a firewall is between",
        remedy: "correct agent_url in nbe.toml and restart the Nymi Bluetooth Endpoint service; else confirm that the Nymi Agent service runs, and its port: tapbench doctor --try-agent",
        source: "Failed to connect to Nymi Agent: \"This message appears when the Nymi Bluetooth Endpoint cannot communicate with the Nymi Agent service.\"",
    },
    Cause {
        code: "adapter-missing",
        texts: &["Bluetooth Adapter is missing"],
        cause: "the Nymi Bluetooth Endpoint cannot connect to the Bluetooth adapter",
        remedy: "remove the adapter and insert it again, or use another USB port",
        source: "Bluetooth Adapter is missing: \"This error message appears when the Nymi Bluetooth Endpoint cannot connect to the Bluetooth adapter.\"",
    },
    Cause {
        code: "service-stopped",
        texts: &[
            "Nymi Bluetooth Endpoint service is stopped or unreachable",
            "Nymi Bluetooth Agent is missing",
        ],
        cause: "the Nymi Bluetooth Endpoint service is not started, or does not respond",
        remedy: "start it: right-click the Status Indicator, then Restart; or net start NymiBluetoothEndpoint as administrator",
        source: "Nymi Bluetooth Agent is missing: \"The Nymi Bluetooth Endpoint service is not started on the user terminal.\"",
    },
    Cause {
        code: "agent-stopped",
        texts: &["Disconnect from agent", "Nymi Lock Control connection error"],
        cause: "the Nymi Agent service is not started on the terminal",
        remedy: "log in with user name and password, and start the Nymi Agent service",
        source: "Disconnect from agent: \"The Nymi Agent service is not started on the user terminal.\"",
    },
    Cause {
        code: "band-timeout",
        texts: &["(3010) Operation timed out"],
        cause: "the terminal cannot establish or keep Bluetooth communication with the band",
        remedy: "place the band close to the adapter; restart the Nymi Bluetooth Endpoint service; reseat the adapter; see that Device Manager shows it under Ports without an error; reboot",
        source: "Band error: (3010) Operation timed out: \"The network terminal cannot establish or maintain Bluetooth communications with the Nymi Band.\"",
    },
    Cause {
        code: "band-not-authenticated",
        texts: &["Cannot find band. Please enter your password"],
        cause: "the band is worn but not authenticated",
        remedy: "authenticate the band and try again",
        source: "Cannot find band: \"The Nymi Band is worn on the wrist of the user but is not authenticated.\"",
    },
];

/// Lines of one cause in one file.
#[derive(Debug, PartialEq, Eq)]
pub struct Hit {
    /// What they mean.
    pub cause: &'static Cause,
    /// The first of them, from 1 on.
    pub first_line: u64,
    /// The last of them.
    pub last_line: u64,
    /// How many.
    pub count: u64,
    /// The text of the first, unreadable bytes replaced, cut to one screen line.
    pub text: String,
}

/// What was found in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of their first lines.
    pub hits: Vec<Hit>,
    /// Lines read.
    pub lines: u64,
}

/// Reads a log to its end and gathers the lines that the vendor explains. Bytes that are no text do
/// no harm; of UTF-16, as some tools of Windows write, the letters are found all the same.
///
/// # Errors
/// When it cannot be read on.
pub fn search(mut log: impl BufRead) -> io::Result<Found> {
    let mut found = Found::default();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    let mut address: Option<Vec<u8>> = None;
    let table = Table::new();
    let mut line = Vec::new();
    while read_line(&mut log, &mut line)? {
        found.lines += 1;
        let Some(cause) = table.cause_of(&line).or_else(|| table.changed(&line, &mut address)) else {
            continue;
        };
        let number = found.lines;
        match place.get(cause.code).and_then(|at| found.hits.get_mut(*at)) {
            Some(hit) => (hit.last_line, hit.count) = (number, hit.count + 1),
            None => {
                place.insert(cause.code, found.hits.len());
                let text = String::from_utf8_lossy(&line).trim().chars().take(SHOWN).collect();
                found.hits.push(Hit { cause, first_line: number, last_line: number, count: 1, text });
            }
        }
    }
    Ok(found)
}

/// The table's texts, made ready to be looked for in lines by the million.
struct Table {
    texts: Vec<(Finder<'static>, &'static Cause)>,
    joining: Finder<'static>,
}

impl Table {
    fn new() -> Self {
        let texts =
            CAUSES.iter().flat_map(|cause| cause.texts.iter().map(move |text| (Finder::new(text), cause)));
        Self { texts: texts.collect(), joining: Finder::new(JOINING) }
    }

    /// The vendor's cause of a line.
    fn cause_of(&self, line: &[u8]) -> Option<&'static Cause> {
        self.texts.iter().find(|(text, _)| text.find(line).is_some()).map(|(_, cause)| *cause)
    }

    /// Whether the endpoint now subscribes with another address than before.
    fn changed(&self, line: &[u8], address: &mut Option<Vec<u8>>) -> Option<&'static Cause> {
        let at = self.joining.find(line)? + JOINING.len();
        let now = line.get(at..)?.split(u8::is_ascii_whitespace).next()?.to_vec();
        let before = address.replace(now.clone())?;
        (before != now).then_some(&ADDRESS_CHANGED)
    }
}

/// The next line without its end and without zero bytes, cut to what is looked at; whether there
/// was one.
fn read_line(log: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let bytes = match log.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = memchr::memchr(b'\n', bytes);
        let piece = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        let room = LINE_BYTES.saturating_sub(line.len());
        line.extend(piece.iter().copied().filter(|byte| *byte != 0).take(room));
        let used = end.map_or(bytes.len(), |at| at + 1);
        log.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(log: &[u8]) -> Vec<(&'static str, u64, u64, u64)> {
        let found = search(log).unwrap();
        found.hits.iter().map(|hit| (hit.cause.code, hit.first_line, hit.last_line, hit.count)).collect()
    }

    /// The guide's own examples, line by line.
    #[test]
    fn the_guides_examples_have_the_guides_causes() {
        let log = include_bytes!("fixtures/guide-examples.log");
        let expected = [
            ("nfc-read", 2, 4, 3),
            ("certificates", 6, 8, 3),
            ("endpoint-missing", 10, 12, 3),
            ("two-agents", 14, 17, 3),
            ("duplicate-endpoint", 20, 28, 5),
            ("agent-unreachable", 24, 25, 2),
        ];
        assert_eq!(codes(log), expected);
    }

    #[test]
    fn every_text_leads_to_its_own_cause() {
        for cause in &CAUSES {
            for text in cause.texts {
                let line = format!("2026-01-01 ERROR - {text} …");
                assert_eq!(Table::new().cause_of(line.as_bytes()), Some(cause), "{text}");
            }
            assert!(cause.source.contains(": \"") && cause.source.ends_with('"'), "{}", cause.code);
        }
    }

    #[test]
    fn a_change_of_address_is_seen_across_lines() {
        let join = |a: &str| format!("INFO - Joining new topic: #bluebox:{a} - {{}}\n");
        let same = join("10.0.0.1").repeat(3);
        assert_eq!(codes(same.as_bytes()), []);
        let log = format!("{same}other\n{}{}", join("10.0.0.9"), join("10.0.0.9"));
        assert_eq!(codes(log.as_bytes()), [("address-changed", 5, 5, 1)]);
    }

    #[test]
    fn odd_bytes_long_lines_and_utf_16_are_read() {
        let mut log = vec![0xFF, 0xFE];
        for unit in "first\r\nERROR CardReadError(UnresponsiveCard)\r\n".encode_utf16() {
            log.extend(unit.to_le_bytes());
        }
        assert_eq!(codes(&log), [("nfc-read", 2, 2, 1)]);
        let mut log = vec![b'x'; 3 * LINE_BYTES];
        log.extend(b"MissingCerts\n\xC3\x28 MissingCerts");
        assert_eq!(codes(&log), [("certificates", 2, 2, 1)]);
    }

    proptest! {
        #[test]
        fn nothing_in_a_log_is_too_odd(log in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let lines = log.split(|byte| *byte == b'\n').count() as u64;
            let found = search(log.as_slice()).unwrap();
            prop_assert!(found.lines == lines || found.lines + 1 == lines);
        }
    }
}
