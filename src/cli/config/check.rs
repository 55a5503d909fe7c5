//! `tapbench config check`.

use std::path::PathBuf;

use super::{files, listing};
use crate::cli::{Exit, Failure, Format, Terminal};
use crate::engine::parameters::{Dongle, Parameter};
use crate::nbe_config::{Context, Document, Finding, Layout, Severity, check_bytes, igel};

/// Find what NBE would not read as meant, with line, column and remedy
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  tapbench config check C:\\Nymi\\Bluetooth_Endpoint\\nbe.toml --dongle bluegiga\n  \
                        tapbench config check terminals/ --format json"
)]
pub struct Args {
    /// Files, folders (searched for nbe.toml and nbe.default.toml), patterns, or - for the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The dongle of this terminal: judges the layout of older releases with its defaults
    #[arg(long, value_enum)]
    dongle: Option<Dongle>,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// FILE holds pasted NAME=VALUE lines of an IGEL custom partition
    #[arg(long)]
    igel: bool,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut checked = Vec::new();
    for file in files::expand(&args.files) {
        match file.and_then(|file| Ok((files::read(&file)?, file))) {
            Ok((bytes, file)) => {
                let findings = findings(args, &file, &bytes, terminal);
                exit = exit.and(listing::verdict(&findings));
                checked.push((file, findings));
            }
            Err(failure) => {
                terminal.failure(&failure);
                exit = exit.and(failure.exit);
            }
        }
    }
    match args.format {
        Format::Json => terminal.print(&listing::json(&checked)?)?,
        Format::Table => {
            for (file, findings) in &checked {
                terminal.print(&listing::table(file, findings, terminal.colors_stdout()))?;
            }
            summarise(&checked, terminal);
        }
    }
    Ok(exit)
}

fn findings(args: &Args, file: &std::path::Path, bytes: &[u8], terminal: &Terminal) -> Vec<Finding> {
    if args.igel {
        return match std::str::from_utf8(bytes) {
            Ok(text) => igel::check(text, args.dongle),
            // The one thing that the checker can say about such bytes.
            Err(_) => check_bytes(bytes, Context::default()),
        };
    }
    if args.format == Format::Table
        && let Ok(document) = Document::parse(bytes)
    {
        mention_threshold(args.dongle, file, &document, terminal);
    }
    check_bytes(bytes, Context { dongle: args.dongle, is_default_file: files::is_default_file(file) })
}

/// What NBE uses where the threshold is not set, the vendor's sources do not agree on.
fn mention_threshold(
    dongle: Option<Dongle>,
    file: &std::path::Path,
    document: &Document,
    terminal: &Terminal,
) {
    if files::is_default_file(file) {
        return;
    }
    let layout = document.read_layout();
    let tables = Dongle::ALL.into_iter().filter(|of| dongle.is_none_or(|asked| asked == *of));
    let tables: Vec<_> = match layout {
        Layout::Dongle => tables.filter(|of| document.has_table(*of)).map(Some).collect(),
        Layout::Top => Vec::new(),
    };
    // Without a table it is no dongle's, unless one was asked for.
    let asked = if tables.is_empty() { vec![dongle] } else { tables };
    for dongle in asked {
        let of = dongle.unwrap_or(Dongle::Bluegiga);
        if document.value(of, layout, Parameter::TapThreshold).is_none() {
            let default_file = crate::nbe_config::default_file_beside(file);
            let words = super::show::threshold_not_set(dongle, default_file.as_deref());
            terminal.note(format!("{}: {words}", file.display()));
        }
    }
}

fn summarise(checked: &[(PathBuf, Vec<Finding>)], terminal: &Terminal) {
    let count = |severity| {
        let all = checked.iter().flat_map(|(_, findings)| findings);
        all.filter(|finding| finding.severity == severity).count()
    };
    let said = |number: usize, name: &str| format!("{number} {name}{}", if number == 1 { "" } else { "s" });
    if !checked.is_empty() {
        terminal.note(format!(
            "{}: {}, {}, {}",
            said(checked.len(), "file"),
            said(count(Severity::Error), "error"),
            said(count(Severity::Warning), "warning"),
            said(count(Severity::Note), "note")
        ));
    }
}
