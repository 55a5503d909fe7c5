//! The files that FILE names: a file, `-` for stdin, a folder searched for nbe.toml and
//! nbe.default.toml, or a pattern (expanded here, since cmd.exe does not).

use std::io;
use std::path::{Path, PathBuf};

use super::words;
use crate::cli::Failure;
use crate::nbe_config::{self, DEFAULT_FILE};

const STDIN: &str = "-";

/// All files that the arguments name, in their order; what names none is a failure of its own.
pub fn expand(arguments: &[PathBuf]) -> Vec<Result<PathBuf, Failure>> {
    arguments.iter().flat_map(|argument| expand_one(argument)).collect()
}

fn expand_one(argument: &Path) -> Vec<Result<PathBuf, Failure>> {
    if argument.is_dir() {
        let mut found = Vec::new();
        search(argument, &mut found);
        found.sort_by(|a, b| match (a, b) {
            (Ok(a), Ok(b)) => a.cmp(b),
            (a, b) => a.is_ok().cmp(&b.is_ok()),
        });
        if found.is_empty() {
            let what = format!("{} holds no nbe.toml and no {DEFAULT_FILE}", argument.display());
            found
                .push(Err(Failure::bad_input(what).remedy("name the file itself if it is called otherwise")));
        }
        return found;
    }
    let pattern = argument.to_string_lossy();
    if argument.exists() || argument == Path::new(STDIN) || !pattern.contains(['*', '?', '[']) {
        return vec![Ok(argument.to_owned())];
    }
    let paths = match glob::glob(&pattern) {
        Ok(paths) => paths,
        Err(error) => {
            return vec![Err(Failure::bad_input(format!("{pattern} is no file and no pattern: {error}")))];
        }
    };
    let mut found = Vec::new();
    for path in paths {
        match path {
            Ok(path) if path.is_dir() => found.extend(expand_one(&path)),
            Ok(path) => found.push(Ok(path)),
            Err(error) => found.push(Err(Failure::bad_input(format!("cannot read a folder: {error}")))),
        }
    }
    if found.is_empty() {
        found.push(Err(Failure::bad_input(format!("no file matches {pattern}"))));
    }
    found
}

/// Searches a folder; links to folders are not followed, so it ends.
fn search(folder: &Path, found: &mut Vec<Result<PathBuf, Failure>>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            found.push(Err(Failure::bad_input(format!("cannot list {}: {error}", folder.display()))));
            return;
        }
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        if kind.is_dir() {
            search(&entry.path(), found);
        } else if name.eq_ignore_ascii_case("nbe.toml") || name.eq_ignore_ascii_case(DEFAULT_FILE) {
            found.push(Ok(entry.path()));
        }
    }
}

/// Whether this is the file that NBE's installer writes, not the one in use.
pub fn is_default_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.eq_ignore_ascii_case(DEFAULT_FILE))
}

/// The bytes of a file, or of stdin for `-`.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = if path == Path::new(STDIN) {
        nbe_config::read_limited(io::stdin().lock(), Path::new("the standard input"))
    } else {
        nbe_config::read(path)
    };
    bytes.map_err(|error| words::of_file(&error))
}
