//! The licences of everything that is linked into a program, as its archive must carry them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::{host, process};

/// The notices for the program built for `target`: every crate with its licence, then each text once.
pub fn of(target: &str) -> Result<String, String> {
    let mut tree = host::cargo();
    tree.args(["tree", "--locked", "--package", "tapbench", "--edges", "normal", "--prefix", "none"]);
    let listed = process::output(tree.args(["--target", target, "--format", "{p}|{l}"]))?;
    let crates: BTreeSet<(&str, &str)> = listed.lines().filter_map(package_and_licence).collect();

    let mut text = String::from(
        "This program contains the Rust standard library (MIT OR Apache-2.0) and these crates:\n\n",
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (package, licence) in crates {
        text += &format!("{package}: {licence}\n");
        for path in licence_files(package) {
            let Ok(found) = fs::read_to_string(path) else { continue };
            let holders = texts.entry(found.trim().replace("\r\n", "\n")).or_default();
            if !holders.iter().any(|holder| holder == package) {
                holders.push(package.to_owned());
            }
        }
    }
    for (licence, holders) in texts {
        text += &format!("\n{}\n{}\n\n{licence}\n", "-".repeat(80), holders.join(", "));
    }
    Ok(text)
}

/// `name v1.2.3 (proc-macro)|MIT (*)` → `name v1.2.3` and `MIT`; nothing for the project's own crates.
fn package_and_licence(line: &str) -> Option<(&str, &str)> {
    let (package, licence) = line.split_once('|')?;
    let package = package.trim_end_matches(" (proc-macro)");
    let own = package.ends_with(')');
    (!own).then_some((package, licence.trim_end_matches(" (*)")))
}

/// The licence files of a crate and of the C library it may bring along, as in `vendor/dbus`.
fn licence_files(package: &str) -> Vec<PathBuf> {
    let folder_name = package.replacen(" v", "-", 1);
    let registries = entries(&host::cargo_home().join("registry").join("src"));
    let folder =
        registries.into_iter().map(|registry| registry.join(&folder_name)).find(|path| path.is_dir());
    let Some(folder) = folder else { return Vec::new() };
    let inside = entries(&folder);
    let below = |folders: &[PathBuf]| -> Vec<PathBuf> {
        folders.iter().filter(|path| path.is_dir()).flat_map(|path| entries(path)).collect()
    };
    let deeper = below(&inside);
    let deepest = below(&deeper);
    let all = [inside, deeper, deepest].concat();
    let mut found: Vec<PathBuf> = all.into_iter().filter(|path| is_licence(path)).collect();
    found.sort();
    found
}

fn is_licence(path: &Path) -> bool {
    path.is_file() && (is_licence_name(path) || path.with_extension("ttf").is_file() && is_text(path))
}

fn is_licence_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    let kinds = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "OFL.", "UFL."];
    let is_among_licences = path.parent().is_some_and(|folder| folder.ends_with("LICENSES"));
    let is_code = path.extension().is_some_and(|kind| kind == "rs");
    !is_code && kinds.iter().any(|kind| name.starts_with(kind))
        || is_text(path) && (is_among_licences || name.contains("LICENSE"))
}

/// A font's licence has the font's name.
fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "txt")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fonts_have_licences_too() {
        for name in ["LICENSE-MIT", "fonts/OFL.txt", "fonts/UFL.txt", "a-mit-license.txt", "LICENSES/MIT.txt"]
        {
            assert!(is_licence_name(Path::new(name)), "{name}");
        }
        for name in ["src/license.rs", "README.md", "fonts/notes.txt"] {
            assert!(!is_licence_name(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_line_of_the_tree_names_a_crate_and_its_licence() {
        assert_eq!(
            package_and_licence("serde v1.0.2|MIT OR Apache-2.0 (*)"),
            Some(("serde v1.0.2", "MIT OR Apache-2.0"))
        );
        assert_eq!(
            package_and_licence("serde_derive v1.0.2 (proc-macro)|MIT"),
            Some(("serde_derive v1.0.2", "MIT"))
        );
        assert_eq!(package_and_licence("own v0.1.0 (/some/where)|MIT"), None);
    }
}
