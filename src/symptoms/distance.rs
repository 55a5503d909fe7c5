//! Taps that come at one attempt and not at the next from the same place.

use super::{Answer, Finding, Heard, cite};
use crate::engine::parameters::Parameter;
use crate::recording::Intent;
use crate::replay::JudgedSegment;

/// Attempts at one place with one intent.
struct Place<'h, 'a> {
    name: String,
    attempts: Vec<(&'h Heard<'a>, &'a JudgedSegment)>,
}

/// "Nymi Band Taps Detected at Inconsistent Distances": the window is too small to smooth out the
/// fluctuations, so attempts at one place end differently.
pub(super) fn inconsistent(heard: &[Heard<'_>]) -> Answer {
    let places = places(heard);
    if places.is_empty() {
        return Answer::unanswerable(
            "nothing was tried twice at one place: it takes two segments of one distance that mean a tap, or no tap",
        );
    }
    if heard.iter().any(|h| h.rules.parameters.get(Parameter::TapThreshold) == Some(0)) {
        return Answer::unanswerable(
            "rssi_tap_threshold is 0 and BLE tap is off: no tap comes from anywhere",
        );
    }
    let mixed: Vec<_> = places.iter().filter(|p| p.tapped() > 0 && p.tapped() < p.attempts.len()).collect();
    if mixed.is_empty() {
        let evidence = places.iter().filter_map(|p| {
            let (heard, segment) = p.attempts.first()?;
            Some(cite(
                heard,
                segment,
                format!("{}: {} of {} attempts tapped", p.name, p.tapped(), p.attempts.len()),
            ))
        });
        return Answer::of(Finding::NotShown, "At each place all attempts end alike.")
            .citing(evidence.collect());
    }
    let mut evidence = Vec::new();
    for place in &mixed {
        for (heard, segment) in place.fewer_first() {
            let mean = segment.best_tap_mean.map_or("no window was full".to_owned(), |m| {
                format!("best window mean {:.2} dBm", m.as_dbm())
            });
            let came = if segment.taps > 0 { "a tap" } else { "no tap" };
            evidence.push(cite(heard, segment, format!("{}: {came}, {mean}", place.name)));
        }
    }
    let said: Vec<_> =
        mixed.iter().map(|p| format!("{}: {} of {} tapped", p.name, p.tapped(), p.attempts.len())).collect();
    let answer = Answer::of(
        Finding::Shown,
        format!("Attempts at one place end differently ({}). {}", said.join(", "), scatter(&mixed)),
    );
    answer.citing(evidence).remedy("Increase rssi_window_tap: a longer window gives a steadier mean. tapbench tune says which still registers the taps that are meant.")
}

fn places<'h, 'a>(heard: &'h [Heard<'a>]) -> Vec<Place<'h, 'a>> {
    let mut places: Vec<Place<'h, 'a>> = Vec::new();
    for h in heard {
        for segment in h.segments.iter().filter(|s| matches!(s.segment.intent, Intent::Tap | Intent::NoTap)) {
            let intent = segment.segment.intent.name();
            let name = match segment.segment.distance_cm {
                Some(cm) => format!("{intent} at {cm} cm"),
                None => format!("{intent} at no stated distance"),
            };
            match places.iter_mut().find(|p| p.name == name) {
                Some(place) => place.attempts.push((h, segment)),
                None => places.push(Place { name, attempts: vec![(h, segment)] }),
            }
        }
    }
    places.retain(|p| p.attempts.len() > 1);
    places
}

impl Place<'_, '_> {
    fn tapped(&self) -> usize {
        self.attempts.iter().filter(|(_, s)| s.taps > 0).count()
    }

    /// The attempts, those that ended as fewer did before the others.
    fn fewer_first(&self) -> impl Iterator<Item = &(&Heard<'_>, &JudgedSegment)> {
        let taps_are_few = self.tapped() * 2 <= self.attempts.len();
        let few = move |(_, s): &&(&Heard<'_>, &JudgedSegment)| (s.taps > 0) == taps_are_few;
        self.attempts.iter().filter(few).chain(self.attempts.iter().filter(move |a| !few(a)))
    }
}

/// How much the means of the window scatter within these attempts, and those of twice the window.
fn scatter(places: &[&Place<'_, '_>]) -> String {
    let attempts = || places.iter().flat_map(|p| &p.attempts);
    let Some(window) = attempts().next().and_then(|(h, _)| h.rules.parameters.get(Parameter::WindowTap))
    else {
        return String::new();
    };
    let Ok(window) = usize::try_from(window) else { return String::new() };
    let widest = |window: usize| {
        attempts()
            .filter_map(|(heard, segment)| {
                let samples: Vec<i32> = heard.samples_in(segment).map(i32::from).collect();
                let sums = samples.windows(window).map(|w| w.iter().sum::<i32>());
                let (low, high) = sums.fold(None, |range: Option<(i32, i32)>, sum| {
                    let (low, high) = range.unwrap_or((sum, sum));
                    Some((low.min(sum), high.max(sum)))
                })?;
                Some(f64::from(high - low) / window as f64)
            })
            .max_by(f64::total_cmp)
    };
    match (widest(window), widest(window * 2)) {
        (Some(now), Some(twice)) => format!(
            "Within one attempt the means of {window} samples scatter over up to {now:.1} dB, those of {} over {twice:.1} dB.",
            window * 2
        ),
        (Some(now), None) => {
            format!("Within one attempt the means of {window} samples scatter over up to {now:.1} dB.")
        }
        _ => "No attempt is as long as the window.".to_owned(),
    }
}
