//! One `nbe.toml` in memory: its exact bytes, and what they say.

use toml_edit::Document as Toml;

use super::position::{Lines, Position};
use super::tree::{Content, Entry, Form, TableNode, Tree};
use crate::engine::parameters::{Dongle, OutOfDomain, Parameter, ParameterSet};

/// Larger files are refused: an nbe.toml has a few hundred bytes.
pub const MAX_BYTES: usize = 1 << 20;

const BOM: &str = "\u{feff}";

/// Where the RSSI keys stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Layout {
    /// At the top of the file, as in older releases.
    Top,
    /// In one table for each dongle, as in current releases.
    Dongle,
}

/// Which layouts a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layouts {
    /// Neither a top-level RSSI key nor a dongle's table.
    Neither,
    /// One of the two.
    One(Layout),
    /// Top-level RSSI keys and a dongle's table.
    Both,
}

/// Why bytes are no TOML, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", .at.line, .at.column)]
pub struct SyntaxError {
    /// Where.
    pub at: Position,
    /// What kind of error.
    pub kind: SyntaxErrorKind,
    /// What the parser says, without a full stop.
    pub message: String,
}

/// The kinds of errors that stop a file from being read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// Not TOML.
    NotToml,
    /// A key or a table given twice.
    DuplicateKey,
    /// Not UTF-8, as TOML must be.
    NotUtf8,
    /// More than [`MAX_BYTES`].
    TooLarge,
}

/// A value in the file that is no value of its parameter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// Not a whole number.
    #[error("{parameter} is {found}, not a whole number (line {}, column {})", .at.line, .at.column)]
    WrongType {
        /// Whose value.
        parameter: Parameter,
        /// What stands there instead, for people.
        found: String,
        /// Where the value is.
        at: Position,
    },
    /// Outside the parameter's domain.
    #[error("{source} (line {}, column {})", .at.line, .at.column)]
    OutOfDomain {
        /// Which, and its domain.
        source: OutOfDomain,
        /// Where the value is.
        at: Position,
    },
}

impl BadValue {
    /// Where the value is.
    pub fn at(&self) -> Position {
        match self {
            Self::WrongType { at, .. } | Self::OutOfDomain { at, .. } => *at,
        }
    }
}

/// A file that is TOML: its exact bytes and what they say.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    bom: bool,
    lines: Lines,
    tree: Tree,
}

