//! Editing in place: only the bytes of the value asked for change, or one line is added.

use std::ops::Range;

use super::document::{Document, Layout, SyntaxError};
use super::position::{Position, line_around};
use super::tree::{Content, Entry, Form, TableNode};
use crate::engine::parameters::{Dongle, OutOfDomain, Parameter};

/// Why a file could not be edited; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The new value lies outside its domain.
    #[error(transparent)]
    OutOfDomain(#[from] OutOfDomain),
    /// A table would have to be where the file has something else, or the reverse.
    #[error("{what} (line {}, column {})", .at.line, .at.column)]
    InTheWay {
        /// What stands there.
        what: String,
        /// Where.
        at: Position,
    },
    /// The file is written in a way that this editor cannot add to.
    #[error("the edited file would not read back as meant: {0}")]
    NotAsMeant(String),
}

impl From<SyntaxError> for EditError {
    fn from(error: SyntaxError) -> Self {
        Self::NotAsMeant(error.to_string())
    }
}

impl Document {
    /// The same file with these values. Every other byte stays; a key that is missing becomes one
    /// more line (or one more pair in an inline table) at the end of its table, in the file's style.
    pub fn set(
        &self,
        dongle: Dongle,
        layout: Layout,
        values: &[(Parameter, i64)],
    ) -> Result<Self, EditError> {
        let mut document = self.clone();
        for &(parameter, value) in values {
            let value = parameter.check(value)?;
            document = document.set_one(dongle, layout, parameter, value)?;
        }
        Ok(document)
    }

    fn set_one(
        &self,
        dongle: Dongle,
        layout: Layout,
        parameter: Parameter,
        value: i32,
    ) -> Result<Self, EditError> {
        let path: &[&str] = match layout {
            Layout::Top => &[],
            Layout::Dongle => &["dongle", dongle.name()],
        };
        if layout == Layout::Dongle {
            self.dongle_may_be_a_table(dongle)?;
        }
        let own_path: Vec<&str> = path.iter().copied().chain([parameter.key()]).collect();
        if let Some(node) = self.tree().find_table(&own_path) {
            let what = format!("{parameter} is a table, not a number");
            return Err(EditError::InTheWay { what, at: self.position(node.span.start) });
        }
        let splice = match self.entry(dongle, layout, parameter) {
            Some(Entry { content: Content::Integer(old), .. }) if *old == i64::from(value) => {
                return Ok(self.clone());
            }
            Some(entry) => Splice { range: entry.value_span.clone(), with: value.to_string() },
            None => self.insertion(path, parameter.key(), &value.to_string()),
        };
        self.spliced(vec![splice])?.verified(self, path, parameter, value)
    }

    pub(super) fn dongle_may_be_a_table(&self, dongle: Dongle) -> Result<(), EditError> {
        let in_the_way = |what: String, offset| EditError::InTheWay { what, at: self.position(offset) };
        for (path, name) in [(&[][..], "dongle"), (&["dongle"][..], dongle.name())] {
            if let Some(entry) = self.tree().find(path, name) {
                return Err(in_the_way(format!("{name} is a value, not a table"), entry.key_span.start));
            }
            let own: Vec<&str> = path.iter().copied().chain([name]).collect();
            let array = |table: &&TableNode| table.path == own && table.form == Form::ArrayElement;
            if let Some(node) = self.tree().tables.iter().find(array) {
                let what = format!("[[{}]] is a list of tables, not a table", own.join("."));
                return Err(in_the_way(what, node.span.start));
            }
        }
        Ok(())
    }

