//! The live meter: how strongly the band is heard now, and its mean.

use eframe::egui::{Align2, FontId, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::bench::Meter;

use super::super::look::{Look, minus};
use super::words::dbm;

/// What the meter spans, in dBm.
const SPAN_DBM: (f32, f32) = (-100.0, -25.0);
const HEIGHT: f32 = 30.0;

/// The meter of a band that is called `name`, with the threshold in use.
pub fn show(ui: &mut Ui, name: &str, meter: &Meter, threshold_dbm: Option<i32>) {
    let look = Look::of(ui);
    let words = match (meter.rssi_dbm, meter.mean_dbm) {
        (Some(now), Some(mean)) => {
            format!("{name}: now {}, mean of the last second {}", minus(format!("{now} dBm")), dbm(mean))
        }
        _ => format!("{name}: not heard in the last second"),
    };
    ui.label(&words);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + 16.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, format!("Signal of {words}")));
    let bar = eframe::egui::Rect::from_min_size(rect.min, vec2(rect.width(), HEIGHT));
    let x = |dbm: f32| {
        let (low, high) = SPAN_DBM;
        bar.left() + ((dbm - low) / (high - low)).clamp(0.0, 1.0) * bar.width()
    };
    let painter = ui.painter();
    painter.rect_filled(bar, 4.0, look.ink.gamma_multiply(0.08));
    if let Some(mean) = meter.mean_dbm {
        let to = pos2(x(mean as f32), bar.bottom());
        painter.rect_filled(eframe::egui::Rect::from_min_max(bar.min, to), 4.0, look.series(ui, 0));
    }
    if let Some(now) = meter.rssi_dbm {
        painter.vline(x(f32::from(now)), bar.y_range(), Stroke::new(3.0, look.ink));
    }
    let small = FontId::proportional(11.5);
    if let Some(threshold) = threshold_dbm {
        let at = x(threshold as f32);
        painter.dashed_vline(at, bar.y_range(), look.tap);
        let words = minus(format!("threshold {threshold}"));
        painter.text(pos2(at, bar.bottom() + 2.0), Align2::CENTER_TOP, words, small.clone(), look.faint);
    }
    for dbm in [-100, -90, -80, -70, -60, -50, -30] {
        let align = if dbm == -100 { Align2::LEFT_TOP } else { Align2::CENTER_TOP };
        let near = threshold_dbm.is_some_and(|threshold| (x(threshold as f32) - x(dbm as f32)).abs() < 60.0);
        if !near {
            painter.text(
                pos2(x(dbm as f32), bar.bottom() + 2.0),
                align,
                minus(dbm),
                small.clone(),
                look.faint,
            );
        }
    }
}

/// A dashed line across a bar.
trait Dashed {
    fn dashed_vline(&self, x: f32, y: eframe::egui::Rangef, color: eframe::egui::Color32);
}

impl Dashed for eframe::egui::Painter {
    fn dashed_vline(&self, x: f32, y: eframe::egui::Rangef, color: eframe::egui::Color32) {
        let points = [pos2(x, y.min), pos2(x, y.max)];
        self.extend(eframe::egui::Shape::dashed_line(&points, Stroke::new(2.0, color), 5.0, 3.0));
    }
}
