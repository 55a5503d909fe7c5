//! Whether NBE confirmed it, what was measured where and by whom, and the place to sign.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use super::confirmed::{self, Confirmed};
use super::html::{escape, outside, section, table};
use super::{Recorded, Report};
use crate::recording::Intent;

/// The first line, the title and the facts of the session.
pub(super) fn write(out: &mut String, report: &Report, title: &str) {
    let (class, status) = status(report);
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "<p id=\"confirmation\" class=\"status {class}\">{}</p>", escape(&status));
    let _ = writeln!(out, "<h1>{}</h1>", outside(title));
    let mut facts = String::from("<dl>\n");
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(facts, "<dt>{name}</dt><dd>{value}</dd>");
    };
    fact("Site", texts(report, "site"));
    fact("Operator", texts(report, "operator"));
    fact("Recorded", texts(report, "started"));
    fact("Parameters for", report.dongle.map_or("not stated".into(), |d| escape(d.name())));
    fact("Dongle and firmware", sources(report));
    fact("Band", bands(report));
    fact("Band authenticated", authenticated(report));
    fact("Recorded with", texts(report, "tool"));
    fact("Notes", texts(report, "notes"));
    fact("Report made by", format!("tapbench {}", env!("CARGO_PKG_VERSION")));
    facts.push_str("</dl>\n");
    section(out, "session", "Where, who and what", &facts);
}

/// The first line of the report.
fn status(report: &Report) -> (&'static str, String) {
    if let Some(r) = report.recorded.iter().find(|r| r.header.not_a_nymi_band) {
        let of = report.name(&r.labelled.path);
        return ("open", format!("Not confirmed on this terminal: {of} was not made with a Nymi Band."));
    }
    let Some(confirmed) = Confirmed::of(&report.recorded, report.parameters()) else {
        let why = if !report.recorded.iter().any(confirmed::is_observed) {
            "no recording holds what NBE itself was seen to do"
        } else {
            "what NBE was seen to do was seen with other parameters"
        };
        return ("open", format!("Not confirmed on this terminal: {why}."));
    };
    let said: Vec<_> = [
        (Intent::Tap, "taps"),
        (Intent::NoTap, "hovers without a tap"),
        (Intent::Stay, "stays without a lock"),
        (Intent::Leave, "locks on leaving"),
        (Intent::Return, "unlocks on return"),
    ]
    .into_iter()
    .filter_map(|(intent, words)| Some((confirmed.share(intent)?, words)))
    .collect();
    if said.is_empty() {
        let text = format!(
            "NBE was seen at work, without segments that say what was meant: the model predicts {} of what was seen.",
            confirmed.predicted
        );
        return ("open", text);
    }
    let class = if said.iter().all(|(share, _)| share.n == share.of) { "confirmed" } else { "open" };
    let shares: Vec<_> = said.iter().map(|(share, words)| format!("{share} {words}")).collect();
    (class, format!("NBE on this terminal confirmed {}.", shares.join(", ")))
}

/// What the headers say under a key, each text once.
fn texts(report: &Report, key: &str) -> String {
    each(report.recorded.iter().filter_map(|r| r.header.text(key)).map(outside))
}

fn each(items: impl Iterator<Item = String>) -> String {
    let mut seen = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    if seen.is_empty() { "not stated".to_owned() } else { seen.join("; ") }
}

fn sources(report: &Report) -> String {
    let named = |r: &Recorded| match r.header.keys.get("sources") {
        Some(Value::Array(sources)) => sources.iter().map(source).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    each(report.recorded.iter().flat_map(named))
}

/// All that the header says of a source: which keys there are is the recorder's affair.
fn source(source: &Value) -> String {
    let Value::Object(keys) = source else { return outside(&source.to_string()) };
    let word = |(key, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if key == "id" { outside(&value) } else { format!("{} {}", outside(key), outside(&value)) }
    };
    keys.iter().map(word).collect::<Vec<_>>().join(", ")
}

fn bands(report: &Report) -> String {
    let mut bands = BTreeSet::<crate::reading::Band>::new();
    for recording in &report.recorded {
        let labelled = &recording.labelled;
        let about = labelled.spans.iter().filter_map(|s| s.band).collect::<BTreeSet<_>>();
        let heard = labelled.series.iter().map(|s| s.band);
        let wanted: Vec<_> = if about.is_empty() { heard.collect() } else { about.into_iter().collect() };
        bands.extend(wanted.iter().filter_map(|b| labelled.bands.get(*b as usize).copied()));
    }
    match bands.len() {
        0 => "none heard".to_owned(),
        1..=8 => bands.iter().map(|b| escape(&b.to_string())).collect::<Vec<_>>().join(", "),
        many => format!("{many}, none chosen"),
    }
}

fn authenticated(report: &Report) -> String {
    let said = |r: &Recorded| match r.header.keys.get("band_authenticated")? {
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        other => Some(outside(&other.to_string())),
    };
    each(report.recorded.iter().filter_map(said))
}

/// The recordings with their hashes.
pub(super) fn recordings(report: &Report) -> String {
    let rows: Vec<_> = report
        .recorded
        .iter()
        .map(|r| {
            let samples: usize = r.labelled.series.iter().map(|s| s.t_us.len()).sum();
            vec![
                outside(&r.labelled.path),
                format!("<code>{}</code>", escape(&r.sha256)),
                r.header.text("started").map_or_else(|| "not stated".into(), outside),
                format!("{:.1} s", r.labelled.last_t_us as f64 / 1e6),
                samples.to_string(),
                r.labelled.spans.len().to_string(),
            ]
        })
        .collect();
    let mut out = String::new();
    let columns = ["recording", "SHA-256 of the file", "started", "length", "samples", "segments"];
    table(&mut out, "Evaluated recordings", &columns, &rows);
    out
}

/// The place to sign.
pub(super) fn sign(out: &mut String) {
    let mut body = String::new();
    let empty = || vec![String::new(), String::new(), String::new()];
    let row = |who: &str| {
        let mut row = vec![escape(who)];
        row.extend(empty());
        row
    };
    table(
        &mut body,
        "Signed off by",
        &["role", "name", "date", "signature"],
        &[row("Measured by"), row("Accepted by")],
    );
    section(out, "sign-off", "Sign-off", &format!("<div class=\"sign\">\n{body}</div>\n"));
}
