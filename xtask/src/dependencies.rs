//! `docs/dependencies.md` must say of each direct dependency why it is there, and of nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use toml_edit::{DocumentMut, Item};

use crate::host;

const PAGE: &str = "docs/dependencies.md";

/// A crate of the workspace and one that it names.
type Pair = (String, String);

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn manifest(folder: &Path) -> DocumentMut {
    read(&folder.join("Cargo.toml")).parse().unwrap()
}

/// The dependencies of every manifest, for every purpose and system.
fn declared() -> BTreeSet<Pair> {
    let root = manifest(host::root());
    let members = root["workspace"]["members"].as_array().unwrap();
    let folders = members.iter().map(|member| host::root().join(member.as_str().unwrap()));
    let mut found = BTreeSet::new();
    for manifest in folders.map(|folder| manifest(&folder)).chain([root.clone()]) {
        let package = manifest["package"]["name"].as_str().unwrap();
        let systems = manifest.get("target").and_then(Item::as_table_like);
        let systems = systems.into_iter().flat_map(|systems| systems.iter()).map(|(_, system)| system);
        for place in systems.chain([manifest.as_item()]) {
            for purpose in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let names = place.get(purpose).and_then(Item::as_table_like);
                let names = names.into_iter().flat_map(|names| names.iter());
                found.extend(names.map(|(name, _)| (package.to_owned(), name.to_owned())));
            }
        }
    }
    found
}

/// The page's lines: a heading `## CRATE`, under it ``- `NAME`: reason`` or ``- `NAME` (tests): reason``.
fn justified() -> BTreeSet<Pair> {
    let mut package = "";
    let mut found = BTreeSet::new();
    let page = read(&host::root().join(PAGE));
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            package = heading;
        } else if let Some(entry) = line.strip_prefix("- `") {
            let (name, reason) = entry.split_once('`').unwrap();
            let reason = reason.split_once(": ").map_or("", |(_, reason)| reason);
            assert!(!reason.trim().is_empty(), "{PAGE}: `{name}` of {package} has no reason");
            assert!(
                found.insert((package.to_owned(), name.to_owned())),
                "{PAGE}: `{name}` of {package} twice"
            );
        }
    }
    found
}

#[test]
fn each_dependency_has_its_reason() {
    let (declared, justified) = (declared(), justified());
    let unexplained: Vec<&Pair> = declared.difference(&justified).collect();
    let gone: Vec<&Pair> = justified.difference(&declared).collect();
    assert!(unexplained.is_empty(), "add a line to {PAGE} for {unexplained:?}");
    assert!(gone.is_empty(), "remove the line of {PAGE} for {gone:?}");
}
