//! The rows of a recording, parsed from any spelling of JSON; `scan` is the short cut for the
//! canonical sample line and must agree with this.

use serde_json::{Map, Value};

use super::names::{BandId, Names, SourceId};
use super::nfc::NfcRow;
use crate::reading::{Band, NotABand, RSSI_RANGE_DBM, RSSI_UNAVAILABLE};

/// One row: when, and what.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Microseconds since the start.
    pub t_us: i64,
    /// What it says.
    pub kind: RowKind,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq)]
pub enum RowKind {
    /// One advertisement heard.
    Sample(Sample),
    /// RSSI 127: heard, but without a strength; no sample.
    Unavailable,
    /// A labelled segment begins.
    Begin(Box<Segment>),
    /// The segment with this id ends.
    End(u64),
    /// What the real NBE or application was seen to do.
    Observed(Observed),
    /// An NFC event.
    Nfc(Box<NfcRow>),
    /// Something happened to a source; `count` of a `dropped`, else 0.
    SourceEvent {
        /// Samples dropped.
        dropped: u64,
    },
    /// The clean end of a recording.
    Close,
    /// An operator took the segment with this id back; decides nothing.
    Cancelled(u64),
    /// None of the kinds of this version; kept, decides nothing.
    Unknown,
}

/// One RSSI sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Who heard it.
    pub source: SourceId,
    /// Who was heard.
    pub band: BandId,
    /// −127…20 dBm.
    pub rssi_dbm: i8,
}

/// What a segment demands (ground truth).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Intent {
    /// Exactly one tap belongs here.
    Tap,
    /// None does.
    NoTap,
    /// Never away.
    Stay,
    /// Must lock before the end.
    Leave,
    /// Must unlock before the end.
    Return,
    /// No demand.
    Note,
}

impl Intent {
    /// All, in the format's order.
    pub const ALL: [Self; 6] = [Self::Tap, Self::NoTap, Self::Stay, Self::Leave, Self::Return, Self::Note];

    /// The format's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::NoTap => "no_tap",
            Self::Stay => "stay",
            Self::Leave => "leave",
            Self::Return => "return",
            Self::Note => "note",
        }
    }

    /// From the format's spelling.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|i| i.name() == name)
    }
}

/// A labelled stretch of time; `begin ≤ t < end`, or through the last row where it never ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Unique in its file.
    pub id: u64,
    /// What it demands.
    pub intent: Intent,
    /// Where it begins.
    pub begin_us: i64,
    /// Limits it to this band.
    pub band: Option<BandId>,
    /// Limits it to this dongle.
    pub source: Option<SourceId>,
    /// How far the band was held, in cm.
    pub distance_cm: Option<f64>,
}

impl Segment {
    /// Whether it speaks of this band as heard by this source.
    pub fn covers(&self, source: SourceId, band: BandId) -> bool {
        self.source.is_none_or(|s| s == source) && self.band.is_none_or(|b| b == band)
    }
}

/// What was seen to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observed {
    /// The application registered a tap.
    Tap,
    /// The terminal locked.
    Locked,
    /// The terminal unlocked.
    Unlocked,
}

impl Observed {
    /// All, in the format's order.
    pub const ALL: [Self; 3] = [Self::Tap, Self::Locked, Self::Unlocked];

    /// The format's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
        }
    }

    /// From the format's spelling.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.name() == name)
    }
}

/// Why a line is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The file's first line is not a header.
    #[error("the first line is no header: it must be a JSON object with \"rssi_recording\":1")]
    NoHeader,
    /// A version of later tools.
    #[error("version {0} of the recording format: this tool reads version 1")]
    Version(String),
    /// `sources` is malformed.
    #[error("\"sources\" must be a list of objects, each with a text \"id\"")]
    HeaderSources,
    /// Not JSON at all.
    #[error("not JSON at column {column}: {what}")]
    NotJson {
        /// From 1.
        column: usize,
        /// The parser's words.
        what: String,
    },
    /// Nothing between two line ends.
    #[error("an empty line")]
    Empty,
    /// JSON, but no object.
    #[error("a row must be a JSON object")]
    NotAnObject,
    /// Longer than any row.
    #[error("the line is longer than 1 MiB")]
    TooLong,
    /// No time.
    #[error("\"t_us\" must be a whole number of microseconds, 0 or more")]
    Time,
    /// Time runs backwards.
    #[error("\"t_us\" {t_us} is before {last_us} of an earlier row")]
    Decreasing {
        /// Of this row.
        t_us: i64,
        /// Of the row before.
        last_us: i64,
    },
    /// Not −127…20 and not 127.
    #[error("\"rssi\" must be a whole number from -127 to 20, or 127 for not available")]
    Rssi,
    /// A sample without a band.
    #[error("a sample needs a \"band\"")]
    NoBand,
    /// A malformed band.
    #[error("\"band\": {0}")]
    Band(#[from] NotABand),
    /// `source` is no text.
    #[error("\"source\" must be a text")]
    Source,
    /// Several sources and none named.
    #[error("no \"source\", and the header names several")]
    AmbiguousSource,
    /// A malformed mark.
    #[error("\"mark\" must be \"begin\" or \"end\"")]
    Mark,
    /// A malformed segment id.
    #[error("a mark needs an \"id\": a whole number from 1")]
    SegmentId,
    /// An unknown intent.
    #[error("\"intent\" must be tap, no_tap, stay, leave, return or note")]
    Intent,
    /// An id that was taken.
    #[error("segment id {0} is used twice")]
    IdTwice(u64),
    /// An end without a beginning.
    #[error("segment {0} ends, but it is not open here")]
    NotOpen(u64),
    /// An unknown observation.
    #[error("\"observed\" must be tap, locked or unlocked")]
    Observed,
}

