//! The panes beside the plot: as wide as somebody made them, whatever is in them, and never so wide
//! that the plot has no room.

use eframe::egui::{Panel, Sense, Ui, UiBuilder};

/// How wide a pane may be, in points.
pub struct Width {
    usual: f32,
    least: f32,
    most: f32,
    /// The most that it may take of the window; both leave the plot 45 %.
    share: f32,
}

/// The pane of recordings and bands.
pub const BANDS: Width = Width { usual: 244.0, least: 180.0, most: 420.0, share: 0.21 };

/// The pane of the parameters.
pub const TUNE: Width = Width { usual: 330.0, least: 300.0, most: 460.0, share: 0.32 };

/// Shows a pane.
pub fn show(ui: &mut Ui, panel: Panel, width: &Width, content: impl FnOnce(&mut Ui)) {
    let most = (ui.ctx().content_rect().width() * width.share).clamp(width.least, width.most);
    let panel = panel.resizable(true).default_size(width.usual).size_range(width.least..=most);
    panel.show(ui, |ui| {
        // A panel grows with its content, and stays so: what is in here is cut off instead.
        let room = ui.available_rect_before_wrap();
        content(&mut ui.new_child(UiBuilder::new().max_rect(room)));
        ui.allocate_rect(room, Sense::hover());
    });
}
