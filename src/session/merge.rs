//! Several sources, one recording: one header, and no name or segment id that means two things.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::edited;
use crate::drivers::{Origin, Row, What};

/// One source's names, as they stand in its rows, and as they are written.
#[derive(Debug, Default)]
struct Names {
    renamed: HashMap<String, String>,
    /// The source of rows that name none.
    of_nameless: Option<String>,
}

/// Gives the rows of several sources, and the segments of an operator, names and ids that do not
/// clash. The rows of a single source whose ids are free stay as they are.
#[derive(Debug)]
pub struct Merge {
    inputs: Vec<Names>,
    taken: HashSet<String>,
    ids: HashMap<(usize, u64), u64>,
    used_ids: HashSet<u64>,
    highest_id: u64,
}

/// The header of a recording of these sources, made by `tool`, and what is to be done to their
/// rows. Of several headers it keeps what all agree in.
pub fn merge(origins: &[Origin], tool: &str) -> (Map<String, Value>, Merge) {
    let mut merge = Merge {
        inputs: Vec::new(),
        taken: HashSet::new(),
        ids: HashMap::new(),
        used_ids: HashSet::new(),
        highest_id: 0,
    };
    let mut header = match origins {
        [one] => {
            let names: Vec<_> = ids(&one.header).collect();
            let of_nameless = names.first().map(|name| (*name).to_owned());
            merge.inputs.push(Names { of_nameless, ..Names::default() });
            one.header.clone()
        }
        several => merge.headers(several),
    };
    header.insert("tool".into(), tool.into());
    (header, merge)
}

