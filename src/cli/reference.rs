//! `docs/cli.md`, generated from the commands themselves; a test keeps the file true.

use std::fmt::Write;

use clap::{Command, CommandFactory};

use super::Cli;

const INTRODUCTION: &str = "\
# The command line

Made from the commands themselves (`UPDATE_REFERENCE=1 cargo test --test reference`).

Data goes to the standard output, everything said to a person to the standard error. REC is a file, `-` for the
standard input, a folder or a pattern, which is expanded by tapbench itself; a bad file is reported, the others still
run, and the exit status is 2 at the end. A command that writes OUT refuses one that exists unless `--force`.

`tapbench` alone opens the window; with paths that are there in the place of a command, as a file manager gives them, it
opens these recordings in it.

| exit status | meaning |
| --- | --- |
| 0 | done, and what was checked held |
| 1 | it was checked and did not hold: missed or false taps under `--check`, errors in a config, a refused value |
| 2 | wrong usage, or an input that cannot be read |
| 3 | finished, but data was lost or skipped |
| 4 | the device, driver or service was not there or failed |

Where several apply: 4, then 2, then 1, then 3.
";

/// The whole reference as Markdown.
pub fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut root = Cli::command().term_width(100).max_term_width(100).color(clap::ColorChoice::Never);
    root.build();
    for command in root.get_subcommands().filter(|c| c.get_name() != "help" && !c.is_hide_set()) {
        section(&mut text, command, "tapbench");
    }
    text
}

fn section(text: &mut String, command: &Command, parent: &str) {
    let name = format!("{parent} {}", command.get_name());
    let below: Vec<_> = command.get_subcommands().filter(|c| c.get_name() != "help").collect();
    if below.is_empty() {
        let mut command = command.clone().term_width(100);
        let help = command.render_help().to_string();
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {name}\n\n```\n{}\n```\n", help.join("\n").trim_end());
    }
    for command in below {
        section(text, command, &name);
    }
}
