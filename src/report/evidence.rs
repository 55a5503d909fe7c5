//! How sure it is: margins, repeats, plots, symptoms, and what must be known before signing.

use std::fmt::Write;

use super::confirmed;
use super::html::{escape, list, outside, paragraph, section, table};
use super::{Recorded, Report, heat_map, identity, rssi_plot};
use crate::engine::Mean;
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::symptoms::{Finding, Heard, Symptom};
use crate::tuning::{Counts, Margins, Pair, Series, TradeOff, count_pair, what_repeats_prove};

/// Bands beyond this are named, not drawn.
const DRAWN: usize = 6;
/// The sections from "how sure" to "how it was computed".
pub(super) fn write(out: &mut String, report: &Report) {
    section(out, "confidence", "How sure this is", &confidence(report));
    section(out, "signal", "What was heard", &signal(report));
    section(out, "trade-off", "What other numbers would do", &trade_off(report));
    section(out, "symptoms", "Symptoms, with the parameters before", &symptoms(report));
    section(out, "limits", "Warnings and limits", &limits(report));
    section(out, "recordings", "Recordings", &identity::recordings(report));
    section(out, "rules", "How it was computed", &rules(report));
}

fn pair(parameters: &ParameterSet) -> Option<Pair> {
    let window = usize::try_from(parameters.get(Parameter::WindowTap)?).ok()?;
    let threshold_dbm = parameters.get(Parameter::TapThreshold).filter(|t| *t != 0)?;
    Some(Pair { window, threshold_dbm })
}

fn confidence(report: &Report) -> String {
    let mut out = String::new();
    paragraph(&mut out, &report.recommendation.reason);
    let recordings = report.labelled();
    let model = &report.after.rules.model;
    if let Some(pair) = pair(report.parameters()) {
        let margins = Margins::of(&recordings, model, pair);
        let counts = count_pair(&recordings, model, pair);
        paragraph(&mut out, &margin(&margins, pair, &counts));
        let no_taps = report.recommendation_no_taps();
        for text in what_repeats_prove(&counts, no_taps) {
            paragraph(&mut out, &text);
        }
    }
    if let Some(tap) = &report.recommendation.tap {
        let count = |counts: &Counts| {
            vec![counts.missed.to_string(), counts.double.to_string(), counts.false_taps.to_string()]
        };
        let rows: Vec<_> = tap
            .robustness
            .iter()
            .map(|variant| {
                let mut row = vec![escape(variant.variant)];
                row.extend(count(&variant.counts));
                row
            })
            .collect();
        let caption = "tapbench's own best pair where NBE differs from this bench";
        table(&mut out, caption, &["if", "missed", "double", "false taps"], &rows);
        for held in &tap.held_out {
            let text = format!(
                "Chosen without one {} at a time ({} times), the pair misses {} of {} left-out taps and lets {} false taps through.",
                held.by, held.folds, held.missed, held.taps, held.false_taps
            );
            paragraph(&mut out, &text);
        }
    }
    out
}

fn margin(margins: &Margins, pair: Pair, counts: &Counts) -> String {
    let Pair { window, threshold_dbm } = pair;
    let side = |mean: Option<Mean>, name: &str, is_above: bool| {
        mean.map(|mean| {
            let gap_db = mean.as_dbm() - f64::from(threshold_dbm);
            let is_right = mean.exceeds(threshold_dbm) == is_above;
            let (gap_db, side) = (gap_db.abs(), if is_right { "right" } else { "wrong" });
            format!(
                "the {name} mean is {:.2} dBm, {gap_db:.2} dB on the {side} side of {threshold_dbm}",
                mean.as_dbm()
            )
        })
    };
    let sides: Vec<_> = [
        side(margins.weakest_tap, "weakest tap's best", true),
        side(margins.strongest_no_tap, "strongest non-tap's", false),
    ]
    .into_iter()
    .flatten()
    .collect();
    let sides = sides.join(", and ");
    match margins.margin {
        Some(margin) if margin.sum >= 0 => {
            format!("Margin at a window of {window}: {:.2} dB; {sides}.", margin.as_dbm())
        }
        Some(_) if counts.missed == 0 && counts.false_taps == 0 => format!(
            "The margin at a window of {window} is not known: {sides}, which is no error only because the tap before had not ended."
        ),
        Some(_) => format!("There is no margin at a window of {window}: {sides}."),
        None => "The margin is not known: it takes segments that mean a tap or no tap, and taps that the mean decides."
            .to_owned(),
    }
}