impl Reason {
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text).to_owned();
        Self::NotJson { column: error.column(), what }
    }
}

/// Parses a row in any spelling of JSON. `default_source` is the source of rows without one, if
/// the header leaves no doubt.
pub(super) fn parse(line: &[u8], names: &mut Names, default_source: Option<SourceId>) -> Result<Row, Reason> {
    if line.trim_ascii().is_empty() {
        return Err(Reason::Empty);
    }
    let keys = match serde_json::from_slice(line).map_err(|e| Reason::not_json(&e))? {
        Value::Object(keys) => keys,
        _ => return Err(Reason::NotAnObject),
    };
    let t_us = keys.get("t_us").and_then(Value::as_i64).filter(|&t| (0..=MAX_T_US).contains(&t));
    let t_us = t_us.ok_or(Reason::Time)?;
    Ok(Row { t_us, kind: kind(&keys, t_us, names, default_source)? })
}

/// 146,000 years; leaves room to add the model's delays.
pub(super) const MAX_T_US: i64 = 1 << 62;

fn kind(
    keys: &Map<String, Value>,
    t_us: i64,
    names: &mut Names,
    default_source: Option<SourceId>,
) -> Result<RowKind, Reason> {
    if let Some(rssi) = keys.get("rssi") {
        let rssi = rssi.as_i64().ok_or(Reason::Rssi)?;
        if rssi == RSSI_UNAVAILABLE {
            return Ok(RowKind::Unavailable);
        }
        let in_range = RSSI_RANGE_DBM.contains(&rssi);
        let rssi_dbm = i8::try_from(rssi).ok().filter(|_| in_range).ok_or(Reason::Rssi)?;
        let source = match source(keys, names)? {
            Some(source) => source,
            None => default_source.ok_or(Reason::AmbiguousSource)?,
        };
        let band = band(keys, names)?.ok_or(Reason::NoBand)?;
        return Ok(RowKind::Sample(Sample { source, band, rssi_dbm }));
    }
    if let Some(mark) = keys.get("mark") {
        let id = keys.get("id").and_then(Value::as_u64).filter(|&id| id > 0).ok_or(Reason::SegmentId)?;
        return match mark.as_str() {
            Some("begin") => {
                let intent = keys.get("intent").and_then(Value::as_str).and_then(Intent::from_name);
                Ok(RowKind::Begin(Box::new(Segment {
                    id,
                    intent: intent.ok_or(Reason::Intent)?,
                    begin_us: t_us,
                    band: band(keys, names)?,
                    source: source(keys, names)?,
                    distance_cm: keys.get("distance_cm").and_then(Value::as_f64),
                })))
            }
            Some("end") => Ok(RowKind::End(id)),
            _ => Err(Reason::Mark),
        };
    }
    if let Some(observed) = keys.get("observed") {
        let observed = observed.as_str().and_then(Observed::from_name);
        return Ok(RowKind::Observed(observed.ok_or(Reason::Observed)?));
    }
    if keys.contains_key("nfc") || keys.contains_key("source_event") {
        let source = source(keys, names)?.or(default_source);
        if source.is_none() {
            return Err(Reason::AmbiguousSource);
        }
        if keys.contains_key("nfc") {
            return Ok(RowKind::Nfc(Box::new(NfcRow::of(keys, source))));
        }
        let is_drop = keys.get("source_event").and_then(Value::as_str) == Some("dropped");
        let count = keys.get("count").and_then(Value::as_u64).filter(|_| is_drop);
        return Ok(RowKind::SourceEvent { dropped: count.unwrap_or(0) });
    }
    let cancelled = || keys.get("cancelled").and_then(Value::as_u64).map(RowKind::Cancelled);
    Ok(if keys.contains_key("end") { RowKind::Close } else { cancelled().unwrap_or(RowKind::Unknown) })
}

fn source(keys: &Map<String, Value>, names: &mut Names) -> Result<Option<SourceId>, Reason> {
    match keys.get("source") {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(names.source_id(name))),
        Some(_) => Err(Reason::Source),
    }
}

fn band(keys: &Map<String, Value>, names: &mut Names) -> Result<Option<BandId>, Reason> {
    match keys.get("band") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(names.band_id(Band::parse(text.as_bytes())?))),
        Some(_) => Err(Reason::Band(NotABand)),
    }
}
