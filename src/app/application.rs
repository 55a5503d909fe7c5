//! The whole window: its state and the threads behind it. What commands do to it and how it is
//! drawn is in other files.

use std::sync::Arc;

use eframe::egui::Context;

use crate::bench::{Collection, Endpoint, Jobs, Listening, Scout, Wake, Workbench};

use super::state::State;

/// The whole window. Its parts end in this order: what is listened to closes its recording and lets go
/// of its dongle; then what it has to keep is written, and last the Endpoint gets the dongle back.
pub struct App {
    pub(super) state: State,
    pub(super) listening: Option<Listening>,
    pub(super) workbench: Option<Workbench>,
    pub(super) collection: Option<Collection>,
    pub(super) jobs: Jobs,
    pub(super) scout: Scout,
    pub(super) endpoint: Endpoint,
    pub(super) ctx: Context,
}

/// What calls for another frame.
pub(super) fn waker(ctx: &Context) -> Wake {
    let ctx = ctx.clone();
    Arc::new(move || ctx.request_repaint())
}
