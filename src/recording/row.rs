//! The rows of a recording, parsed from any spelling of JSON; `scan` is the short cut for the
//! canonical sample line and must agree with this.

use serde_json::{Map, Value};

use super::keys;
use super::names::{BandId, Names, SourceId};
use super::nfc::NfcRow;
use super::reason::Reason;
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
    /// Something happened to a source.
    SourceEvent {
        /// Samples dropped, or fewer than were: the `count` of a `dropped`, 1 where it has none, else 0.
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

/// Parses a row in any spelling of JSON. `default_source` is the source of rows without one, if
/// the header leaves no doubt.
pub(super) fn parse(line: &[u8], names: &mut Names, default_source: Option<SourceId>) -> Result<Row, Reason> {
    if line.trim_ascii().is_empty() {
        return Err(Reason::Empty);
    }
    let keys = keys::parse(line)?.ok_or(Reason::NotAnObject)?;
    let t_us = keys.get("t_us").and_then(Value::as_i64).filter(|&t| (0..=MAX_T_US).contains(&t));
    let t_us = t_us.ok_or(Reason::Time)?;
    Ok(Row { t_us, kind: kind(&keys, t_us, names, default_source)? })
}

/// 146,000 years; leaves room to add the model's delays.
pub(super) const MAX_T_US: i64 = 1 << 62;

/// The keys that tell the kinds of rows apart.
const KINDS: [&str; 6] = ["rssi", "mark", "observed", "nfc", "source_event", "end"];

fn kind(
    keys: &Map<String, Value>,
    t_us: i64,
    names: &mut Names,
    default_source: Option<SourceId>,
) -> Result<RowKind, Reason> {
    let said = keys.iter().filter(|(_, value)| !value.is_null());
    let mut kinds = said.filter_map(|(key, _)| KINDS.into_iter().find(|kind| kind == key));
    if let (Some(first), Some(second)) = (kinds.next(), kinds.next()) {
        return Err(Reason::SeveralKinds { first, second });
    }
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
    if let Some(mark) = keys::said(keys, "mark") {
        let id = keys.get("id").and_then(Value::as_u64).filter(|&id| id > 0).ok_or(Reason::SegmentId)?;
        return match mark.as_str() {
            Some("begin") => {
                keys::text(keys, "note")?;
                let intent = keys.get("intent").and_then(Value::as_str).and_then(Intent::from_name);
                Ok(RowKind::Begin(Box::new(Segment {
                    id,
                    intent: intent.ok_or(Reason::Intent)?,
                    begin_us: t_us,
                    band: band(keys, names)?,
                    source: source(keys, names)?,
                    distance_cm: keys::number(keys, "distance_cm")?,
                })))
            }
            Some("end") => Ok(RowKind::End(id)),
            _ => Err(Reason::Mark),
        };
    }
    if let Some(observed) = keys::said(keys, "observed") {
        keys::text(keys, "by")?;
        let observed = observed.as_str().and_then(Observed::from_name);
        return Ok(RowKind::Observed(observed.ok_or(Reason::Observed)?));
    }
    if keys::said(keys, "nfc").or(keys::said(keys, "source_event")).is_some() {
        let source = source(keys, names)?.or(default_source);
        if source.is_none() {
            return Err(Reason::AmbiguousSource);
        }
        if keys::text(keys, "nfc")?.is_some() {
            return Ok(RowKind::Nfc(Box::new(NfcRow::of(keys, source))));
        }
        return Ok(RowKind::SourceEvent { dropped: dropped(keys)? });
    }
    if let Some(end) = keys::said(keys, "end") {
        return if *end == Value::Bool(true) { Ok(RowKind::Close) } else { Err(Reason::Close) };
    }
    let cancelled = keys.get("cancelled").and_then(Value::as_u64);
    Ok(cancelled.map_or(RowKind::Unknown, RowKind::Cancelled))
}

/// Samples that a source event says are missing: a gap is never silent, so at least one where it
/// does not say how many.
fn dropped(keys: &Map<String, Value>) -> Result<u64, Reason> {
    if keys::text(keys, "source_event")? != Some("dropped") {
        return Ok(0);
    }
    Ok(keys::count(keys, "count")?.unwrap_or(1))
}

fn source(keys: &Map<String, Value>, names: &mut Names) -> Result<Option<SourceId>, Reason> {
    match keys.get("source") {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(names.source_id(name))),
        Some(_) => Err(Reason::Source),
    }
}

fn band(keys: &Map<String, Value>, names: &mut Names) -> Result<Option<BandId>, Reason> {
    match keys::said(keys, "band") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(names.band_id(Band::parse(text.as_bytes())?))),
        Some(_) => Err(Reason::Band(NotABand)),
    }
}
