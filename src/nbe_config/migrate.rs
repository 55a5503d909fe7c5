//! From the layout of older releases to the current one: the RSSI keys at the top of the file move
//! into `[dongle.NAME]`, as they are written, and their comments with them.

use std::ops::Range;

use super::document::{Document, Layout};
use super::edit::{EditError, Splice};
use super::position::{Position, line_around};
use super::tree::{Entry, Form, TableNode};
use crate::engine::parameters::{Dongle, Parameter};

/// Why a file could not be moved to the current layout; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MigrateError {
    /// Both places have a value, and they differ.
    #[error("{parameter} stands at the top (line {}) and in the dongle's table (line {}) with different values", .top.line, .table.line)]
    Conflict {
        /// Which.
        parameter: Parameter,
        /// The value at the top.
        top: Position,
        /// The value in the table.
        table: Position,
    },
    /// The file is written in a way that cannot be edited.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl Document {
    /// The same file with its top-level RSSI keys in `dongle`'s table; the same bytes where there
    /// are none.
    pub fn migrated(&self, dongle: Dongle) -> Result<Self, MigrateError> {
        self.dongle_may_be_a_table(dongle)?;
        let mut kept_in_table = Vec::new();
        let mut moving = Vec::new();
        let is_ours = |entry: &&Entry| Parameter::from_key(&entry.key).is_some();
        for entry in self.tree().entries_of(&[]).filter(is_ours) {
            let parameter = Parameter::from_key(&entry.key);
            match parameter.and_then(|p| Some((p, self.entry(dongle, Layout::Dongle, p)?))) {
                Some((_, there)) if there.content == entry.content => kept_in_table.push(entry),
                Some((parameter, there)) => {
                    return Err(MigrateError::Conflict {
                        parameter,
                        top: self.position(entry.key_span.start),
                        table: self.position(there.key_span.start),
                    });
                }
                None => moving.push(entry),
            }
        }
        let path = ["dongle", dongle.name()];
        let in_braces = match self.dongle_table(dongle) {
            Some(table) if table.form == Form::Dotted => {
                self.container_of_dotted(&path).0.form == Form::Inline
            }
            Some(table) => table.form == Form::Inline,
            None => self.tree().find_table(&path[..1]).is_some_and(|parent| parent.form == Form::Inline),
        };
        let mut cuts: Vec<Range<usize>> = kept_in_table.iter().map(|entry| self.pair_only(entry)).collect();
        let result = if in_braces {
            cuts.extend(moving.iter().map(|entry| self.pair_only(entry)));
            let mut result = self.without(cuts)?;
            for entry in &moving {
                let value = &self.text()[entry.value_span.clone()];
                let splice = result.insertion(&path, &entry.key, value);
                result = result.spliced(vec![splice])?;
            }
            result
        } else {
            let blocks: Vec<_> = moving.iter().map(|entry| (*entry, self.with_comments(entry))).collect();
            cuts.extend(blocks.iter().map(|(_, block)| block.clone()));
            self.without(cuts)?.with_lines(dongle, &blocks, self)?
        };
        result.holds_the_same(self, dongle, &moving)
    }

    fn without(&self, cuts: Vec<Range<usize>>) -> Result<Self, EditError> {
        self.spliced(cuts.into_iter().map(|range| Splice { range, with: String::new() }).collect())
    }

    /// Adds the lines of `blocks`, which are of the file `from`, to the dongle's table.
    fn with_lines(
        &self,
        dongle: Dongle,
        blocks: &[(&Entry, Range<usize>)],
        from: &Self,
    ) -> Result<Self, EditError> {
        if blocks.is_empty() {
            return Ok(self.clone());
        }
        let path = ["dongle", dongle.name()];
        let table = self.dongle_table(dongle).filter(|table| table.form != Form::Implied);
        let (container, inner): (Option<&TableNode>, &[&str]) = match table {
            Some(table) if table.form == Form::Dotted => {
                let (container, inner) = self.container_of_dotted(&path);
                (Some(container), inner)
            }
            other => (other, &[]),
        };
        let prefix: String = inner.iter().flat_map(|name| [name, "."]).collect();
        let mut lines = String::new();
        for (entry, block) in blocks {
            lines.push_str(&from.text()[block.start..entry.key_span.start]);
            lines.push_str(&prefix);
            lines.push_str(from.text()[entry.key_span.start..block.end].trim_end_matches(['\r', '\n']));
            lines.push_str(self.newline());
        }
        let lines = lines.trim_end_matches(['\r', '\n']);
        let anchor = container.and_then(|container| self.anchor(container, inner));
        let splice = match anchor {
            Some(anchor) => self.lines_after(anchor, line_around(self.text(), anchor).end, lines),
            None => self.at_end(&format!("[{}]{}{lines}", path.join("."), self.newline()), true),
        };
        self.spliced(vec![splice])
    }

    /// The lines of an entry and of the comments directly above it, with the last line break.
    fn with_comments(&self, entry: &Entry) -> Range<usize> {
        let text = self.text();
        let earlier = self.tree().entries.iter().filter(|other| other.key_span.start < entry.key_span.start);
        let floor = earlier.map(|other| line_around(text, other.value_span.end).end).max().unwrap_or(0);
        let mut start = line_around(text, entry.key_span.start).start;
        while start > floor {
            let above = line_around(text, start - 1);
            let above = line_around(text, above.start).start..start;
            if above.start < floor || !text[above.clone()].trim_start().starts_with('#') {
                break;
            }
            start = above.start;
        }
        start..self.line_break_after(entry.value_span.end)
    }

    /// `key = value` alone, where a comment follows on the line; else the whole line.
    fn pair_only(&self, entry: &Entry) -> Range<usize> {
        let text = self.text();
        let line = line_around(text, entry.value_span.end);
        let rest = &text[entry.value_span.end..line.end];
        if rest.trim_start().starts_with('#') {
            entry.key_span.start..line.end - rest.trim_start().len()
        } else {
            line_around(text, entry.key_span.start).start..self.line_break_after(entry.value_span.end)
        }
    }

    fn line_break_after(&self, offset: usize) -> usize {
        memchr::memchr(b'\n', &self.text().as_bytes()[offset..])
            .map_or(self.text().len(), |newline| offset + newline + 1)
    }

    fn holds_the_same(self, before: &Self, dongle: Dongle, moved: &[&Entry]) -> Result<Self, MigrateError> {
        let arrived = moved.iter().all(|entry| {
            let there = self.tree().find(&["dongle", dongle.name()], &entry.key);
            there.is_some_and(|there| there.content == entry.content)
        });
        let gone = !Parameter::ALL.iter().any(|p| self.tree().find(&[], p.key()).is_some());
        let counts = before.tree().entries.len() >= self.tree().entries.len();
        if arrived && gone && counts {
            Ok(self)
        } else {
            Err(EditError::NotAsMeant("the values do not fit into the dongle's table".into()).into())
        }
    }
}
