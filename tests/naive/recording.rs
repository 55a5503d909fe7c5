//! A recording as a list of rows, and its text.

use std::fmt::Write as _;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Microseconds since the start.
    pub t_us: i64,
    /// The rest.
    pub kind: Kind,
    /// How the row is spelled; decides nothing.
    pub spelling: Spelling,
}

/// What a row says.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `rssi`; 127 is not a sample.
    Rssi { source: Option<String>, band: String, rssi: i64 },
    /// `mark: begin`
    Begin { id: u64, intent: &'static str, band: Option<String>, source: Option<String> },
    /// `mark: end`
    End { id: u64 },
    /// Any other row: its keys.
    Other(&'static str),
}

/// JSON allows one row to be written in many ways.
#[derive(Clone, Copy, Debug)]
pub enum Spelling {
    /// As the format's example.
    Plain,
    /// Blanks wherever JSON allows them.
    Spaced,
    /// The last key first, with unknown keys that look like known ones inside.
    Reordered,
    /// Key names with a `\u` escape.
    Escaped,
}

/// A whole recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The ids of the header's `sources`.
    pub sources: Vec<String>,
    /// The rows, times never decreasing.
    pub rows: Vec<Row>,
}

/// A labelled stretch of time.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its id.
    pub id: u64,
    /// What should happen in it.
    pub intent: &'static str,
    /// Begin ≤ t.
    pub begin_us: i64,
    /// t < end; none: "one that never ends lasts through the last row".
    pub end_us: Option<i64>,
    band: Option<String>,
    source: Option<String>,
}

impl Segment {
    /// "A segment is begin ≤ t < end"; "`band` and `source` limit a segment to that band and that
    /// dongle".
    pub fn contains(&self, t_us: i64, source: &str, band: &str) -> bool {
        self.begin_us <= t_us
            && self.end_us.is_none_or(|end| t_us < end)
            && self.band.as_ref().is_none_or(|b| b == band)
            && self.source.as_ref().is_none_or(|s| s == source)
    }

    /// The band and source it is limited to.
    pub fn limits(&self) -> (Option<&str>, Option<&str>) {
        (self.band.as_deref(), self.source.as_deref())
    }
}

impl Recording {
    /// "A row without `source` belongs to the one source of the header (or to the nameless one
    /// when the header names none)."
    pub fn source_of(&self, named: Option<&String>) -> String {
        named.or(self.sources.first()).cloned().unwrap_or_default()
    }

    /// All segments, in the order of their begins.
    pub fn segments(&self) -> Vec<Segment> {
        let mut segments = Vec::new();
        for row in &self.rows {
            match &row.kind {
                Kind::Begin { id, intent, band, source } => segments.push(Segment {
                    id: *id,
                    intent,
                    begin_us: row.t_us,
                    end_us: None,
                    band: band.clone(),
                    source: source.clone(),
                }),
                Kind::End { id } => {
                    for segment in segments.iter_mut().filter(|s| s.id == *id) {
                        segment.end_us = Some(row.t_us);
                    }
                }
                _ => {}
            }
        }
        segments
    }

    /// The last row's time, of any kind.
    pub fn last_t_us(&self) -> i64 {
        self.rows.last().map_or(0, |row| row.t_us)
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = String::from(r#"{"rssi_recording":1"#);
        if !self.sources.is_empty() {
            let ids: Vec<_> = self.sources.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
            let _ = write!(text, r#","sources":[{}]"#, ids.join(","));
        }
        text.push_str("}\n");
        for row in &self.rows {
            text.push_str(&row.text());
            text.push('\n');
        }
        text
    }
}

impl Row {
    fn text(&self) -> String {
        let mut keys = vec![("t_us", self.t_us.to_string())];
        let quoted = |text: &str| format!("\"{text}\"");
        let mut limits = |band: &Option<String>, source: &Option<String>| {
            keys.extend(source.iter().map(|s| ("source", quoted(s))));
            keys.extend(band.iter().map(|b| ("band", quoted(b))));
        };
        match &self.kind {
            Kind::Rssi { source, band, rssi } => {
                limits(&Some(band.clone()), source);
                keys.push(("rssi", rssi.to_string()));
            }
            Kind::Begin { id, intent, band, source } => {
                limits(band, source);
                keys.push(("mark", quoted("begin")));
                keys.push(("id", id.to_string()));
                keys.push(("intent", quoted(intent)));
            }
            Kind::End { id } => {
                keys.push(("mark", quoted("end")));
                keys.push(("id", id.to_string()));
            }
            Kind::Other(rest) => return format!("{{\"t_us\":{}{rest}}}", self.t_us),
        }
        self.spelling.object(&keys)
    }
}

impl Spelling {
    fn object(self, keys: &[(&str, String)]) -> String {
        let pairs = |before: &str, after: &str| -> Vec<String> {
            keys.iter().map(|(key, value)| format!("\"{key}\"{before}:{after}{value}")).collect()
        };
        match self {
            Self::Plain => format!("{{{}}}", pairs("", "").join(",")),
            Self::Spaced => format!(" {{\t{} }} ", pairs(" ", "  ").join(" ,\t")),
            Self::Reordered => {
                let mut pairs = pairs("", " ");
                pairs.insert(0, r#""note":"\"rssi\":-1,\\\"} caf\u00e9 é""#.into());
                pairs.push(r#""extra":{"t_us":-5,"rssi":[1,{"mark":"end"}],"band":null}"#.into());
                pairs.reverse();
                format!("{{{}}}", pairs.join(","))
            }
            Self::Escaped => {
                let escape = |key: &str| format!("\\u{:04x}{}", key.as_bytes()[0], &key[1..]);
                let pairs: Vec<_> = keys.iter().map(|(k, v)| format!("\"{}\":{v}", escape(k))).collect();
                format!("{{{}}}", pairs.join(","))
            }
        }
    }
}
