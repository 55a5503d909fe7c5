//! RSSI over time as inline SVG, in rows that fit the page: samples, window means, thresholds,
//! segments and taps. Of many samples in one column only the range is drawn.

use std::fmt::Write;

use super::Recorded;
use super::html::escape;
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::engine::{Event, Rules};
use crate::recording::Intent;
use crate::replay::{JudgedSegment, Verdict};
use crate::tuning::Series;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 34.0;
const RIGHT: f64 = 52.0;
const TOP: f64 = 6.0;
const PLOT: f64 = 118.0;
const FOOT: f64 = 16.0;
const HEIGHT: f64 = TOP + PLOT + FOOT + 14.0;
/// A row of the plot lasts one of these, in seconds: the first with which there are few rows.
const ROW_S: [i64; 9] = [60, 120, 300, 600, 1800, 3600, 7200, 14_400, 86_400];
const ROWS: i64 = 8;
/// A mean is not drawn across a silence of this length.
const PAUSE_US: i64 = 2_000_000;

/// What stands for itself in a row.
struct Row {
    from_us: i64,
    length_us: i64,
    low_dbm: f64,
    high_dbm: f64,
}

impl Row {
    fn x(&self, t_us: i64) -> f64 {
        let part = (t_us - self.from_us) as f64 / self.length_us as f64;
        LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, dbm: f64) -> f64 {
        let part = (self.high_dbm - dbm) / (self.high_dbm - self.low_dbm);
        TOP + part.clamp(0.0, 1.0) * PLOT
    }

    fn until_us(&self) -> i64 {
        self.from_us.saturating_add(self.length_us)
    }
}

/// All rows of one band of a recording; `place` makes their ids unique in the file.
pub(super) fn write(out: &mut String, recorded: &Recorded, series: &Series, rules: &Rules, place: usize) {
    let last_us = recorded.labelled.last_t_us.max(1);
    let row_s =
        ROW_S.into_iter().find(|s| last_us <= s * 1_000_000 * ROWS).unwrap_or(last_us / ROWS / 1_000_000 + 1);
    let length_us = row_s * 1_000_000;
    let (low_dbm, high_dbm) = range(series, &rules.parameters);
    let tap = means(series, rules.parameters.get(Parameter::WindowTap), 1);
    let window_long = rules.parameters.get(Parameter::WindowLong);
    let long = means(series, window_long, window_long.unwrap_or(1));
    for number in 0..=(last_us - 1) / length_us {
        let row = Row { from_us: number * length_us, length_us, low_dbm, high_dbm };
        one(out, recorded, series, rules, &row, [&tap, &long], &format!("rssi-{place}-{number}"));
    }
}

/// From what to what the axis goes, in dBm.
fn range(series: &Series, parameters: &ParameterSet) -> (f64, f64) {
    let lines = [Parameter::TapThreshold, Parameter::CutoffClose, Parameter::CutoffFar];
    let lines = lines.into_iter().filter_map(|p| parameters.get(p)).filter(|v| *v != 0);
    let values = series.rssi_dbm.iter().map(|r| i32::from(*r)).chain(lines);
    let (low, high) = values.fold((i32::MAX, i32::MIN), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return (-100.0, -30.0);
    }
    (f64::from((low - 3).div_euclid(10) * 10), f64::from((high + 3).div_euclid(10) * 10 + 10))
}

/// The window means, every `step`th of them, with their times.
fn means(series: &Series, window: Option<i32>, step: i32) -> Vec<(i64, f64)> {
    let size = |n: i32| usize::try_from(n).ok().filter(|n| *n > 0);
    let (Some(window), Some(step)) = (window.and_then(size), size(step)) else { return Vec::new() };
    let mut sum = 0i64;
    let mut means = Vec::new();
    for (at, rssi) in series.rssi_dbm.iter().enumerate() {
        sum += i64::from(*rssi);
        if at >= window {
            sum -= i64::from(series.rssi_dbm[at - window]);
        }
        if at + 1 >= window && (at + 1 - window).is_multiple_of(step) {
            means.push((series.t_us[at], sum as f64 / window as f64));
        }
    }
    means
}

