//! What the taps on an NFC reader came to that a calibration asked for.

use super::Report;
use super::html::{escape, list, paragraph, section};
use crate::calibration::ReaderTaps;

/// The section; none where no taps on a reader were asked for.
pub(super) fn write(out: &mut String, report: &Report) {
    let Some(taps) = ReaderTaps::of(report.recorded.iter().flat_map(|recorded| &recorded.tries)) else {
        return;
    };
    let mut text = String::new();
    paragraph(&mut text, &taps.headline());
    let figures = taps.figures().into_iter().chain(taps.failures());
    list(&mut text, &figures.map(|words| escape(&format!("{words}."))).collect::<Vec<_>>());
    for remedy in taps.remedies() {
        paragraph(&mut text, &format!("What to do: {remedy}."));
    }
    section(out, "reader", "Taps on the NFC reader", &text);
}
