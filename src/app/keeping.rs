//! What is kept from one start to the next, taken from the window and given back to it.

use eframe::Storage;
use eframe::egui::{Context, Theme, ThemePreference};

use crate::bench::{Collection, Kept};
use crate::calibration::Wishes;

use super::application::App;
use super::state::{State, Terminal};

/// The store's key.
const KEY: &str = "tapbench";

impl App {
    /// Takes over what was kept.
    pub(super) fn restore(&mut self, storage: &dyn Storage, ctx: &Context) {
        let Some(text) = storage.get_string(KEY) else { return };
        let kept = Kept::parse(&text);
        match &kept.folder {
            // One on a stick that is not plugged in is not made anew somewhere else.
            Some(folder) if !folder.is_dir() => {
                self.state.said = Some(format!(
                    "{} is not there; recordings go to {}",
                    folder.display(),
                    self.state.folder.display()
                ));
            }
            Some(folder) => self.choose_folder(folder.clone()),
            None => {}
        }
        restore(&mut self.state, kept, ctx);
    }

    /// Puts what is kept into the store.
    pub(super) fn keep(&self, storage: &mut dyn Storage, ctx: &Context) {
        let theme = ctx.options(|options| options.theme_preference);
        let items = self.collection.as_ref().map(Collection::items).unwrap_or_default();
        let open: Vec<_> = items.iter().map(|item| item.path.clone()).collect();
        let state = &self.state;
        let kept = Kept {
            is_dark: match theme {
                ThemePreference::Dark => Some(true),
                ThemePreference::Light => Some(false),
                ThemePreference::System => None,
            },
            zoom: Some(ctx.zoom_factor()),
            dongle: Some(state.dongle),
            values: Some(state.values.now()),
            is_foreign: state.values.is_foreign(),
            b: state.values.b(),
            is_b_foreign: state.values.is_b_foreign(),
            place: state.last_place.clone(),
            recent: state.recent.clone(),
            // What was open before stays offered until something else is opened.
            open: if open.is_empty() { state.was_open.clone() } else { open },
            speed_tenths: Some(state.transport.speed_tenths()),
            folder: state.chosen_folder.clone(),
            wishes: Some(state.calibrate.wishes),
            terminal: Some(state.calibrate.terminal.name().to_owned()),
            site: Some(state.calibrate.site.clone()),
            operator: Some(state.calibrate.operator.clone()),
        };
        storage.set_string(KEY, kept.print());
    }
}

fn restore(state: &mut State, kept: Kept, ctx: &Context) {
    if let Some(is_dark) = kept.is_dark {
        ctx.set_theme(if is_dark { Theme::Dark } else { Theme::Light });
    }
    if let Some(zoom) = kept.zoom {
        ctx.set_zoom_factor(zoom);
    }
    state.dongle = kept.dongle.unwrap_or(state.dongle);
    let values = kept.values.map_or((state.values.now(), false), |values| (values, kept.is_foreign));
    state.values.restart(values, kept.b.map(|b| (b, kept.is_b_foreign)));
    state.last_place = kept.place;
    state.recent = kept.recent;
    state.was_open = kept.open;
    if let Some(wishes) = kept.wishes {
        // Whether the band is worn is asked each time.
        state.calibrate.wishes = Wishes { band_authenticated: None, ..wishes };
    }
    let is_kept = |terminal: &Terminal| Some(terminal.name()) == kept.terminal.as_deref();
    state.calibrate.terminal = Terminal::ALL.into_iter().find(is_kept).unwrap_or_default();
    state.calibrate.is_at(&kept.site.unwrap_or_default(), &kept.operator.unwrap_or_default());
    if let Some(tenths) = kept.speed_tenths {
        state.transport.set_speed(tenths);
    }
}
