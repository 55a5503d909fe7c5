//! Labelled recordings to tune from, and what tune prints of them.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test file uses its part; a failed set-up fails the test"
)]

use std::fmt::Write;

use serde_json::Value;

use crate::support::Ran;

/// Whom it hears.
pub const BAND: &str = "C6:05:04:03:02:01";

/// A session at ten samples a second: each segment lasts 2 s, at its strength, after 2 s far away.
pub struct Session {
    /// The recording so far.
    pub text: String,
    t_us: i64,
    segments: u32,
}

impl Session {
    /// Of a dongle of this kind.
    pub fn of(kind: &str) -> Self {
        let header =
            format!("{{\"rssi_recording\":1,\"sources\":[{{\"id\":\"d-1\",\"kind\":\"{kind}\"}}]}}\n");
        Self { text: header, t_us: 0, segments: 0 }
    }

    /// So many samples at a strength.
    pub fn hear(mut self, rssi_dbm: i32, samples: u32) -> Self {
        for sample in 0..samples {
            self.t_us += 100_000;
            // A ripple of ±1 dB, so that means are no whole numbers.
            let rssi = rssi_dbm + [0, 1, 0, -1][(sample % 4) as usize];
            writeln!(self.text, "{{\"t_us\":{},\"band\":\"{BAND}\",\"rssi\":{rssi}}}", self.t_us).unwrap();
        }
        self
    }

    /// A segment after 2 s far away.
    pub fn segment(self, intent: &str, rssi_dbm: i32, samples: u32) -> Self {
        self.hear(-70, 20).straight_on(intent, rssi_dbm, samples)
    }

    /// A segment with nothing before it.
    pub fn straight_on(mut self, intent: &str, rssi_dbm: i32, samples: u32) -> Self {
        self.segments += 1;
        let (t_us, id) = (self.t_us, self.segments);
        writeln!(
            self.text,
            "{{\"t_us\":{t_us},\"mark\":\"begin\",\"id\":{id},\"intent\":\"{intent}\",\"band\":\"{BAND}\"}}"
        )
        .unwrap();
        self = self.hear(rssi_dbm, samples);
        writeln!(self.text, "{{\"t_us\":{},\"mark\":\"end\",\"id\":{id}}}", self.t_us).unwrap();
        self
    }

    /// These segments, over and over.
    pub fn repeated(mut self, times: u32, segments: &[(&str, i32)]) -> Self {
        for _ in 0..times {
            for (intent, rssi_dbm) in segments {
                self = self.segment(intent, *rssi_dbm, 20);
            }
        }
        self
    }
}

/// Taps and hovers far apart.
pub fn easy() -> Session {
    Session::of("bluegiga").repeated(12, &[("tap", -42), ("no_tap", -52)])
}

/// What was printed, as JSON.
pub fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
}

/// The codes of its warnings.
pub fn codes(value: &Value) -> Vec<&str> {
    value["warnings"].as_array().unwrap().iter().filter_map(|w| w["code"].as_str()).collect()
}