impl Document {
    /// Reads the bytes of a file; they stay as they are.
    pub fn parse(bytes: &[u8]) -> Result<Self, SyntaxError> {
        if bytes.len() > MAX_BYTES {
            return Err(SyntaxError {
                at: Position { line: 1, column: 1 },
                kind: SyntaxErrorKind::TooLarge,
                message: format!("the file has {} bytes; an nbe.toml has a few hundred", bytes.len()),
            });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))?;
        let (bom, text) = match text.strip_prefix(BOM) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let toml = Toml::parse(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let duplicate = error.message().starts_with("duplicate key");
            SyntaxError {
                at: Position::of(text, offset),
                kind: if duplicate { SyntaxErrorKind::DuplicateKey } else { SyntaxErrorKind::NotToml },
                message: match error.span().and_then(|span| text.get(span)) {
                    Some(key) if duplicate => format!("{} is given twice", key.trim()),
                    _ => error.message().replace('\n', ", "),
                },
            }
        })?;
        let tree = Tree::of(&toml);
        Ok(Self { text: text.to_owned(), bom, lines: Lines::of(text), tree })
    }

    /// The exact bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text.len() + BOM.len());
        if self.bom {
            bytes.extend_from_slice(BOM.as_bytes());
        }
        bytes.extend_from_slice(self.text.as_bytes());
        bytes
    }

    /// The text without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the file begins with a byte order mark.
    pub fn has_bom(&self) -> bool {
        self.bom
    }

    /// The same file with another text, if that is TOML.
    pub(super) fn with_text(&self, text: &str) -> Result<Self, SyntaxError> {
        let bom = if self.bom { BOM } else { "" };
        Self::parse([bom, text].concat().as_bytes())
    }

    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Line and column of a byte of [`Self::text`].
    pub fn position(&self, offset: usize) -> Position {
        self.lines.position(&self.text, offset)
    }

    /// Which layouts the file has.
    pub fn layouts(&self) -> Layouts {
        let top = Parameter::ALL.iter().any(|p| self.tree.find(&[], p.key()).is_some());
        let dongle = Dongle::ALL.iter().any(|&dongle| self.dongle_table(dongle).is_some());
        match (top, dongle) {
            (false, false) => Layouts::Neither,
            (true, false) => Layouts::One(Layout::Top),
            (false, true) => Layouts::One(Layout::Dongle),
            (true, true) => Layouts::Both,
        }
    }

    /// The layout that a current endpoint reads the file in: the tables, unless there is none.
    pub fn read_layout(&self) -> Layout {
        match self.layouts() {
            Layouts::One(Layout::Top) => Layout::Top,
            _ => Layout::Dongle,
        }
    }

    /// Whether there is a table `[dongle.NAME]`, in whatever form.
    pub fn has_table(&self, dongle: Dongle) -> bool {
        self.dongle_table(dongle).is_some()
    }

    /// The table `[dongle.NAME]`, in whatever form.
    pub(super) fn dongle_table(&self, dongle: Dongle) -> Option<&TableNode> {
        let path = ["dongle", dongle.name()];
        let listed = (1..=path.len())
            .filter_map(|length| self.tree.find_table(&path[..length]))
            .any(|table| table.form == Form::ArrayElement);
        self.tree.find_table(&path).filter(|_| !listed)
    }

    pub(super) fn entry(&self, dongle: Dongle, layout: Layout, parameter: Parameter) -> Option<&Entry> {
        match layout {
            Layout::Top => self.tree.find(&[], parameter.key()),
            Layout::Dongle => {
                self.dongle_table(dongle)?;
                self.tree.find(&["dongle", dongle.name()], parameter.key())
            }
        }
    }

    /// A parameter's value in the given layout, and where it stands; `None` where it is not set.
    pub fn value(
        &self,
        dongle: Dongle,
        layout: Layout,
        parameter: Parameter,
    ) -> Option<Result<(i32, Position), BadValue>> {
        let entry = self.entry(dongle, layout, parameter)?;
        Some(self.judge(parameter, entry))
    }

    /// The value of an entry that is this parameter's.
    pub(super) fn judge(&self, parameter: Parameter, entry: &Entry) -> Result<(i32, Position), BadValue> {
        let at = self.position(entry.value_span.start);
        match &entry.content {
            Content::Integer(number) => match parameter.check(*number) {
                Ok(value) => Ok((value, at)),
                Err(source) => Err(BadValue::OutOfDomain { source, at }),
            },
            Content::Text(_) => Err(BadValue::WrongType { parameter, found: "a quoted text".into(), at }),
            Content::Other(found) => Err(BadValue::WrongType { parameter, found: (*found).into(), at }),
        }
    }

    /// The values that the file sets for `dongle`: those of its table; of a file with the layout of
    /// older releases only, those at the top. Published defaults are not filled in.
    pub fn parameters(&self, dongle: Dongle) -> Result<ParameterSet, BadValue> {
        self.parameters_in(dongle, self.read_layout())
    }

    /// The values that the file sets for `dongle` in one layout.
    pub fn parameters_in(&self, dongle: Dongle, layout: Layout) -> Result<ParameterSet, BadValue> {
        let mut set = ParameterSet::default();
        for parameter in Parameter::ALL {
            if let Some(value) = self.value(dongle, layout, parameter) {
                let (value, at) = value?;
                set.set(parameter, value.into()).map_err(|source| BadValue::OutOfDomain { source, at })?;
            }
        }
        Ok(set)
    }

    /// The top-level `agent_url`, where it is a text.
    pub fn agent_url(&self) -> Option<&str> {
        match &self.tree.find(&[], "agent_url")?.content {
            Content::Text(url) => Some(url),
            _ => None,
        }
    }

    /// The line break that the file uses, by majority.
    pub fn newline(&self) -> &'static str {
        let all = memchr::memchr_iter(b'\n', self.text.as_bytes()).count();
        let windows = self.text.matches("\r\n").count();
        if windows * 2 > all { "\r\n" } else { "\n" }
    }
}

fn not_utf8(bytes: &[u8], valid_up_to: usize) -> SyntaxError {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let valid = String::from_utf8_lossy(&bytes[..valid_up_to]);
    let valid = valid.strip_prefix(BOM).unwrap_or(&valid);
    SyntaxError {
        at: Position::of(valid, valid.len()),
        kind: SyntaxErrorKind::NotUtf8,
        message: if utf16 {
            "the file is UTF-16, as PowerShell and Notepad's \"Unicode\" write it; TOML is UTF-8".into()
        } else {
            "a byte here is no UTF-8, which TOML must be".into()
        },
    }
}
