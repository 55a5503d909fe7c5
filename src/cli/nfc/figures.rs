//! Figures over taps, for people.

use std::fmt::Write;

use crate::tap_quality::{Bar, TapQuality};

/// The longest bar of a histogram.
const BAR_CHARS: u64 = 40;

/// Figures over the taps of a watch.
pub(super) fn figures(quality: &TapQuality) -> String {
    let mut text = format!("taps: {}", quality.all.words());
    let others: Vec<_> = quality
        .outcomes
        .iter()
        .filter(|(name, _)| *name != "ok")
        .map(|(name, n)| format!("{n} {name}"))
        .collect();
    if !others.is_empty() {
        text += &format!("; {}", others.join(", "));
    }
    text += &format!("{}\n", quality.apart());
    if let Some(words) = quality.unread.words() {
        text += &format!("{words}\n");
    }
    if let Some(dwell) = &quality.dwell_ms {
        let at = |quantile| dwell.value_at_quantile(quantile);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "held: median {} ms; a tenth at most {} ms, nine tenths at most {} ms",
            at(0.5),
            at(0.1),
            at(0.9)
        );
        text += &bars(&quality.dwell_bars());
    }
    if let Some(read) = &quality.read_ms {
        let at = |quantile| read.value_at_quantile(quantile);
        let _ = writeln!(text, "time to UID: median {} ms, nine tenths within {} ms", at(0.5), at(0.9));
        text += &bars(&quality.read_bars());
    }
    for (what, rate) in [("after 30 s or more of rest", quality.after_idle), ("sooner", quality.back_to_back)]
    {
        if rate.taps > 0 {
            let _ = writeln!(text, "{what}: {}", rate.words());
        }
    }
    if quality.short > 0 {
        let _ = writeln!(
            text,
            "held for less than 1 s, which the vendor advises against: {}; tapbench nfc check looks at the reader's settings",
            quality.short
        );
    }
    text
}

/// A line for each, the longest bar filling the room.
fn bars(bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default().max(1);
    let line = |bar: &Bar| {
        // One that is there is always seen.
        let length = (bar.count * BAR_CHARS).div_ceil(most);
        let drawn = "#".repeat(usize::try_from(length).unwrap_or_default());
        format!("  {:>15} {:>5}  {drawn}\n", bar.words(), bar.count)
    };
    bars.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Idle;
    use crate::tap_quality::Tap;

    #[test]
    fn figures_show_what_is_slow_and_what_went_wrong() {
        let mut quality = TapQuality::default();
        assert_eq!(figures(&quality), "taps: 0\n");
        let tap = |dwell_ms, outcome: &str, idle_ms| Tap {
            dwell_ms: Some(dwell_ms),
            read_ms: Some(30),
            outcome: Some(outcome.into()),
            idle: Some(Idle { ms: idle_ms, is_at_least: false }),
            ..Tap::default()
        };
        for tap in [tap(300, "left_early", 40_000), tap(1200, "ok", 100), tap(1300, "ok", 100)] {
            quality.tap(&tap);
        }
        let text = figures(&quality);
        for line in [
            "taps: 2 of 3 ok (95 % sure: 9 to 99 %); 1 left_early",
            "\"ok\" means answered the reader; whether it was read is not known (taps: 2; held for less than 1 s: 0)",
            "held: median 1200 ms; a tenth at most 300 ms, nine tenths at most 1300 ms",
            "    250 to 500 ms     1  ####################",
            "  1000 to 2000 ms     2  ########################################",
            "time to UID: median 30 ms, nine tenths within 30 ms",
            "after 30 s or more of rest: 0 of 1 ok (95 % sure: 0 to 98 %)",
            "sooner: 2 of 2 ok (95 % sure: 16 to 100 %)",
        ] {
            assert!(text.lines().any(|has| has == line), "{line}\nin\n{text}");
        }
        assert!(!text.contains("cut off"), "{text}");
        (0..2).for_each(|_| quality.tap(&tap(80, "host", 100)));
        let text = figures(&quality);
        let line = "taps: 2 of 3 ok (95 % sure: 9 to 99 %); 1 left_early; and 2 cut off by the reader or its service";
        assert!(text.lines().any(|has| has == line), "{line}\nin\n{text}");
        quality.tap(&Tap { was_there: true, ..tap(80, "ok", 100) });
        let text = figures(&quality);
        let line = format!("{line}; and 1 that lay there from the start");
        assert!(text.lines().any(|has| has == line), "{line}\nin\n{text}");
        assert!(text.contains("held for less than 1 s, which the vendor advises against: 1"), "{text}");
    }
}