fn one(
    out: &mut String,
    recorded: &Recorded,
    series: &Series,
    rules: &Rules,
    row: &Row,
    [tap, long]: [&[(i64, f64)]; 2],
    id: &str,
) {
    let band = recorded.labelled.bands.get(series.band as usize).map_or(String::new(), ToString::to_string);
    let (from_s, until_s) = (row.from_us / 1_000_000, row.until_us() / 1_000_000);
    let segments: Vec<_> = recorded.after.outcome.segments.iter().filter(|s| shows(s, series, row)).collect();
    let taps = recorded
        .after
        .events
        .iter()
        .filter(|(t, e)| *e == Event::Tap && (row.from_us..row.until_us()).contains(t));
    let taps: Vec<_> = taps.map(|(t, _)| *t).collect();
    let mut svg = format!(
        "<svg role=\"img\" font-family=\"sans-serif\" font-size=\"8.5\" fill=\"#111\" viewBox=\"0 0 {WIDTH:.0} {HEIGHT:.0}\" aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">RSSI of {} from {from_s} s to {until_s} s</title>\n\
         <desc id=\"{id}-desc\">{}</desc>\n",
        escape(&band),
        escape(&description(series, row, &segments, taps.len())),
    );
    axes(&mut svg, row);
    for segment in &segments {
        draw_segment(&mut svg, row, segment);
    }
    samples(&mut svg, row, series);
    line(&mut svg, row, long, "#7a3fa0", 2.2, i64::MAX);
    line(&mut svg, row, tap, "#0b5394", 1.2, PAUSE_US);
    limits(&mut svg, row, &rules.parameters);
    for t_us in taps {
        let x = row.x(t_us);
        let _ = writeln!(svg, "<path d=\"M{x:.1},{:.1}l4,-7h-8z\" fill=\"#111\" />", TOP + 8.0);
    }
    svg.push_str("</svg>\n");
    out.push_str(&svg);
}

fn shows(segment: &JudgedSegment, series: &Series, row: &Row) -> bool {
    let about = segment.segment.band.is_none_or(|b| b.0 == series.band)
        && segment.segment.source.is_none_or(|s| s.0 == series.source);
    about && segment.segment.begin_us < row.until_us() && segment.end_us.is_none_or(|end| end > row.from_us)
}

fn description(series: &Series, row: &Row, segments: &[&JudgedSegment], taps: usize) -> String {
    let within = series.t_us.partition_point(|t| *t < row.from_us)
        ..series.t_us.partition_point(|t| *t < row.until_us());
    let heard = &series.rssi_dbm[within];
    let range = match (heard.iter().min(), heard.iter().max()) {
        (Some(low), Some(high)) => format!("{} samples from {low} to {high} dBm", heard.len()),
        _ => "no samples".to_owned(),
    };
    let listed: Vec<_> = segments
        .iter()
        .map(|s| format!("{} {} {}", s.segment.id, s.segment.intent.name(), s.verdict().word()))
        .collect();
    let listed =
        if listed.is_empty() { "no segments".to_owned() } else { format!("segments {}", listed.join(", ")) };
    format!("{range}, {taps} taps predicted, {listed}.")
}

fn axes(svg: &mut String, row: &Row) {
    let right = WIDTH - RIGHT;
    let mut dbm = row.low_dbm;
    while dbm <= row.high_dbm {
        let y = row.y(dbm);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT:.0},{y:.1}H{right:.0}\" stroke=\"#ddd\" stroke-width=\"0.6\" /><text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{dbm:.0}</text>",
            LEFT - 4.0,
            y + 3.0
        );
        dbm += 10.0;
    }
    for tick in 0..=6 {
        let t_us = row.from_us + row.length_us * tick / 6;
        let unit = if tick == 6 { " s" } else { "" };
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}{unit}</text>",
            row.x(t_us),
            HEIGHT - 3.0,
            t_us / 1_000_000
        );
    }
}

