//! The first line of a recording: its version and what is known of the session.

use serde_json::{Map, Value};

use super::keys;
use super::names::{Names, SourceId};
use super::reason::Reason;
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::reading::SourceKind;

/// One entry of the header's `sources`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name that rows use.
    pub id: String,
    /// What it is, where the header says so in a word this version knows.
    pub kind: Option<SourceKind>,
}

/// The header: what the tool reads of it, and all keys as they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The sources it names.
    pub sources: Vec<Source>,
    /// Made of other transmitters: never to be written into a config.
    pub not_a_nymi_band: bool,
    /// Every key, unknown ones included, in the order of the file.
    pub keys: Map<String, Value>,
}

impl Header {
    /// The sources by number, and the one of rows that name none, where there is no doubt.
    pub(super) fn names(&self) -> (Names, Option<SourceId>) {
        let mut names = Names::default();
        let sources: Vec<_> = self.sources.iter().map(|s| names.source_id(&s.id)).collect();
        let default_source = match sources.as_slice() {
            [] => Some(names.source_id("")),
            [one] => Some(*one),
            _ => None,
        };
        (names, default_source)
    }

    /// Reads the first line.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Reason> {
        Self::of(keys::parse(line)?.ok_or(Reason::NoHeader)?)
    }

    /// Of keys that are not written yet.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn of(keys: Map<String, Value>) -> Result<Self, Reason> {
        match keys.get("rssi_recording") {
            None => return Err(Reason::NoHeader),
            Some(version) if version.as_u64() == Some(1) => {}
            Some(other) if other.as_u64().is_some_and(|version| version > 1) => {
                return Err(Reason::Version(other.to_string()));
            }
            Some(_) => return Err(Reason::NoHeader),
        }
        let sources = match keys.get("sources") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(sources)) => sources.iter().map(source).collect::<Result<_, _>>()?,
            Some(_) => return Err(Reason::HeaderSources),
        };
        keys::text(&keys, "started")?;
        keys::truth(&keys, "band_authenticated")?;
        keys::whole_numbers(&keys, "nbe_parameters", &Parameter::ALL.map(Parameter::key))?;
        let not_a_nymi_band = keys::truth(&keys, "not_a_nymi_band")?.unwrap_or(false);
        Ok(Self { sources, not_a_nymi_band, keys })
    }

    /// What people must know of its sources before they trust the numbers.
    pub fn caveat(&self) -> Option<&'static str> {
        caveat(&self.keys)
    }

    /// What it says that NBE ran with; of the five only those with a value that NBE can have.
    pub fn nbe_parameters(&self) -> ParameterSet {
        let mut parameters = ParameterSet::default();
        for parameter in Parameter::ALL {
            if let Some(value) = self.nbe_parameter(parameter) {
                // With one outside its domain nothing can be replayed.
                let _ = parameters.set(parameter, value);
            }
        }
        parameters
    }

    /// The value of one that it says NBE ran with, whether NBE can have it or not.
    pub fn nbe_parameter(&self, parameter: Parameter) -> Option<i64> {
        self.keys.get("nbe_parameters")?.get(parameter.key())?.as_i64()
    }

    /// A text key such as `site`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.keys.get(key).and_then(Value::as_str)
    }
}

/// What people must know of the sources that a header names, before they trust the numbers.
pub fn caveat(keys: &Map<String, Value>) -> Option<&'static str> {
    keys.get("sources")?.as_array()?.iter().find_map(|source| kind(source)?.caveat())
}

fn source(value: &Value) -> Result<Source, Reason> {
    let id = value.get("id").and_then(Value::as_str).ok_or(Reason::HeaderSources)?;
    let kind_is_text = value.get("kind").is_none_or(|kind| kind.is_string() || kind.is_null());
    if !kind_is_text {
        return Err(Reason::HeaderSources);
    }
    Ok(Source { id: id.to_owned(), kind: kind(value) })
}

fn kind(source: &Value) -> Option<SourceKind> {
    SourceKind::from_name(source.get("kind")?.as_str()?)
}
