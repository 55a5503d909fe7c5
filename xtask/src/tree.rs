//! What no file of the tree may hold: paths that exist only on a developer's machine.

use std::process::Command;
use std::{env, fs};

use crate::{host, process};

/// Folders that developers' files lie under; in parts, so that this file passes its own check.
const PRIVATE: &[&[&str]] = &[&["/", "home/"], &["/", "Users/"], &["/", "work/"]];

/// Names after such a folder that stand for anybody: terminals have a `user`, examples have a `you`.
const ANYBODY: &[&str] = &["user", "you", "USER", "$", "<", "*"];

/// Fails with every place where a tracked or new file names a private path.
pub fn check() -> Result<(), String> {
    let listed = process::output(Command::new("git").args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut forbidden: Vec<String> = PRIVATE.iter().map(|parts| parts.concat()).collect();
    forbidden.push(host::root().display().to_string());
    if let Some(home) = env::home_dir() {
        forbidden.push(home.join("").display().to_string());
    }
    let mut found = Vec::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        // Listed but deleted, or not text: nothing to read.
        let Ok(text) = fs::read_to_string(host::root().join(name)) else { continue };
        found.extend(places(&text, &forbidden).map(|(line, what)| format!("{name}:{line}: names {what}")));
    }
    if found.is_empty() {
        return Ok(());
    }
    for place in &found {
        println!("{place}");
    }
    Err(format!("{} places name a path of one machine", found.len()))
}

fn places<'a>(text: &'a str, forbidden: &'a [String]) -> impl Iterator<Item = (usize, &'a str)> {
    text.lines().zip(1..).flat_map(move |(line, number)| {
        forbidden.iter().filter(move |path| names(line, path)).map(move |path| (number, path.as_str()))
    })
}

fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        // `their/home/x` and a URL's path are no absolute paths.
        let starts =
            !path.starts_with('/') || !before.is_some_and(|c| c.is_alphanumeric() || ".-_~".contains(c));
        let after = &line[at + path.len()..];
        starts && !ANYBODY.iter().any(|name| after.starts_with(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(line: &str) -> bool {
        let forbidden: Vec<String> = PRIVATE.iter().map(|parts| parts.concat()).collect();
        places(line, &forbidden).next().is_some()
    }

    #[test]
    fn a_developers_folder_is_found() {
        let path = ["/", "home/", "ada/tapbench"].concat();
        assert!(finds(&path));
        assert!(finds(&format!("see `{path}`")));
    }

    #[test]
    fn examples_and_relative_paths_are_not() {
        assert!(!finds(&["/", "home/", "user/nbe.toml"].concat()));
        assert!(!finds("their/home/page and https://example.org/home/page"));
    }
}
