//! The logs named by `--log`, one after the other.

use std::fs::File;
use std::io::{self, BufReader};

use crate::cli::{Exit, Failure, Terminal};
use crate::doctor::logs::{Found, search as search_one};

/// Bytes read at a time.
const BUFFER: usize = 256 * 1024;

/// Reads them; one that cannot be read is reported, and the others are read all the same.
pub fn search(arguments: &[String], terminal: &Terminal) -> (Vec<(String, Found)>, Exit) {
    let mut searched = Vec::new();
    let mut exit = Exit::Done;
    for file in arguments.iter().flat_map(|argument| expand(argument)) {
        let found = file.and_then(|file| match read(&file) {
            Ok(found) => Ok((file, found)),
            Err(error) => Err(Failure::bad_input(format!("{file}: cannot be read: {error}"))),
        });
        match found {
            Ok(found) => searched.push(found),
            Err(failure) => {
                terminal.failure(&failure);
                exit = exit.and(failure.exit);
            }
        }
    }
    (searched, exit)
}

fn read(file: &str) -> io::Result<Found> {
    match file {
        "-" => search_one(io::stdin().lock()),
        path => search_one(BufReader::with_capacity(BUFFER, File::open(path)?)),
    }
}

/// The files of a pattern, which cmd.exe does not expand; anything else is a file.
fn expand(argument: &str) -> Vec<Result<String, Failure>> {
    if !argument.contains(['*', '?', '[']) || std::path::Path::new(argument).exists() {
        return vec![Ok(argument.to_owned())];
    }
    let paths = match glob::glob(argument) {
        Ok(paths) => paths.filter_map(Result::ok).filter(|path| path.is_file()),
        Err(error) => return vec![Err(Failure::bad_input(format!("{argument}: not a pattern: {error}")))],
    };
    let files: Vec<_> = paths.map(|path| Ok(path.to_string_lossy().into_owned())).collect();
    if files.is_empty() {
        return vec![Err(Failure::bad_input(format!("{argument}: no file matches")))];
    }
    files
}