    /// Adds `key = value` to the table at `path`, creating it in the file's style if need be.
    pub(super) fn insertion(&self, path: &[&str], key: &str, value: &str) -> Splice {
        match self.tree().find_table(path) {
            Some(table) => match table.form {
                Form::Root | Form::Header => self.line_in_section(table, &[], key, value),
                Form::Inline => self.pair_in_braces(table, key, value),
                Form::Dotted => {
                    let (container, inner) = self.container_of_dotted(path);
                    if container.form == Form::Inline {
                        let dotted = [inner, &[key]].concat().join(".");
                        self.pair_in_braces(container, &dotted, value)
                    } else {
                        self.line_in_section(container, inner, key, value)
                    }
                }
                Form::Implied | Form::ArrayElement => self.new_table_at_end(path, key, value),
            },
            None => match path
                .split_last()
                .and_then(|(name, parent)| Some((*name, parent, self.tree().find_table(parent)?)))
            {
                Some((name, _, parent)) if parent.form == Form::Inline => {
                    self.pair_in_braces(parent, name, &format!("{{ {key} = {value} }}"))
                }
                Some((_, parent_path, parent)) if parent.form == Form::Dotted => {
                    let (container, _) = self.container_of_dotted(parent_path);
                    self.line_in_section(container, &path[container.path.len()..], key, value)
                }
                _ => self.new_table_at_end(path, key, value),
            },
        }
    }

