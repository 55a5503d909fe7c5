//! The promise: `docs/nbe-model.md` names a test for each rule, and every test it names exists.

#![allow(clippy::unwrap_used)]

use std::path::Path;

fn project(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The tests that a document names: `tests/FILE.rs::NAME` in backticks.
fn named(document: &str) -> Vec<(String, String)> {
    let tests = document.split('`').filter(|code| code.starts_with("tests/"));
    tests.filter_map(|code| code.split_once("::")).map(|(file, name)| (file.into(), name.into())).collect()
}

/// Whether a test file has the test.
fn has(file: &str, name: &str) -> bool {
    project(file).contains(&format!("fn {name}("))
}

#[test]
fn every_test_that_the_model_names_exists() {
    let named = named(&project("docs/nbe-model.md"));
    assert!(named.len() > 30, "{} tests named", named.len());
    for (file, name) in named {
        assert!(has(&file, &name), "docs/nbe-model.md names {file}::{name}, which is not there");
    }
}

#[test]
fn every_example_of_a_rule_is_named_in_the_model() {
    let document = project("docs/nbe-model.md");
    let examples = project("tests/rules.rs");
    for test in examples.split("#[test]\nfn ").skip(1) {
        let name = test.split('(').next().unwrap_or_default();
        assert!(
            document.contains(&format!("`tests/rules.rs::{name}`")),
            "{name} is not in docs/nbe-model.md"
        );
    }
}

#[test]
fn every_rule_and_assumption_stands_in_the_model() {
    let document = project("docs/nbe-model.md");
    for rule in 1..=13 {
        assert!(document.contains(&format!("\n| {rule} | ")), "rule {rule}");
    }
    for assumption in 1..=9 {
        assert!(document.contains(&format!("\n| A{assumption} | ")), "A{assumption}");
    }
}
