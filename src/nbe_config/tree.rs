//! A parsed file as two flat lists: its tables and its values, each with its path and its bytes.
//! The checker reads them, and edits cut and paste by these bytes, so nothing else can change.

use std::ops::Range;

use toml_edit::{InlineTable, Item, Key, Table, Value};

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The file itself.
    Root,
    /// `[a.b]`
    Header,
    /// Only a part of other tables' names, like `a` of `[a.b]`.
    Implied,
    /// A part of dotted keys, like `a.b` of `a.b.c = 1`.
    Dotted,
    /// `{ … }`
    Inline,
    /// One of `[[a.b]]`.
    ArrayElement,
}

/// A table.
#[derive(Clone, Debug)]
pub struct TableNode {
    /// Its name, from the root; empty: the root.
    pub path: Vec<String>,
    /// How it is written.
    pub form: Form,
    /// The bytes of its header or of its braces; of its key where it has neither.
    pub span: Range<usize>,
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Something else, by its name for people.
    Other(&'static str),
}

/// A key that holds a value, not a table.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The table it is in.
    pub table: Vec<String>,
    /// Its own name.
    pub key: String,
    /// The bytes of its own name, as written.
    pub key_span: Range<usize>,
    /// The bytes of its value.
    pub value_span: Range<usize>,
    /// The value.
    pub content: Content,
}

/// All tables and values of a file, in the order of their bytes.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Tables; the root first.
    pub tables: Vec<TableNode>,
    /// Values outside arrays.
    pub entries: Vec<Entry>,
}

impl Tree {
    /// Flattens a parsed document.
    pub fn of<S>(document: &toml_edit::Document<S>) -> Self {
        let mut tree = Self::default();
        tree.tables.push(TableNode { path: Vec::new(), form: Form::Root, span: 0..0 });
        tree.table(&mut Vec::new(), document.as_table());
        tree.tables[1..].sort_by_key(|table| table.span.start);
        tree.entries.sort_by_key(|entry| entry.key_span.start);
        tree
    }

    /// The table of this name.
    pub fn find_table(&self, path: &[&str]) -> Option<&TableNode> {
        self.tables.iter().find(|table| table.path == path)
    }

    /// The value of this name.
    pub fn find(&self, table: &[&str], key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key && entry.table == table)
    }

    /// The values of a table, in the order of the file.
    pub fn entries_of<'a>(&'a self, table: &'a [&'a str]) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.table == table)
    }

    fn table(&mut self, path: &mut Vec<String>, table: &Table) {
        for (name, item) in table {
            if let Some(key) = table.key(name) {
                self.item(path, key, item);
            }
        }
    }

    fn inline_table(&mut self, path: &mut Vec<String>, table: &InlineTable) {
        for (name, value) in table {
            if let Some(key) = table.key(name) {
                self.value(path, key, value);
            }
        }
    }

    fn item(&mut self, path: &mut Vec<String>, key: &Key, item: &Item) {
        let key_span = key.span().unwrap_or_default();
        match item {
            Item::None => {}
            Item::Value(value) => self.value(path, key, value),
            Item::Table(table) => {
                let form = match (table.is_dotted(), table.is_implicit()) {
                    (true, _) => Form::Dotted,
                    (false, true) => Form::Implied,
                    (false, false) => Form::Header,
                };
                let span = match form {
                    Form::Header => table.span().unwrap_or(key_span),
                    _ => key_span,
                };
                path.push(key.get().to_owned());
                self.tables.push(TableNode { path: path.clone(), form, span });
                self.table(path, table);
                path.pop();
            }
            Item::ArrayOfTables(tables) => {
                path.push(key.get().to_owned());
                for table in tables {
                    let span = table.span().unwrap_or_else(|| key_span.clone());
                    self.tables.push(TableNode { path: path.clone(), form: Form::ArrayElement, span });
                    self.table(path, table);
                }
                path.pop();
            }
        }
    }

    fn value(&mut self, path: &mut Vec<String>, key: &Key, value: &Value) {
        let key_span = key.span().unwrap_or_default();
        if let Value::InlineTable(table) = value {
            let (form, span) = if table.is_dotted() {
                (Form::Dotted, key_span)
            } else {
                (Form::Inline, table.span().unwrap_or(key_span))
            };
            path.push(key.get().to_owned());
            self.tables.push(TableNode { path: path.clone(), form, span });
            self.inline_table(path, table);
            path.pop();
            return;
        }
        let content = match value {
            Value::Integer(number) => Content::Integer(*number.value()),
            Value::String(text) => Content::Text(text.value().clone()),
            Value::Float(_) => Content::Other("a number with a decimal point"),
            Value::Boolean(_) => Content::Other("true or false"),
            Value::Datetime(_) => Content::Other("a date or time"),
            Value::Array(_) | Value::InlineTable(_) => Content::Other("an array"),
        };
        self.entries.push(Entry {
            table: path.clone(),
            key: key.get().to_owned(),
            key_span,
            value_span: value.span().unwrap_or_default(),
            content,
        });
    }
}