fn draw_segment(svg: &mut String, row: &Row, segment: &JudgedSegment) {
    let fill = match segment.segment.intent {
        Intent::Tap => "#cfe3f5",
        Intent::NoTap => "#fbe3c5",
        Intent::Stay => "#d9efe2",
        Intent::Leave | Intent::Return => "#e9dff2",
        Intent::Note => "#eeeeee",
    };
    let x = row.x(segment.segment.begin_us);
    let width = (row.x(segment.end_us.unwrap_or(i64::MAX)) - x).max(1.0);
    let holds = segment.verdict() == Verdict::Held;
    let frame = if holds { "" } else { " stroke=\"#b00020\" stroke-width=\"1.5\" stroke-dasharray=\"3 2\"" };
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{TOP:.0}\" width=\"{width:.1}\" height=\"{:.0}\" fill=\"{fill}\" fill-opacity=\"0.6\"{frame} />",
        PLOT + FOOT - 2.0
    );
    let mark = if holds { "" } else { "!" };
    let words = format!("{}{mark} {}", segment.segment.id, segment.segment.intent.name());
    // About 4.4 units a letter; what does not fit stands in the table.
    let text =
        if words.len() as f64 * 4.4 <= width { words } else { format!("{}{mark}", segment.segment.id) };
    let _ = writeln!(svg, "<text x=\"{:.1}\" y=\"{:.0}\">{text}</text>", x + 1.5, TOP + PLOT + FOOT - 5.0);
}

fn samples(svg: &mut String, row: &Row, series: &Series) {
    let mut path = String::new();
    let mut column: Option<(i64, i8, i8)> = None;
    let mut draw = |column: Option<(i64, i8, i8)>| {
        if let Some((tenths, low, high)) = column {
            let (top, bottom) = (row.y(f64::from(high)), row.y(f64::from(low)) + 0.6);
            let _ = write!(path, "M{:.1},{top:.1}V{bottom:.1}", tenths as f64 / 2.0);
        }
    };
    let from = series.t_us.partition_point(|t| *t < row.from_us);
    for (t_us, rssi) in
        series.t_us.iter().zip(&series.rssi_dbm).skip(from).take_while(|(t, _)| **t < row.until_us())
    {
        #[expect(clippy::cast_possible_truncation, reason = "within the drawing")]
        let place = (row.x(*t_us) * 2.0) as i64;
        match &mut column {
            Some((at, low, high)) if *at == place => (*low, *high) = ((*low).min(*rssi), (*high).max(*rssi)),
            _ => {
                draw(column);
                column = Some((place, *rssi, *rssi));
            }
        }
    }
    draw(column);
    if !path.is_empty() {
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" stroke=\"#777\" stroke-width=\"1.6\" stroke-linecap=\"round\" fill=\"none\" />"
        );
    }
}

fn line(svg: &mut String, row: &Row, means: &[(i64, f64)], colour: &str, width: f64, pause_us: i64) {
    let mut path = String::new();
    let mut last: Option<(i64, String)> = None;
    let from = means.partition_point(|(t, _)| *t < row.from_us);
    for (t_us, mean) in means[from..].iter().take_while(|(t, _)| *t < row.until_us()) {
        let point = format!("{:.1},{:.1}", row.x(*t_us), row.y(*mean));
        let joined = match &last {
            Some((_, drawn)) if *drawn == point => continue,
            Some((before, _)) => t_us - before <= pause_us,
            None => false,
        };
        path.push(if joined { 'L' } else { 'M' });
        path.push_str(&point);
        last = Some((*t_us, point));
    }
    if !path.is_empty() {
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linejoin=\"round\" stroke-linecap=\"round\" fill=\"none\" />"
        );
    }
}

fn limits(svg: &mut String, row: &Row, parameters: &ParameterSet) {
    for (parameter, name, dash) in [
        (Parameter::TapThreshold, "tap", "none"),
        (Parameter::CutoffClose, "close", "6 3"),
        (Parameter::CutoffFar, "far", "2 3"),
    ] {
        let Some(dbm) = parameters.get(parameter).filter(|v| *v != 0) else { continue };
        let (y, right) = (row.y(f64::from(dbm)), WIDTH - RIGHT);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT:.0},{y:.1}H{right:.0}\" stroke=\"#b00020\" stroke-width=\"1\" stroke-dasharray=\"{dash}\" /><text x=\"{:.0}\" y=\"{:.1}\">{name} {dbm}</text>",
            right + 3.0,
            y + 3.0
        );
    }
}
