//! What the window keeps from one start to the next. A store that is damaged, or written by another
//! version, costs what cannot be understood of it and nothing else.

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::calibration::Wishes;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};

/// Recordings that are remembered as opened lately.
pub const RECENT: usize = 12;

/// Recordings that are remembered as open.
const OPEN: usize = 500;

/// How far the window may be enlarged.
const ZOOM: std::ops::RangeInclusive<f32> = 0.5..=3.0;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Whether it is dark; `None` where the system decides.
    pub is_dark: Option<bool>,
    /// How much the window is enlarged.
    pub zoom: Option<f32>,
    /// The dongle that the values are for.
    pub dongle: Option<Dongle>,
    /// The values.
    pub values: Option<ParameterSet>,
    /// Whether they were recommended for what is not a Nymi Band.
    pub is_foreign: bool,
    /// Those that are compared with.
    pub b: Option<ParameterSet>,
    /// Whether these were.
    pub is_b_foreign: bool,
    /// What was listened to last, by its title.
    pub place: Option<String>,
    /// Recordings that were opened lately, the last one first.
    pub recent: Vec<String>,
    /// Recordings that were open together.
    pub open: Vec<String>,
    /// The speed of playing, in tenths.
    pub speed_tenths: Option<u32>,
    /// Where recordings go, where that was chosen.
    pub folder: Option<PathBuf>,
    /// What was chosen for a calibration: its distances and repeats.
    pub wishes: Option<Wishes>,
    /// The kind of terminal that was calibrated.
    pub terminal: Option<String>,
    /// Where that was.
    pub site: Option<String>,
    /// Who did it.
    pub operator: Option<String>,
}

impl Kept {
    /// Reads what [`Self::print`] wrote; what cannot be understood is left out.
    pub fn parse(text: &str) -> Self {
        let stored: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        let texts = |key| field::<Vec<String>>(&stored, key).unwrap_or_default();
        let name: Option<String> = field(&stored, "dongle");
        let mut recent = texts("recent");
        recent.truncate(RECENT);
        let mut open = texts("open");
        open.truncate(OPEN);
        Self {
            is_dark: field(&stored, "is_dark"),
            zoom: field(&stored, "zoom").filter(|zoom| ZOOM.contains(zoom)),
            dongle: name.and_then(|name| Dongle::ALL.into_iter().find(|dongle| dongle.name() == name)),
            values: values(&stored, "values"),
            is_foreign: field(&stored, "is_foreign").unwrap_or_default(),
            b: values(&stored, "b"),
            is_b_foreign: field(&stored, "is_b_foreign").unwrap_or_default(),
            place: field(&stored, "place"),
            recent,
            open,
            speed_tenths: field(&stored, "speed_tenths"),
            folder: field(&stored, "folder"),
            wishes: field(&stored, "wishes"),
            terminal: field(&stored, "terminal"),
            site: field(&stored, "site"),
            operator: field(&stored, "operator"),
        }
    }

    /// As it is stored.
    pub fn print(&self) -> String {
        let mut stored = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                stored.insert(key.to_owned(), value);
            }
        };
        put("is_dark", self.is_dark.map(Value::from));
        put("zoom", self.zoom.map(Value::from));
        put("dongle", self.dongle.map(|dongle| dongle.name().into()));
        put("values", self.values.as_ref().map(numbers));
        put("is_foreign", self.is_foreign.then_some(true.into()));
        put("b", self.b.as_ref().map(numbers));
        put("is_b_foreign", self.is_b_foreign.then_some(true.into()));
        put("place", self.place.clone().map(Value::from));
        put("recent", json(&self.recent));
        put("open", json(&self.open.iter().take(OPEN).collect::<Vec<_>>()));
        put("speed_tenths", self.speed_tenths.map(Value::from));
        put("folder", self.folder.as_ref().and_then(json));
        put("wishes", self.wishes.as_ref().and_then(json));
        put("terminal", self.terminal.clone().map(Value::from));
        put("site", self.site.clone().map(Value::from));
        put("operator", self.operator.clone().map(Value::from));
        Value::from(stored).to_string()
    }
}

/// With a recording in front that was opened just now.
pub fn remember(recent: &mut Vec<String>, path: &str) {
    recent.retain(|known| known != path);
    recent.insert(0, path.to_owned());
    recent.truncate(RECENT);
}

fn field<T: DeserializeOwned>(stored: &Map<String, Value>, key: &str) -> Option<T> {
    serde_json::from_value(stored.get(key)?.clone()).ok()
}

fn json(value: &impl Serialize) -> Option<Value> {
    serde_json::to_value(value).ok()
}

fn numbers(values: &ParameterSet) -> Value {
    values.iter().map(|(parameter, value)| (parameter.key().to_owned(), Value::from(value))).collect()
}

/// Values within their domains; others are left out.
fn values(stored: &Map<String, Value>, key: &str) -> Option<ParameterSet> {
    let numbers = stored.get(key)?.as_object()?;
    let mut values = ParameterSet::default();
    for parameter in Parameter::ALL {
        if let Some(value) = numbers.get(parameter.key()).and_then(Value::as_i64) {
            // One that is outside its domain stays as if it had not been kept.
            let _ = values.set(parameter, value);
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some() -> Kept {
        let mut b = ParameterSet::published(Dongle::Bluegiga);
        b.set(Parameter::TapThreshold, -45).unwrap();
        Kept {
            is_dark: Some(false),
            zoom: Some(1.25),
            dongle: Some(Dongle::BleuIo),
            values: Some(ParameterSet::published(Dongle::Bluegiga)),
            is_foreign: true,
            b: Some(b),
            is_b_foreign: true,
            place: Some("This computer's Bluetooth".into()),
            recent: vec!["a b.rssi.jsonl".into(), "C:\\x\\\"y\".jsonl".into()],
            open: vec!["a.rssi.jsonl".into()],
            speed_tenths: Some(5),
            folder: Some("E:\\ward 3".into()),
            wishes: Some(Wishes { tap_cm: 5, ..Wishes::default() }),
            terminal: Some("igel".into()),
            site: Some("Ward 3".into()),
            operator: Some("Ada".into()),
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        for kept in [Kept::default(), some()] {
            assert_eq!(Kept::parse(&kept.print()), kept);
        }
    }

    #[test]
    fn what_is_damaged_costs_nothing_else() {
        let text = "{\"zoom\":1e300,\"is_dark\":\"perhaps\",\"dongle\":\"toaster\",\"recent\":[\"a\"],\
                    \"values\":{\"rssi_tap_threshold\":999,\"rssi_window_tap\":7},\"b\":[1]}";
        let kept = Kept::parse(text);
        assert_eq!((kept.zoom, kept.is_dark, kept.dongle, kept.b), (None, None, None, None));
        assert_eq!(kept.recent, ["a"]);
        let values = kept.values.unwrap();
        assert_eq!(values.get(Parameter::TapThreshold), None);
        assert_eq!(values.get(Parameter::WindowTap), Some(7));
    }

    #[test]
    fn the_last_one_is_first_and_stands_there_once() {
        let mut recent = Vec::new();
        (0..20).for_each(|n| remember(&mut recent, &n.to_string()));
        remember(&mut recent, "15");
        assert_eq!((recent.len(), recent[0].as_str(), recent[1].as_str()), (RECENT, "15", "19"));
    }

    proptest! {
        #[test]
        fn no_store_is_a_reason_to_stop(text in ".{0,200}", cut in 0..400usize) {
            Kept::parse(&text);
            let whole = some().print();
            Kept::parse(whole.get(..cut).unwrap_or(&whole));
        }
    }
}
