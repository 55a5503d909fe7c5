//! Findings for people and for scripts.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::doctor::logs::{Because, Found};
use crate::doctor::{Finding, State};

/// One line for each finding, and below it what to do.
pub fn table(findings: &[Finding], colors: bool) -> String {
    let mut text = String::new();
    for finding in findings {
        let ansi = match finding.state {
            State::Ok => "32",
            State::Warning => "33",
            State::Problem => "31",
            State::CouldNotTell => "36",
        };
        let state = format!("{:<15}", finding.state.name());
        let state = if colors { format!("\x1b[1;{ansi}m{state}\x1b[0m") } else { state };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{state} {}", finding.what);
        let below = [("why", &finding.why), ("try", &finding.remedy), ("run", &finding.command)];
        for (label, said) in below {
            if let Some(said) = said {
                let _ = writeln!(text, "  {label}: {said}");
            }
        }
    }
    text
}

/// `FILE:LINE`, the vendor's cause and remedy.
pub fn log_table(logs: &[(String, Found)]) -> String {
    let mut text = String::new();
    for (file, found) in logs {
        if found.hits.is_empty() {
            let _ = writeln!(text, "\n{file}: {} lines, none that the vendor's guide explains", found.lines);
        }
        for hit in &found.hits {
            let _ = writeln!(text, "\n{file}:{}: {}", hit.first_line, hit.text);
            let when =
                |time: &Option<String>| time.as_ref().map_or(String::new(), |time| format!(", {time}"));
            if hit.count > 1 {
                let (more, last) = (hit.count - 1, when(&hit.last_time));
                let _ = writeln!(
                    text,
                    "  and {more} more of the same kind, the last in line {}{last}",
                    hit.last_line
                );
            }
            if let Some(time) = &hit.first_time {
                let _ = writeln!(text, "  first: {time}");
            }
            for (number, because) in (1..).zip(hit.cause.because) {
                let number = if hit.cause.because.len() == 1 { String::new() } else { format!(" {number}") };
                let _ = writeln!(text, "  cause{number}: {}", because.cause);
                let _ = writeln!(text, "  try{number}: {}", because.remedy);
            }
            let _ = writeln!(text, "  guide: {}", hit.cause.source);
        }
    }
    text
}

/// How many of each.
pub fn summary(findings: &[Finding]) -> String {
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    format!(
        "problems: {}, warnings: {}, could not tell: {}, ok: {}",
        count(State::Problem),
        count(State::Warning),
        count(State::CouldNotTell),
        count(State::Ok)
    )
}

/// All of it as one object.
pub fn json(findings: &[Finding], logs: &[(String, Found)]) -> String {
    let findings = findings.iter().map(|finding| {
        let mut keys = Map::new();
        keys.insert("code".into(), finding.code.into());
        keys.insert("state".into(), finding.state.key().into());
        keys.insert("what".into(), finding.what.as_str().into());
        let more = [("why", &finding.why), ("remedy", &finding.remedy), ("command", &finding.command)];
        keys.extend(more.into_iter().filter_map(|(key, said)| Some((key.into(), said.as_deref()?.into()))));
        Value::Object(keys)
    });
    let hits = logs.iter().flat_map(|(file, found)| found.hits.iter().map(move |hit| (file, hit)));
    let hits = hits.map(|(file, hit)| {
        let mut keys = Map::new();
        keys.insert("file".into(), file.as_str().into());
        keys.insert("line".into(), hit.first_line.into());
        keys.insert("last_line".into(), hit.last_line.into());
        keys.insert("count".into(), hit.count.into());
        keys.insert("text".into(), hit.text.as_str().into());
        keys.insert("code".into(), hit.cause.code.into());
        let times = [("first_time", &hit.first_time), ("last_time", &hit.last_time)];
        keys.extend(times.into_iter().filter_map(|(key, time)| Some((key.into(), time.as_deref()?.into()))));
        let because = |b: &Because| json!({"cause": b.cause, "remedy": b.remedy});
        // The guide's first, for those who take only one.
        if let Some(first) = hit.cause.because.first() {
            keys.insert("cause".into(), first.cause.into());
            keys.insert("remedy".into(), first.remedy.into());
        }
        keys.insert("causes".into(), hit.cause.because.iter().map(because).collect::<Vec<_>>().into());
        keys.insert("guide".into(), hit.cause.source.into());
        Value::Object(keys)
    });
    let mut all = Map::new();
    all.insert("findings".into(), findings.collect::<Vec<_>>().into());
    all.insert("logs".into(), hits.collect::<Vec<_>>().into());
    format!("{}\n", Value::Object(all))
}