/// The bands that segments are about; where they name none, the one most heard.
fn drawn(recorded: &Recorded) -> Vec<&Series> {
    let labelled = &recorded.labelled;
    let about = |s: &&Series| labelled.spans.iter().any(|span| span.band.is_some() && span.covers(s));
    let chosen: Vec<_> = labelled.series.iter().filter(about).collect();
    if chosen.is_empty() {
        labelled.series.iter().max_by_key(|s| s.t_us.len()).into_iter().collect()
    } else {
        chosen
    }
}

fn signal(report: &Report) -> String {
    let mut out = String::new();
    paragraph(
        &mut out,
        "Grey: samples (their range where there are many). Thin blue line: mean of the tap window. Thick purple line: means of the distance checks. Red: threshold (solid) and cutoffs (dashed) after. Shaded: segments, numbered at the foot; a dashed red frame and ! where the demand does not hold. ▼ at the top: predicted taps.",
    );
    let all: Vec<_> =
        report.recorded.iter().flat_map(|r| drawn(r).into_iter().map(move |s| (r, s))).collect();
    for (place, (recorded, series)) in all.iter().take(DRAWN).enumerate() {
        let band =
            recorded.labelled.bands.get(series.band as usize).map_or(String::new(), ToString::to_string);
        let _ = writeln!(
            out,
            "<h3>{}: {}</h3>\n<figure>",
            outside(report.name(&recorded.labelled.path)),
            escape(&band)
        );
        rssi_plot::write(&mut out, recorded, series, &report.after.rules, place);
        let _ = writeln!(
            out,
            "<figcaption>RSSI in dBm over seconds since the start of the recording.</figcaption>\n</figure>"
        );
    }
    if all.len() > DRAWN {
        paragraph(
            &mut out,
            &format!("{} more bands or recordings are evaluated and not drawn.", all.len() - DRAWN),
        );
    }
    out
}

fn trade_off(report: &Report) -> String {
    let mut out = String::new();
    let best = report.recommendation.tap.as_ref().and_then(|t| t.best.as_ref()).map(|b| b.pair);
    let Some(best) = best else {
        paragraph(&mut out, "There is nothing to compare: it takes segments that mean a tap and no tap.");
        return out;
    };
    let mut marked: Vec<(Pair, char, &str)> = Vec::new();
    for (pair, letter, what) in [
        (pair(report.parameters()), 'A', "after"),
        (pair(&report.before), 'B', "before"),
        (Some(best), 'T', "tapbench's best"),
    ] {
        let Some(pair) = pair else { continue };
        if !marked.iter().any(|(other, ..)| *other == pair) {
            marked.push((pair, letter, what));
        }
    }
    let pairs: Vec<_> = marked.iter().map(|(pair, ..)| *pair).collect();
    let map = TradeOff::around(&report.labelled(), &report.after.rules.model, &pairs);
    heat_map::write(&mut out, &map, &marked);
    out
}

