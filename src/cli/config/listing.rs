//! Findings as people and scripts read them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::{Exit, Failure, Terminal};
use crate::nbe_config::{Finding, Severity};

#[derive(Serialize)]
struct Findings<'a> {
    findings: Vec<Row<'a>>,
}

/// The keys in the order of the contract (`docs/cli.md`).
#[derive(Serialize)]
struct Row<'a> {
    file: String,
    severity: Severity,
    line: Option<usize>,
    column: Option<usize>,
    code: &'a str,
    key: Option<&'a str>,
    message: &'a str,
    remedy: &'a str,
}

impl<'a> Row<'a> {
    fn of(file: &Path, finding: &'a Finding) -> Self {
        let Finding { severity, at, code, key, message, remedy } = finding;
        Self {
            file: file.display().to_string(),
            severity: *severity,
            line: at.map(|at| at.line),
            column: at.map(|at| at.column),
            code,
            key: key.as_deref(),
            message,
            remedy,
        }
    }
}

/// All findings of several files as one JSON object.
pub fn json(files: &[(PathBuf, Vec<Finding>)]) -> Result<String, Failure> {
    let findings = files.iter().flat_map(|(file, findings)| findings.iter().map(|f| Row::of(file, f)));
    to_json(&Findings { findings: findings.collect() })
}

/// One line of JSON.
pub fn to_json(value: &impl Serialize) -> Result<String, Failure> {
    let mut text = serde_json::to_string(value).map_err(Failure::bad_input)?;
    text.push('\n');
    Ok(text)
}

/// `FILE:LINE:COLUMN: severity[code]: message`, then the remedy.
pub fn table(file: &Path, findings: &[Finding], colors: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        let place = match finding.at {
            Some(at) => format!("{}:{}:{}", file.display(), at.line, at.column),
            None => file.display().to_string(),
        };
        let (name, code) = (finding.severity.name(), finding.code);
        let severity = match (colors, finding.severity) {
            (false, _) => format!("{name}[{code}]"),
            (true, Severity::Error) => format!("\x1b[1;31m{name}[{code}]\x1b[0m"),
            (true, Severity::Warning) => format!("\x1b[1;33m{name}[{code}]\x1b[0m"),
            (true, Severity::Note) => format!("\x1b[1;36m{name}[{code}]\x1b[0m"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{place}: {severity}: {}\n    {}", finding.message, finding.remedy);
    }
    text
}

/// 1 where there is an error among them.
pub fn verdict(findings: &[Finding]) -> Exit {
    match findings.iter().any(|finding| finding.severity == Severity::Error) {
        true => Exit::DidNotHold,
        false => Exit::Done,
    }
}

/// Says on stderr what a changed file still has.
pub fn mention(terminal: &Terminal, file: &Path, findings: &[Finding]) {
    for line in table(file, findings, false).lines() {
        terminal.note(line);
    }
}