    /// The table whose section or braces hold the dotted keys of `path`, and the path from there.
    pub(super) fn container_of_dotted<'p>(&self, path: &'p [&'p str]) -> (&TableNode, &'p [&'p str]) {
        let root = &self.tree().tables[0];
        for length in (0..path.len()).rev() {
            match self.tree().find_table(&path[..length]) {
                Some(table) if table.form != Form::Dotted => return (table, &path[length..]),
                _ => {}
            }
        }
        (root, path)
    }

    /// A new line at the end of a `[header]`'s section or of the top of the file. With `inner`, the
    /// dotted keys `inner.key`, after the last of these.
    fn line_in_section(&self, table: &TableNode, inner: &[&str], key: &str, value: &str) -> Splice {
        let path: Vec<&str> = table.path.iter().map(String::as_str).chain(inner.iter().copied()).collect();
        let section = self.section(table);
        let sibling = self.tree().entries_of(&path).rfind(|entry| section.contains(&entry.key_span.start));
        let dotted = [inner, &[key]].concat().join(".");
        let pair = format!("{dotted}{}{value}", self.equals_sign(sibling, key));
        let indented = sibling.map(|entry| entry.key_span.start);
        match self.anchor(table, inner) {
            Some(anchor) => self.lines_after(anchor, indented.unwrap_or(anchor), &pair),
            None if section.end < self.text().len() => {
                Splice { range: 0..0, with: format!("{pair}{0}{0}", self.newline()) }
            }
            None => self.at_end(&pair, false),
        }
    }

    /// The end of what stands last in a table's section: of its dotted keys `inner` where it has any,
    /// else of all; the header where that is all there is.
    pub(super) fn anchor(&self, table: &TableNode, inner: &[&str]) -> Option<usize> {
        let section = self.section(table);
        let path: Vec<&str> = table.path.iter().map(String::as_str).chain(inner.iter().copied()).collect();
        let parent = &path[..path.len().saturating_sub(usize::from(inner.len() > 1))];
        let nearest = if self.tree().find_table(&path).is_some() { &path[..] } else { parent };
        let related =
            |of: &[String]| inner.is_empty() || of.len() >= nearest.len() && of[..nearest.len()] == *nearest;
        let entries = self.tree().entries.iter();
        let entry_ends = entries
            .filter(|entry| section.contains(&entry.key_span.start) && related(&entry.table))
            .map(|entry| entry.value_span.end);
        let braces = self.tree().tables.iter().filter(|table| table.form == Form::Inline);
        let brace_ends = braces
            .filter(|table| section.contains(&table.span.start) && related(&table.path))
            .map(|table| table.span.end);
        let header = (table.form == Form::Header).then_some(table.span.end);
        entry_ends.chain(brace_ends).chain(header).max()
    }

    /// From the end of a table's header to the next header.
    fn section(&self, table: &TableNode) -> Range<usize> {
        let start = table.span.end;
        let next = |other: &&TableNode| {
            matches!(other.form, Form::Header | Form::ArrayElement) && other.span.start >= start
        };
        let end = self.tree().tables.iter().filter(next).map(|other| other.span.start).min();
        start..end.unwrap_or(self.text().len())
    }

    /// Lines after the one at `offset`, the first indented like the one at `indented`.
    pub(super) fn lines_after(&self, offset: usize, indented: usize, lines: &str) -> Splice {
        let line = line_around(self.text(), offset);
        let indented = &self.text()[line_around(self.text(), indented)];
        let indent = &indented[..indented.len() - indented.trim_start_matches([' ', '\t']).len()];
        let newline = match &self.text()[line.end..] {
            rest if rest.starts_with("\r\n") => "\r\n",
            rest if rest.starts_with('\n') => "\n",
            _ => self.newline(),
        };
        Splice { range: line.end..line.end, with: format!("{newline}{indent}{lines}") }
    }

    fn pair_in_braces(&self, table: &TableNode, key: &str, value: &str) -> Splice {
        let inside = |span: &Range<usize>| span.start > table.span.start && span.end <= table.span.end;
        let entries = self.tree().entries.iter().filter(|entry| inside(&entry.key_span));
        let ends = entries.map(|entry| entry.value_span.end);
        let braces = self.tree().tables.iter().filter(|t| t.form == Form::Inline && inside(&t.span));
        match ends.chain(braces.map(|t| t.span.end)).max() {
            Some(end) => Splice { range: end..end, with: format!(", {key} = {value}") },
            None => Splice { range: table.span.clone(), with: format!("{{ {key} = {value} }}") },
        }
    }

    fn new_table_at_end(&self, path: &[&str], key: &str, value: &str) -> Splice {
        let newline = self.newline();
        let equals = self.equals_sign(self.tree().entries.last(), key);
        self.at_end(&format!("[{}]{newline}{key}{equals}{value}", path.join(".")), true)
    }

    /// Appends lines; a file without a final line break goes on without one.
    pub(super) fn at_end(&self, lines: &str, after_blank_line: bool) -> Splice {
        let (text, newline) = (self.text(), self.newline());
        let end = text.len()..text.len();
        let ends_its_line = text.is_empty() || text.ends_with('\n');
        let mut with = String::new();
        if !ends_its_line {
            with.push_str(newline);
        }
        let blank = text.trim().is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n");
        if after_blank_line && !blank {
            with.push_str(newline);
        }
        with.push_str(lines);
        if ends_its_line {
            with.push_str(newline);
        }
        Splice { range: end, with }
    }

    /// What stands between key and value, as the file writes it: `=`, ` = `, or aligned.
    fn equals_sign(&self, sibling: Option<&Entry>, key: &str) -> String {
        let between = sibling.and_then(|s| self.text().get(s.key_span.end..s.value_span.start));
        let (Some(sibling), Some((before, after))) = (sibling, between.and_then(|b| b.split_once('=')))
        else {
            return " = ".into();
        };
        let before = if before.len() > 1 {
            let width = sibling.key_span.len() + before.len();
            " ".repeat(width.saturating_sub(key.len()).max(1))
        } else {
            before.to_owned()
        };
        format!("{before}={after}")
    }

    pub(super) fn spliced(&self, mut splices: Vec<Splice>) -> Result<Self, EditError> {
        splices.sort_by_key(|splice| splice.range.start);
        let mut text = String::with_capacity(self.text().len() + 64);
        let mut at = 0;
        for Splice { range, with } in splices {
            let kept = self.text().get(at..range.start);
            text.push_str(kept.ok_or_else(|| EditError::NotAsMeant("two edits overlap".into()))?);
            text.push_str(&with);
            at = range.end;
        }
        text.push_str(&self.text()[at..]);
        Ok(self.with_text(&text)?)
    }

    /// Confirms that the one value is there and that every other value is what it was in `before`.
    fn verified(
        self,
        before: &Self,
        path: &[&str],
        parameter: Parameter,
        value: i32,
    ) -> Result<Self, EditError> {
        let there = matches!(
            self.tree().find(path, parameter.key()),
            Some(Entry { content: Content::Integer(number), .. }) if *number == i64::from(value)
        );
        let others = |document: &Self| -> Vec<(Vec<String>, String, Content)> {
            let of = |e: &Entry| e.key == parameter.key() && e.table == path;
            let rest = document.tree().entries.iter().filter(|e| !of(e));
            rest.map(|e| (e.table.clone(), e.key.clone(), e.content.clone())).collect()
        };
        if there && others(&self) == others(before) {
            Ok(self)
        } else {
            Err(EditError::NotAsMeant(format!("{parameter} = {value} does not fit into the file's layout")))
        }
    }
}

/// Bytes to replace, and what with.
#[derive(Debug)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) with: String,
}