fn symptoms(report: &Report) -> String {
    let all_before = report.recorded.iter().all(|r| r.before.is_some());
    let before = crate::engine::Rules { parameters: report.before, ..report.after.rules.clone() };
    let rules = if all_before { &before } else { &report.after.rules };
    let heard: Vec<_> = report
        .heard()
        .map(|r| {
            let replayed = r.before.as_ref().filter(|_| all_before).unwrap_or(&r.after);
            Heard { labelled: &r.labelled, segments: &replayed.outcome.segments, rules, nfc: &r.nfc }
        })
        .collect();
    let mut out = String::new();
    if !all_before {
        paragraph(&mut out, "Not all parameters before are known, so these answers are with those after.");
    }
    for symptom in Symptom::ALL {
        let answer = symptom.answer(&heard);
        let word = match answer.finding {
            Finding::Shown => "Yes.",
            Finding::NotShown => "No.",
            Finding::Unanswerable => "Not known.",
        };
        let _ = writeln!(
            out,
            "<h3>{}</h3>\n<p><strong>{word}</strong> {}</p>",
            escape(symptom.question()),
            escape(&answer.text)
        );
        let several = report.recorded.len() > 1;
        let cited: Vec<_> = answer
            .evidence
            .iter()
            .take(CITED)
            .map(|e| {
                let file =
                    if several { format!("{} ", outside(report.name(&e.recording))) } else { String::new() };
                let segment = e.segment.map_or(String::new(), |id| format!("segment {id}: "));
                format!("{file}{segment}{}", outside(&e.text))
            })
            .collect();
        if !cited.is_empty() {
            list(&mut out, &cited);
        }
        if let Some(more) = answer.evidence.len().checked_sub(CITED).filter(|n| *n > 0) {
            paragraph(&mut out, &format!("… and {more} more."));
        }
        if let Some(remedy) = &answer.remedy {
            paragraph(&mut out, &format!("{remedy} (Guide: {})", symptom.chapter()));
        }
    }
    out
}

/// What an answer rests on, so many at most.
const CITED: usize = 6;

fn limits(report: &Report) -> String {
    let mut items: Vec<String> = report
        .recommendation
        .warnings
        .iter()
        .map(|w| format!("<code>{}</code> {}", w.code, outside(&w.text)))
        .collect();
    if let (Some(from), Some(to)) = (report.transferred, report.dongle) {
        items.push(escape(&format!(
            "Recorded with {from} and used for {to} as asked: two dongles hear differently."
        )));
    }
    if report.unread {
        items.push(
            "A recording that was named for this report could not be read: nothing of it is in here."
                .to_owned(),
        );
    }
    for recorded in &report.recorded {
        let path = outside(report.name(&recorded.labelled.path));
        if recorded.incomplete {
            items.push(format!("{path}: lines could not be read and were left out."));
        }
        if let Some(which) = confirmed::ran_with_others(recorded, report.parameters()) {
            items.push(format!("{path}: NBE ran with other values of {which} than those after; what it was seen to do confirms nothing of them."));
        } else if !recorded.labelled.observed.is_empty()
            && recorded.header.keys.get("nbe_parameters").is_none()
        {
            items
                .push(format!("{path}: it does not say which parameters NBE ran with when it was observed."));
        }
        if recorded.header.keys.get("band_authenticated").is_none() {
            items.push(format!("{path}: it does not say whether the band was worn and authenticated; one that is not may count for nothing in NBE."));
        }
    }
    if !(report.after.taps && report.after.proximity) {
        items.push("Not all parameters are known, and what needs them is not judged.".to_owned());
    }
    items.push("The model is built from what the vendor publishes. How often NBE listens and how it treats repeats of one advertisement is not published: only taps and locks seen on the terminal confirm these numbers.".to_owned());
    items.push(
        "That taking the band off locks the terminal cannot be seen in RSSI and is not in here.".to_owned(),
    );
    let mut out = String::new();
    list(&mut out, &items);
    out
}

fn rules(report: &Report) -> String {
    let mut out = String::new();
    let rules = &report.after.rules;
    let json = |value: Result<String, serde_json::Error>| {
        format!("<code>{}</code>", escape(&value.unwrap_or_default()))
    };
    let _ = writeln!(
        out,
        "<p>tapbench {}. Reading of the rules: {}. Policy: {}.</p>",
        env!("CARGO_PKG_VERSION"),
        json(serde_json::to_string(&rules.model)),
        json(serde_json::to_string(&rules.policy))
    );
    let set: Vec<_> =
        report.parameters().iter().map(|(p, value)| format!("--set {}={value}", p.key())).collect();
    let _ = writeln!(
        out,
        "<p>The verdicts after, again: <code>tapbench replay RECORDING {}</code>, with a profile that holds this model and policy where they are not the defaults.</p>",
        escape(&set.join(" "))
    );
    out
}

impl Report {
    fn recommendation_no_taps(&self) -> u64 {
        self.heard().map(|r| r.labelled.count(crate::recording::Intent::NoTap) as u64).sum()
    }
}
