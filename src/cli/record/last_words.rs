//! What is said of a recording once it is closed.

use std::path::Path;

use super::Spec;
use crate::cli::{Exit, Terminal};
use crate::drivers::Health;
use crate::session::Report;

/// Says what became of it; the exit status.
pub(super) fn say(report: &Report, output: &Path, specs: &[Spec], terminal: &Terminal) -> Exit {
    let name = |source: usize| specs.get(source).map_or(String::new(), Spec::to_string);
    for &source in &report.torn {
        terminal
            .warn(format!("{}: the last line is torn, as a crash leaves it, and was dropped", name(source)));
    }
    if report.late > 0 {
        terminal.warn(format!("rows that came after later ones, their time moved up: {}", report.late));
    }
    if report.dropped > 0 {
        terminal
            .warn(format!("rows lost because they came faster than they could be taken: {}", report.dropped));
    }
    for lost in &report.lost {
        terminal.warn(format!("{}: lost: {}; what came before is kept", name(lost.source), lost.error));
    }
    for (index, spec) in specs.iter().enumerate() {
        let gaps = report.gaps.iter().filter(|source| **source == index).count();
        if gaps > 0 {
            terminal.warn(format!("{spec}: times lost: {gaps}; \"lost\" and \"recovered\" rows say when"));
        }
    }
    for (source, health) in &report.health {
        quality(&name(*source), health, terminal);
    }
    if let Some((a, b)) = report.two_at_once {
        terminal.warn(format!(
            "{a} and {b} were heard at the same time: two bands are under one name, told apart by \"addr\""
        ));
    }
    if report.left_out > 0 {
        terminal.note(format!("rows of other bands left out: {}", report.left_out));
    }
    if report.left_out > 0 && report.samples == 0 {
        terminal.warn("nothing that was heard was wanted; tapbench bands shows what there is");
    }
    let seconds = report.end_us / 1_000_000;
    let tenths = report.end_us % 1_000_000 / 100_000;
    let out = output.display();
    terminal.note(format!("{out}: {} samples in {seconds}.{tenths} s", report.samples));
    let is_whole = report.dropped == 0 && report.gaps.is_empty() && report.lost.is_empty();
    if is_whole { Exit::Done } else { Exit::DataLost }
}

/// What a driver noticed on the way.
fn quality(source: &str, health: &Health, terminal: &Terminal) {
    let Health { quality, is_replaced } = health;
    if quality.bytes_skipped > 0 || quality.resyncs > 0 {
        terminal.warn(format!(
            "{source}: damaged on the way from the dongle: bytes skipped: {}, places lost: {}; another USB \
             port or cable may help",
            quality.bytes_skipped, quality.resyncs
        ));
    }
    if quality.unknown_messages > 0 {
        terminal.warn(format!("{source}: messages of no known form: {}", quality.unknown_messages));
    }
    if quality.clipped > 0 {
        terminal.note(format!(
            "{source}: samples at the top of what the dongle can tell: {}; the band may be nearer than they say",
            quality.clipped
        ));
    }
    if *is_replaced {
        terminal.warn(format!("{source}: another dongle was plugged in at its port, and was not used"));
    }
}
