//! The difference between a file and what it is to become, as `diff -u` prints it.

use std::path::Path;

use crate::cli::{Failure, Terminal};
use crate::nbe_config::{Plan, Replacement};

/// The change as a unified diff on stdout; nothing where nothing changes.
pub(in crate::cli) fn print_diff(plan: &Plan, file: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let old = (!plan.creates()).then(|| plan.old_text());
    print_texts(old, plan.after().text(), file, terminal)
}

/// The same of bytes, which a backup may hold that is not text.
pub(super) fn print_difference(replacement: &Replacement, terminal: &Terminal) -> Result<(), Failure> {
    let old = replacement.old.as_deref().map(String::from_utf8_lossy);
    print_texts(old.as_deref(), &String::from_utf8_lossy(&replacement.new), &replacement.path, terminal)
}

fn print_texts(old: Option<&str>, new: &str, file: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let name = file.display().to_string();
    let (from, old) = old.map_or(("/dev/null", ""), |old| (&name, old));
    let text = similar::TextDiff::from_lines(old, new).unified_diff().header(from, &name).to_string();
    if !terminal.colors_stdout() {
        return terminal.print(&text);
    }
    let colored: String = text
        .split_inclusive('\n')
        .map(|line| {
            let ansi = match line.as_bytes() {
                [b'+', b'+', ..] | [b'-', b'-', ..] => "1",
                [b'+', ..] => "32",
                [b'-', ..] => "31",
                [b'@', ..] => "36",
                _ => return line.to_owned(),
            };
            let content = line.trim_end_matches(['\r', '\n']);
            format!("\x1b[{ansi}m{content}\x1b[0m{}", &line[content.len()..])
        })
        .collect();
    terminal.print(&colored)
}
