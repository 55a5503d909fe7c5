//! `tapbench config restore`.

use std::fmt::Write;
use std::path::{Path, PathBuf, absolute};

use super::rights::{self, CommandLine, Consent};
use super::{listing, words};
use crate::cli::{Exit, Failure, Terminal};
use crate::nbe_config::backup::{self, Backup};
use crate::nbe_config::{Context, Document, Outcome, Place, Replacement, SyntaxError, check_bytes};

/// Put a backup back; the present file is backed up first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tapbench config restore nbe.toml --list\n  \
                        tapbench config restore nbe.toml --to nbe.toml.bak-20261123T192432Z")]
pub struct Args {
    /// The nbe.toml
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// List the backups, the newest first, and change nothing
    #[arg(long, conflicts_with = "to")]
    list: bool,
    /// This backup: its path, or its name beside FILE; default: the newest
    #[arg(long, value_name = "BACKUP")]
    to: Option<PathBuf>,
    #[command(flatten)]
    consent: Consent,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let backups = backup::list(&args.file).map_err(|error| words::of_file(&error))?;
    if args.list {
        return list(&backups, &args.file, terminal);
    }
    let source = match &args.to {
        Some(named) => find(named, &args.file)?,
        None => match backups.into_iter().next() {
            Some(newest) => newest.path,
            None => {
                let what = format!("{} has no backup beside it", args.file.display());
                return Err(Failure::bad_input(what)
                    .remedy("name one with --to, or edit the file with `tapbench config set`"));
            }
        },
    };
    let command = CommandLine::new("restore", &args.file)
        .and(["--to".to_owned(), absolute(&source).unwrap_or(source.clone()).display().to_string()]);
    let replacement =
        Replacement::from_backup(&args.file, &source).map_err(|error| words::of_file(&error))?;
    // NBE could not read the file then.
    if let Err(SyntaxError { message, at, .. }) = Document::parse(&replacement.new) {
        let place = format!("{}:{}:{}", source.display(), at.line, at.column);
        let file = args.file.display();
        return Err(Failure::bad_input(format!("{place}: not TOML: {message}; nothing is restored from it"))
            .remedy(format!(
                "name another backup with --to; tapbench config restore {file} --list shows which there are"
            )));
    }
    let outcome = rights::write(&replacement, &command, args.consent, terminal)?;
    let (file, source) = (args.file.display(), source.display());
    match outcome {
        Outcome::Unchanged => terminal.print(&format!("{file}: already the same as {source}\n"))?,
        Outcome::Written { backup } => {
            let mut said = format!("{file}: restored from {source}\n");
            if let Some(backup) = backup {
                said.push_str(&format!("{}: what it was before\n", backup.display()));
            }
            terminal.print(&said)?;
            // A backup may be as bad as the file it is of, and --to can name anything.
            let findings = check_bytes(&super::files::read(&args.file)?, Context::default());
            listing::mention(terminal, &args.file, &findings);
            for step in Place::of(&args.file).next_steps() {
                terminal.note(format!("next: {step}"));
            }
        }
    }
    Ok(Exit::Done)
}

fn list(backups: &[Backup], file: &Path, terminal: &Terminal) -> Result<Exit, Failure> {
    if backups.is_empty() {
        terminal.note(format!("{} has no backup beside it", file.display()));
    }
    let mut text = String::new();
    for backup in backups {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {}  {} bytes", backup.path.display(), backup.time(), backup.bytes);
    }
    terminal.print(&text)?;
    Ok(Exit::Done)
}

fn find(named: &Path, file: &Path) -> Result<PathBuf, Failure> {
    let beside = file.with_file_name(named);
    [named.to_owned(), beside].into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Failure::bad_input(format!("there is no backup {}", named.display()))
            .remedy(format!("see which there are: tapbench config restore {} --list", file.display()))
    })
}