fn ids(header: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let sources = header.get("sources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    sources.iter().filter_map(|source| source.get("id")?.as_str())
}

/// What the hashed UIDs of a recording are keyed with; without it they can be compared with no other.
const UID_SALT: &str = "uid_salt";

fn salt(origin: &Origin) -> Option<&str> {
    origin.header.get(UID_SALT)?.as_str()
}

/// A source whose UIDs are keyed unlike those of the others says so itself.
fn salted(mut source: Value, salt: Option<&str>) -> Value {
    if let Some(salt) = salt.filter(|_| source.is_object()) {
        source[UID_SALT] = salt.into();
    }
    source
}

impl Merge {
    fn headers(&mut self, origins: &[Origin]) -> Map<String, Value> {
        let salts: HashSet<_> = origins.iter().filter_map(salt).collect();
        let mut sources = Vec::new();
        for (input, origin) in origins.iter().enumerate() {
            let mut names = Names::default();
            let own_salt = salt(origin).filter(|_| salts.len() > 1);
            let named = origin.header.get("sources").and_then(Value::as_array);
            for source in named.into_iter().flatten() {
                let mut source = source.clone();
                if let Some(id) = source.get("id").and_then(Value::as_str).map(str::to_owned) {
                    let name = self.free_name(&id);
                    source["id"] = name.as_str().into();
                    names.of_nameless.get_or_insert_with(|| name.clone());
                    names.renamed.insert(id, name);
                }
                sources.push(salted(source, own_salt));
            }
            if names.of_nameless.is_none() {
                let name = self.free_name(&format!("source-{}", input + 1));
                sources.push(salted(json!({ "id": name }), own_salt));
                names.of_nameless = Some(name);
            }
            self.inputs.push(names);
        }
        let mut header = Map::new();
        header.insert("rssi_recording".into(), 1.into());
        let agreed = |key: &str, value: &Value| origins.iter().all(|o| o.header.get(key) == Some(value));
        for (key, value) in origins.iter().take(1).flat_map(|origin| &origin.header) {
            match key.as_str() {
                "sources" => _ = header.insert("sources".into(), Value::Null),
                key if agreed(key, value) => _ = header.insert(key.into(), value.clone()),
                _ => {}
            }
        }
        header.insert("sources".into(), sources.into());
        if let Some(salt) = salts.iter().next().filter(|_| salts.len() == 1) {
            header.insert(UID_SALT.into(), (*salt).into());
        }
        let foreign = |origin: &Origin| origin.header.get("not_a_nymi_band") == Some(&Value::Bool(true));
        if origins.iter().any(foreign) {
            header.insert("not_a_nymi_band".into(), true.into());
        }
        header
    }

    /// `name`, or with the first number behind it that makes it new.
    fn free_name(&mut self, name: &str) -> String {
        let numbered = (2u64..).map(|n| format!("{name}-{n}"));
        let free = std::iter::once(name.to_owned()).chain(numbered).find(|n| !self.taken.contains(n));
        let free = free.unwrap_or_default();
        self.taken.insert(free.clone());
        free
    }

    /// The name under which something is said about a source itself.
    pub(super) fn name_of(&self, input: usize) -> Option<&str> {
        self.inputs.get(input)?.of_nameless.as_deref()
    }

    /// The row as the recording has it.
    pub(super) fn row(&mut self, input: usize, row: Row) -> Row {
        let what = match row.what {
            What::Begin { id, band } => What::Begin { id: self.begun(input, id), band },
            What::End { id } => What::End { id: self.ids.get(&(input, id)).copied().unwrap_or(id) },
            what => what,
        };
        if what == row.what && (self.inputs.len() < 2 || self.stays_as_it_is(input, &row)) {
            return row;
        }
        let line = edited(&row.line, |keys| self.renamed(input, what, keys));
        Row { what, line, ..row }
    }

    /// Whether the row names its source, as those of live dongles do, and the name stays: then it
    /// need not be taken apart.
    fn stays_as_it_is(&self, input: usize, row: &Row) -> bool {
        if matches!(row.what, What::Begin { .. } | What::End { .. }) {
            return false;
        }
        let name = || {
            let rest = row.line.strip_prefix(b"{\"t_us\":")?;
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let rest = rest.get(digits..)?.strip_prefix(b",\"source\":\"")?;
            let name = rest.split(|byte| *byte == b'"').next()?;
            std::str::from_utf8(name).ok()
        };
        let renamed = |name: &str| self.inputs.get(input)?.renamed.get(name);
        name().is_some_and(|name| renamed(name).is_some_and(|new| new == name))
    }

    fn begun(&mut self, input: usize, id: u64) -> u64 {
        let new = if self.used_ids.contains(&id) { self.highest_id.saturating_add(1) } else { id };
        self.use_id(new);
        self.ids.insert((input, id), new);
        new
    }

    /// A segment id of the operator's.
    pub(super) fn new_id(&mut self) -> u64 {
        let new = self.highest_id.saturating_add(1);
        self.use_id(new);
        new
    }

    fn use_id(&mut self, id: u64) {
        self.highest_id = self.highest_id.max(id);
        self.used_ids.insert(id);
    }

    fn renamed(&mut self, input: usize, what: What, keys: Map<String, Value>) -> Map<String, Value> {
        let is_one_of_several = self.inputs.len() > 1;
        let names_source = keys.contains_key("source") || !is_one_of_several;
        let is_of_source = matches!(what, What::Sample { .. } | What::Unavailable)
            || (what == What::Other && (keys.contains_key("nfc") || keys.contains_key("source_event")));
        let mut new = Map::new();
        for (key, value) in keys {
            let value = match (key.as_str(), what, value) {
                ("source", _, Value::String(name)) if is_one_of_several => self.source(input, name).into(),
                ("id", What::Begin { id, .. } | What::End { id }, _) => id.into(),
                (_, _, value) => value,
            };
            let is_time = key == "t_us";
            new.insert(key, value);
            if is_time && !names_source && is_of_source {
                let name = self.name_of(input).map(str::to_owned);
                new.extend(name.map(|name| ("source".to_owned(), Value::String(name))));
            }
        }
        new
    }

    fn source(&mut self, input: usize, name: String) -> String {
        if let Some(known) = self.inputs.get(input).and_then(|names| names.renamed.get(&name)) {
            return known.clone();
        }
        let new = self.free_name(&name);
        if let Some(names) = self.inputs.get_mut(input) {
            names.renamed.insert(name, new.clone());
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::row;
    use super::*;
    use crate::reading::Band;

    fn origin(header: &str) -> Origin {
        Origin { header: serde_json::from_str(header).unwrap(), on_session_clock: true }
    }

    fn header(origins: &[Origin]) -> String {
        Value::Object(merge(origins, "tapbench 1").0).to_string()
    }

    const SAMPLE: What = What::Sample { band: Band::Address(1), rssi_dbm: -60 };

    #[test]
    fn one_source_keeps_its_header_and_its_rows() {
        let one = origin(r#"{"rssi_recording":1,"tool":"x","odd":1.5,"sources":[{"id":"a"}]}"#);
        let expected = r#"{"rssi_recording":1,"tool":"tapbench 1","odd":1.5,"sources":[{"id":"a"}]}"#;
        assert_eq!(header(std::slice::from_ref(&one)), expected);
        let (_, mut merge) = merge(&[one], "");
        let row = row(SAMPLE, r#"{"t_us": 5, "band":"00:00:00:00:00:01","rssi":-60}"#);
        assert_eq!(merge.row(0, row.clone()), row);
    }

    #[test]
    fn headers_keep_what_they_agree_in_and_all_sources() {
        let a = r#"{"rssi_recording":1,"site":"w","notes":"x","sources":[{"id":"a","kind":"os"}]}"#;
        let b = r#"{"rssi_recording":1,"site":"w","sources":[{"id":"a"},{"id":"b"}],"not_a_nymi_band":true}"#;
        let c = r#"{"rssi_recording":1,"site":"w"}"#;
        assert_eq!(
            header(&[origin(a), origin(b), origin(c)]),
            r#"{"rssi_recording":1,"site":"w","sources":[{"id":"a","kind":"os"},{"id":"a-2"},{"id":"b"},{"id":"source-3"}],"not_a_nymi_band":true,"tool":"tapbench 1"}"#
        );
    }

    #[test]
    fn the_key_of_hashed_uids_is_never_lost() {
        let plain = || origin(r#"{"rssi_recording":1,"sources":[{"id":"a"}]}"#);
        let with = |salt: &str| {
            origin(&format!(r#"{{"rssi_recording":1,"sources":[{{"id":"n"}}],"uid_salt":"{salt}"}}"#))
        };
        assert_eq!(
            header(&[plain(), with("0a"), with("0a")]),
            r#"{"rssi_recording":1,"sources":[{"id":"a"},{"id":"n"},{"id":"n-2"}],"uid_salt":"0a","tool":"tapbench 1"}"#
        );
        assert_eq!(
            header(&[with("0a"), with("0b"), plain()]),
            r#"{"rssi_recording":1,"sources":[{"id":"n","uid_salt":"0a"},{"id":"n-2","uid_salt":"0b"},{"id":"a"}],"tool":"tapbench 1"}"#
        );
    }

    #[test]
    fn a_single_source_gives_way_to_the_segments_of_an_operator() {
        let one = origin(r#"{"rssi_recording":1,"sources":[{"id":"a"}]}"#);
        let (_, mut merge) = merge(&[one], "");
        let begin = |merge: &mut Merge, id| {
            let row =
                row(What::Begin { id, band: None }, &format!(r#"{{"t_us":1,"mark":"begin","id":{id}}}"#));
            String::from_utf8(merge.row(0, row).line).unwrap()
        };
        assert_eq!(merge.new_id(), 1);
        assert_eq!(begin(&mut merge, 1), "{\"t_us\":1,\"mark\":\"begin\",\"id\":2}\n");
        assert_eq!(begin(&mut merge, 7), "{\"t_us\":1,\"mark\":\"begin\",\"id\":7}\n");
        assert_eq!(merge.new_id(), 8);
        let end = merge.row(0, row(What::End { id: 1 }, r#"{"t_us":2,"mark":"end","id":1}"#));
        assert_eq!(end.what, What::End { id: 2 });
    }

    #[test]
    fn names_and_segment_ids_do_not_clash() {
        let named = origin(r#"{"rssi_recording":1,"sources":[{"id":"a"}]}"#);
        let (_, mut merge) = merge(&[named.clone(), named], "");
        let mut line = |input, what, line| {
            let row = merge.row(input, row(what, line));
            (row.what, String::from_utf8(row.line).unwrap())
        };
        let begin = |id| What::Begin { id, band: None };
        let written = [
            line(0, SAMPLE, r#"{"t_us":1,"rssi":-60,"x":1}"#),
            line(0, SAMPLE, r#"{"t_us":1,"source":"a","rssi":-61}"#),
            line(1, SAMPLE, r#"{"t_us":1,"source":"a","rssi":-60}"#),
            line(1, What::Other, r#"{"t_us":1,"source":"late","nfc":"read"}"#),
            line(0, begin(1), r#"{"t_us":1,"mark":"begin","id":1}"#),
            line(1, begin(1), r#"{"t_us":1,"mark":"begin","id":1}"#),
            line(0, begin(2), r#"{"t_us":1,"mark":"begin","id":2}"#),
            line(1, What::End { id: 1 }, r#"{"t_us":2,"mark":"end","id":1}"#),
            line(1, What::Other, r#"{"t_us":2,"observed":"tap"}"#),
        ];
        let expected = [
            (SAMPLE, r#"{"t_us":1,"source":"a","rssi":-60,"x":1}"#),
            (SAMPLE, r#"{"t_us":1,"source":"a","rssi":-61}"#),
            (SAMPLE, r#"{"t_us":1,"source":"a-2","rssi":-60}"#),
            (What::Other, r#"{"t_us":1,"source":"late","nfc":"read"}"#),
            (begin(1), r#"{"t_us":1,"mark":"begin","id":1}"#),
            (begin(2), r#"{"t_us":1,"mark":"begin","id":2}"#),
            (begin(3), r#"{"t_us":1,"mark":"begin","id":3}"#),
            (What::End { id: 2 }, r#"{"t_us":2,"mark":"end","id":2}"#),
            (What::Other, r#"{"t_us":2,"observed":"tap"}"#),
        ];
        assert_eq!(written, expected.map(|(what, line)| (what, format!("{line}\n"))));
    }
}
