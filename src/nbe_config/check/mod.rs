//! The checker: every finding of a file, in the order of its lines. `keys` judges what stands
//! where, `values` what it says; this file the bytes and the layout. It changes nothing, and a
//! finding never depends on anything but the file and the dongle named.

mod keys;
mod values;

pub use keys::problem_of_agent_url;
pub(super) use values::of_threshold;

use super::document::{Document, Layout, Layouts};
use super::finding::Finding;
use super::position::Position;
use super::tree::{Entry, Form};
use crate::engine::parameters::{Dongle, Parameter};

/// What the caller knows about the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// The dongle that the terminal has, where it is known.
    pub dongle: Option<Dongle>,
    /// Whether it is `nbe.default.toml`, which NBE's installer wrote and which is not in use itself.
    pub is_default_file: bool,
}

/// Every finding of a file's bytes; what cannot be read at all is a finding too.
pub fn check_bytes(bytes: &[u8], context: Context) -> Vec<Finding> {
    match Document::parse(bytes) {
        Ok(document) => check(&document, context),
        Err(error) => {
            let text = String::from_utf8_lossy(bytes);
            vec![Finding::of_syntax(&error, &text)]
        }
    }
}

/// Every finding of a file that is TOML.
pub fn check(document: &Document, context: Context) -> Vec<Finding> {
    let mut findings = bytes(document);
    findings.extend(newer_toml(document));
    findings.extend(layout(document, context));
    findings.extend(keys::agent_url(document, context));
    findings.extend(keys::all(document));
    findings.extend(values::all(document, context));
    findings.sort_by_key(|finding| (finding.at.is_none(), finding.at, finding.severity));
    findings
}

fn bytes(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    if document.has_bom() {
        findings.push(
            Finding::note(
                "byte-order-mark",
                "the file begins with a byte order mark",
                "nothing to do; it is kept. If NBE does not read the file, save it as UTF-8 without BOM",
            )
            .at(Position { line: 1, column: 1 }),
        );
    }
    if let Some(offset) = document.text().find("\r\n") {
        let remedy = "nothing to do; they are kept";
        findings.push(
            Finding::note("crlf", "the lines end as Windows ends them (CRLF)", remedy)
                .at(document.position(offset)),
        );
    }
    findings
}

/// TOML 1.1 allows line breaks and a last comma inside `{ … }`; older readers stop at them, and
/// which one NBE has is not known.
fn newer_toml(document: &Document) -> Option<Finding> {
    let mut braces = document.tree().tables.iter().filter(|table| table.form == Form::Inline);
    let newer = braces.find(|table| {
        // In the order of the file, so those inside are neighbours.
        let before = |offset: usize| move |entry: &Entry| entry.key_span.start < offset;
        let entries = &document.tree().entries;
        let first = entries.partition_point(before(table.span.start));
        let entries = &entries[first..entries.partition_point(before(table.span.end))];
        let mut at = table.span.start;
        let mut between = String::new();
        for entry in entries {
            between.push_str(document.text().get(at..entry.key_span.start).unwrap_or_default());
            at = entry.value_span.end.max(at);
        }
        let rest = document.text().get(at..table.span.end).unwrap_or_default();
        between.contains('\n') || rest.contains('\n') || rest.trim_start().starts_with(',')
    })?;
    let finding = Finding::warning(
        "newer-toml",
        "a line break or a last comma inside { } is TOML 1.1; NBE may not read the file",
        "write the table on one line without a comma at its end, or as a [table]",
    );
    Some(finding.at(document.position(newer.span.start)).of(newer.path.join(".")))
}

fn layout(document: &Document, context: Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    let first_at_top = Parameter::ALL
        .iter()
        .filter_map(|p| document.entry(Dongle::Bluegiga, Layout::Top, *p))
        .min_by_key(|entry| entry.key_span.start);
    if let Some(entry) = first_at_top {
        let finding = if document.layouts() == Layouts::Both {
            Finding::warning(
                "both-layouts",
                "RSSI keys stand both at the top level and in a dongle's table; a current endpoint may ignore those at the top",
                "keep one: `tapbench config migrate` moves those at the top into the dongle's table",
            )
        } else {
            Finding::warning(
                "old-layout",
                "layout of older releases; a current endpoint may ignore it",
                "with a current endpoint, `tapbench config migrate` moves the keys into the dongle's table",
            )
        };
        findings.push(finding.at(document.position(entry.key_span.start)).of(&entry.key));
    }
    if context.dongle == Some(Dongle::BleuIo) && document.dongle_table(Dongle::BleuIo).is_none() {
        findings.push(
            Finding::warning(
                "table-missing",
                "the file has no table [dongle.bleuio], so NBE uses its own defaults for a BleuIO, most of which are not published",
                "take the values from nbe.default.toml beside it or from a calibration, and write them with `tapbench config set --dongle bleuio`",
            )
            .of("dongle.bleuio"),
        );
    }
    findings
}
