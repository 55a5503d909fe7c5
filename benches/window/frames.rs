//! Frames of the real window while a million samples are panned by the mouse, and the same samples in
//! egui_plot, which draws each.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::{Event, Modifiers, PointerButton, Pos2, pos2};
use egui_kittest::Harness;
use egui_plot::{Line, Plot, PlotPoint, PlotPoints};
use tapbench::app::{App, Begin, Command};

use super::recorded::{BANDS, SAMPLES, samples};
use super::{Goals, ms, percentile};

const SIZE: [f32; 2] = [1280.0, 800.0];

/// Where the plots are in both windows.
const PLOT: Pos2 = pos2(600.0, 400.0);

const FRAMES: usize = 600;
const PEER_FRAMES: usize = 60;

/// How long the processor takes for each frame: layout, shapes and triangles, with the accessibility
/// tree, without the graphics card. The pointer drags the plot there and back meanwhile.
fn panned<S>(harness: &mut Harness<'_, S>, frames: usize) -> Vec<Duration> {
    let button = |pressed| Event::PointerButton {
        pos: PLOT,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.event(Event::PointerMoved(PLOT));
    harness.event(button(true));
    harness.step();
    let times = (0..frames).map(|frame| {
        // Forty steps to the right, forty to the left.
        let place = u8::try_from(frame % 80).unwrap_or_default();
        let x = f32::from(if place < 40 { place } else { 80 - place });
        harness.event(Event::PointerMoved(pos2(PLOT.x + x * 5.0, PLOT.y)));
        let begin = Instant::now();
        harness.step();
        let laid_out = begin.elapsed();
        let shapes = harness.output().shapes.clone();
        let begin = Instant::now();
        std::hint::black_box(harness.ctx.tessellate(shapes, 1.0));
        laid_out + begin.elapsed()
    });
    let times = times.collect();
    harness.event(button(false));
    harness.step();
    times
}

fn window(path: &Path) -> Harness<'static, App> {
    let builder = Harness::builder().with_size(SIZE).with_step_dt(1.0 / 60.0);
    let mut harness = builder.build_eframe(|cc| App::new(&cc.egui_ctx, &Begin::Empty));
    let ctx = harness.ctx.clone();
    harness.state_mut().carry_out(Command::Open(path.to_string_lossy().into_owned()), &ctx);
    let begin = Instant::now();
    // The means are drawn once all is decided, which the label of the plot does not tell.
    while begin.elapsed() < Duration::from_secs(3) {
        harness.step();
    }
    harness
}

fn peer() -> Harness<'static, ()> {
    let mut points: Vec<Vec<PlotPoint>> = (0..BANDS).map(|_| Vec::new()).collect();
    for (t_us, band, rssi_dbm) in samples() {
        let at = usize::try_from(band).unwrap();
        points[at].push(PlotPoint::new(t_us as f64 / 1e6, rssi_dbm as f64));
    }
    Harness::builder().with_size(SIZE).with_step_dt(1.0 / 60.0).build_ui(move |ui| {
        Plot::new("peer").show(ui, |plot| {
            for (at, points) in points.iter().enumerate() {
                plot.line(Line::new(at.to_string(), PlotPoints::Borrowed(points)));
            }
        });
    })
}

pub fn measure(path: &Path, goals: &mut Goals) {
    let mut theirs = panned(&mut peer(), PEER_FRAMES);
    let their_p50 = percentile(&mut theirs, 50);
    let what = format!("egui_plot, {SAMPLES} points of {BANDS} bands as lines, panning: p50, p99");
    println!("| {what} | {}, {} | | |", ms(their_p50), ms(percentile(&mut theirs, 99)));

    let mut harness = window(path);
    let ctx = harness.ctx.clone();
    let hours = |hours: i64| hours * 3_600_000_000;
    let shown = [
        ("all of them", Command::FitAll),
        ("an hour of them", Command::Show(hours(3), hours(3) + hours(1) / 2)),
        ("ten seconds of them", Command::Show(hours(3), hours(3) + 8_000_000)),
    ];
    for (name, command) in shown {
        harness.state_mut().carry_out(command, &ctx);
        harness.run_steps(3);
        let mut ours = panned(&mut harness, FRAMES);
        let (p50, p99) = (percentile(&mut ours, 50), percentile(&mut ours, 99));
        let what = format!("the window, {SAMPLES} samples of {BANDS} bands, panning {name}: p50, p99");
        let is_met = p99 <= Duration::from_millis(4);
        goals.row(&what, &format!("{}, {}", ms(p50), ms(p99)), "p99 ≤ 4 ms", is_met);
        let ratio = their_p50.as_secs_f64() / p50.as_secs_f64();
        goals.row(&format!("egui_plot ÷ the window, {name}"), &format!("{ratio:.0}"), "≥ 10", ratio >= 10.0);
    }
}
