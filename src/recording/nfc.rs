//! What an NFC row says.

use std::time::Duration;

use serde_json::{Map, Value};

use super::names::SourceId;

/// An NFC row, its details as far as they are known.
#[derive(Clone, Debug, PartialEq)]
pub struct NfcRow {
    /// The source; `None` where the row names none and the header does not tell.
    pub source: Option<SourceId>,
    /// The reader's name; empty where the row names none.
    pub reader: String,
    /// What happened.
    pub event: NfcEvent,
}

/// The code of a problem that says that a reader is gone.
pub const READER_WENT: &str = "reader_went";
/// The code of one that says that it is there.
pub const READER_CAME: &str = "reader_came";

/// What happened on a reader.
#[derive(Clone, Debug, PartialEq)]
pub enum NfcEvent {
    /// A card came.
    Inserted {
        /// Its answer to reset, in hex; none from a mute card.
        atr: Option<String>,
        /// How long the reader had been empty.
        idle: Option<Idle>,
        /// Whether it lay there when the watch began.
        was_there: bool,
        /// Its UID, where the recorder writes it here.
        uid: Option<String>,
    },
    /// Its UID was read.
    Read {
        /// As the recorder spells it.
        uid: Option<String>,
        /// From being detected to being read, in ms.
        read_ms: Option<u64>,
    },
    /// It went.
    Removed {
        /// How long it lay there, in ms.
        dwell_ms: Option<u64>,
        /// How it ended, in the recorder's word.
        outcome: Option<String>,
        /// How long the reader had been empty before one that was not seen to come.
        idle: Option<Idle>,
    },
    /// Something went wrong.
    Problem {
        /// The recorder's code.
        code: String,
        /// For people.
        text: String,
    },
    /// None of these; kept, decides nothing.
    Other,
}

/// How long a reader had been empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// In ms.
    pub ms: u64,
    /// Whether it may have been longer: nobody saw the card before go.
    pub is_at_least: bool,
}

impl NfcEvent {
    /// What a row with these keys says; any row without `nfc` is [`Self::Other`].
    pub fn of(keys: &Map<String, Value>) -> Self {
        let text = |key: &str| keys.get(key).and_then(Value::as_str).map(str::to_owned);
        // Fractions of a millisecond, as other recorders may write them, matter to nobody.
        let whole = |ms: f64| u64::try_from(Duration::try_from_secs_f64(ms / 1000.0).ok()?.as_millis()).ok();
        let ms = |key: &str| keys.get(key).and_then(|ms| ms.as_u64().or_else(|| whole(ms.as_f64()?)));
        let is_so = |key: &str| keys.get(key) == Some(&Value::Bool(true));
        let idle = || Some(Idle { ms: ms("idle_ms")?, is_at_least: is_so("idle_at_least") });
        match keys.get("nfc").and_then(Value::as_str) {
            Some("inserted") => Self::Inserted {
                atr: text("atr"),
                idle: idle(),
                was_there: is_so("was_there"),
                uid: text("uid"),
            },
            Some("read") => Self::Read { uid: text("uid"), read_ms: ms("read_ms") },
            Some("removed") => {
                Self::Removed { dwell_ms: ms("dwell_ms"), outcome: text("outcome"), idle: idle() }
            }
            Some("problem") => Self::Problem {
                code: text("code").unwrap_or_default(),
                text: text("text").unwrap_or_default(),
            },
            _ => Self::Other,
        }
    }
}

impl NfcRow {
    /// Of a row with these keys and of this source.
    pub fn of(keys: &Map<String, Value>, source: Option<SourceId>) -> Self {
        let reader = keys.get("reader").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { source, reader, event: NfcEvent::of(keys) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_odd_is_left_out() {
        let of = |json: &str| NfcEvent::of(&serde_json::from_str(json).unwrap());
        let removed = |dwell_ms, outcome: Option<&str>| NfcEvent::Removed {
            dwell_ms,
            outcome: outcome.map(str::to_owned),
            idle: None,
        };
        assert_eq!(of(r#"{"nfc":"removed","dwell_ms":12,"outcome":"ok"}"#), removed(Some(12), Some("ok")));
        assert_eq!(of(r#"{"nfc":"removed","dwell_ms":12.6,"outcome":3}"#), removed(Some(12), None));
        assert_eq!(of(r#"{"nfc":"removed","dwell_ms":-1}"#), removed(None, None));
        assert_eq!(of(r#"{"nfc":"removed","dwell_ms":"x"}"#), removed(None, None));
        let missed =
            |at_least| format!(r#"{{"nfc":"removed","outcome":"missed","idle_ms":31000{at_least}}}"#);
        for (key, is_at_least) in
            [("", false), (r#","idle_at_least":true"#, true), (r#","idle_at_least":1"#, false)]
        {
            let NfcEvent::Removed { idle, .. } = of(&missed(key)) else { panic!("{key}") };
            assert_eq!(idle, Some(Idle { ms: 31_000, is_at_least }), "{key}");
        }
        for other in [r#"{"nfc":"polled"}"#, r#"{"nfc":1}"#, r#"{"rssi":-60}"#] {
            assert_eq!(of(other), NfcEvent::Other);
        }
    }
}
