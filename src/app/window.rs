//! The window: lays the panes out and turns keys into commands.

use std::sync::Arc;

use eframe::egui::{self, CentralPanel, Context, Frame, Panel, Popup, Ui, vec2};

use crate::bench::{self, Collection, Deck, Endpoint, Jobs, LiveState, Place, Scout, Workbench};

use super::application::{App, waker};
use super::calibrate::{self, Around};
use super::command::{Command, Entry, entries};
use super::renderer::{NoWindow, first_that_starts};
use super::state::{Dialog, State};
use super::top::Session;
use super::{
    bands, config, dialogs, foot, nfc, open, palette, plot, profile, recordings, saving, side, start, status,
    symptoms, top, tune, working,
};

/// What is open when the window appears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Nothing: the first view offers what can be done.
    Empty,
    /// The simulated bench.
    Simulated,
    /// Recordings: files, folders and patterns.
    Recordings(Vec<String>),
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// Why no window can be shown.
pub fn run(begin: &Begin) -> Result<(), NoWindow> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("tapbench")
        .with_app_id("tapbench")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([960.0, 640.0])
        .with_drag_and_drop(true);
    first_that_starts(|renderer, is_begun| {
        let viewport = viewport.clone();
        let options = eframe::NativeOptions { viewport, renderer, ..eframe::NativeOptions::default() };
        let app = |cc: &eframe::CreationContext<'_>| {
            is_begun.set(true);
            Ok(Box::new(App::restored(&cc.egui_ctx, begin, cc.storage)) as Box<dyn eframe::App>)
        };
        eframe::run_native("tapbench", options, Box::new(app))
    })
}

/// Removes what was kept from one start to the next.
///
/// # Errors
/// When the store is there and cannot be removed.
pub fn forget() -> Result<(), String> {
    let Some(store) = eframe::storage_dir("tapbench").map(|folder| folder.join("app.ron")) else {
        return Ok(());
    };
    match std::fs::remove_file(&store) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: cannot be removed: {error}", store.display()))
        }
        _ => Ok(()),
    }
}

impl App {
    /// The window's content, drawn into `ctx`; nothing is kept of it.
    pub fn new(ctx: &Context, begin: &Begin) -> Self {
        Self::restored(ctx, begin, None)
    }

    /// The same with what was kept in a store.
    pub fn restored(ctx: &Context, begin: &Begin, storage: Option<&dyn eframe::Storage>) -> Self {
        let wake = waker(ctx);
        ctx.all_styles_mut(|style| {
            style.spacing.item_spacing = vec2(6.0, 4.0);
            let text = if style.visuals.dark_mode { 214 } else { 36 };
            style.visuals.widgets.noninteractive.fg_stroke.color = egui::Color32::from_gray(text);
            style.visuals.weak_text_alpha = 0.72;
            for (kind, font) in &mut style.text_styles {
                if *kind == egui::TextStyle::Small {
                    font.size = 11.5;
                }
            }
            style.interaction.selectable_labels = false;
        });
        let mut state = State::new(bench::sample_recordings());
        let workbench = match Workbench::start(Arc::clone(&wake)) {
            Ok(workbench) => Some(workbench),
            Err(problem) => {
                state.problem = Some(problem);
                None
            }
        };
        let collection = match Collection::start(Arc::clone(&wake)) {
            Ok(collection) => Some(collection),
            Err(problem) => {
                state.problem = Some(problem);
                None
            }
        };
        let mut app = Self {
            state,
            workbench,
            collection,
            jobs: Jobs::new(Arc::clone(&wake)),
            scout: Scout::start(Arc::clone(&wake)),
            endpoint: Endpoint::of_the_system(wake),
            listening: None,
            ctx: ctx.clone(),
        };
        app.write_into(bench::usual_folder());
        if let Some(storage) = storage {
            app.restore(storage, ctx);
        }
        match begin {
            Begin::Empty => {}
            Begin::Simulated => app.carry_out(Command::Listen(Place::Simulated("tap-session")), ctx),
            Begin::Recordings(paths) => {
                app.carry_out(Command::OpenAll { paths: paths.clone(), beside: false }, ctx);
            }
        }
        app
    }

    /// Writes recordings into this folder.
    pub fn write_into(&mut self, folder: std::path::PathBuf) {
        self.state.calibrate.broken_off = bench::broken_off(&folder);
        self.state.folder = folder;
    }

    /// Writes them into this one, the next time too.
    pub(super) fn choose_folder(&mut self, folder: std::path::PathBuf) {
        self.write_into(folder.clone());
        self.state.chosen_folder = Some(folder);
    }

    /// Whether what is open is not of a Nymi Band.
    pub(super) fn is_deck_foreign(&self) -> bool {
        let deck = self.workbench.as_ref().map(Workbench::deck);
        deck.is_some_and(|deck| deck.as_ref().is_some_and(Deck::is_foreign))
    }

    /// Moves the play head on by the time since the last frame.
    fn pass_time(&mut self, ctx: &Context) {
        let now_us = (ctx.input(|i| i.time) * 1e6) as i64;
        let passed_us = now_us - std::mem::replace(&mut self.state.frame_us, now_us);
        if !self.state.transport.is_playing() {
            return;
        }
        if let Some(deck) = self.workbench.as_ref().map(Workbench::deck).as_deref().and_then(Option::as_ref) {
            self.state.transport.pass(passed_us, deck.trace.last_t_us);
        }
        ctx.request_repaint();
    }

    fn keys(&mut self, ctx: &Context) {
        let is_typing = ctx.egui_wants_keyboard_input() || self.state.dialog != Dialog::None;
        let (of_steps, others): (Vec<_>, Vec<_>) = entries().into_iter().partition(Entry::is_of_steps);
        // Elsewhere the keys of the steps belong to what has the focus.
        let of_steps = of_steps.into_iter().filter(|_| self.state.calibrate.takes_keys());
        for entry in of_steps.collect::<Vec<_>>().into_iter().chain(others) {
            let Some(key) = entry.key else { continue };
            let is_close = entry.command == Command::Close;
            let is_plain = key.modifiers.is_none() && !is_close;
            // A menu closes itself, and what is below it stays.
            let is_taken = is_plain && is_typing || is_close && Popup::is_any_open(ctx);
            if !is_taken && ctx.input_mut(|i| i.consume_shortcut(&key)) {
                self.carry_out(entry.command, ctx);
            }
        }
        if !ctx.input(|i| i.pointer.any_down()) {
            self.state.values.let_go();
        }
        let paths: Vec<_> = ctx.input(|i| {
            let dropped = i.raw.dropped_files.iter();
            dropped.map(|file| file.path().to_string_lossy().into_owned()).collect()
        });
        if !paths.is_empty() {
            self.carry_out(Command::OpenAll { paths, beside: false }, ctx);
        }
    }

    /// The panes, and what is asked for in them.
    fn panes(&mut self, ui: &mut Ui) -> Vec<Command> {
        let mut commands = Vec::new();
        let Self { state, workbench, collection, jobs, scout, endpoint, listening, .. } = self;
        let Some(workbench) = workbench else {
            CentralPanel::default().show(ui, |ui| {
                let problem = state.problem.as_ref().map_or("", |p| p.what.as_str());
                ui.label(problem);
            });
            return commands;
        };
        let is_looking = collection.as_ref().is_some_and(Collection::is_looking);
        let (is_stale, listed) = (workbench.is_stale() || is_looking, workbench.listed());
        let collection = collection.as_ref().filter(|_| listening.is_none());
        let offers = scout.offers();
        let guidance = listening.as_ref().and_then(|listening| listening.guidance.as_ref());
        if let Some(guidance) = guidance.filter(|_| state.calibrate.is_cue) {
            calibrate::show_cue(ui, state, guidance, &mut commands);
            return commands;
        }
        let session = Session {
            listening: listening.as_ref(),
            live: workbench.live(),
            said: workbench.said(),
            is_marked: !state.calibrate.is_open,
            offers: &offers,
            folder: &state.folder,
        };
        Panel::top("top").frame(bar(ui)).show(ui, |ui| top::show(ui, &session, &mut commands));
        let opening = workbench.opening();
        let guard = workbench.deck();
        let deck = guard.as_ref();
        // What is put on the bench between two looks is taken note of at the next one.
        let is_stale = is_stale || deck.is_some_and(|deck| deck.generation != state.generation);
        Panel::bottom("status").frame(bar(ui)).show(ui, |ui| {
            super::endpoint::line(ui, &endpoint.standing(), &mut commands);
            working::line(ui, state, opening.as_deref(), jobs, &mut commands);
            status::show(ui, state, deck, listening.as_ref(), workbench.size());
        });
        if !state.calibrate.is_open {
            side::show(ui, Panel::right("tune"), &side::TUNE, |ui| {
                tune::show(ui, state, deck, is_stale, jobs, &mut commands);
            });
        }
        let has_list = collection.is_some_and(|collection| collection.items().len() > 1);
        if (deck.is_some() || has_list) && state.calibrate.shows_bands() {
            side::show(ui, Panel::left("bands"), &side::BANDS, |ui| {
                if let Some(collection) = collection {
                    recordings::show(ui, state, collection, deck, &mut commands);
                }
                if let Some(deck) = deck {
                    bands::show(ui, state, deck, listed.as_ref(), &mut commands);
                }
            });
        }
        let is_opening = workbench.live() == LiveState::Opening;
        let around = Around { deck, listening: listening.as_ref(), offers: &offers, is_opening };
        CentralPanel::default().show(ui, |ui| match deck {
            _ if state.calibrate.is_open => {
                calibrate::show(ui, state, &around, jobs, &mut commands);
            }
            Some(deck) => {
                foot::show(ui, state, deck, jobs, &mut commands);
                plot::show(ui, state, deck, listed.as_ref(), is_stale, &mut commands);
            }
            None => {
                let is_busy = is_looking || opening.is_some() || is_opening;
                start::show(ui, state, &offers, is_busy, &mut commands);
            }
        });
        dialog(ui.ctx(), state, &around, has_list, jobs, &mut commands);
        commands
    }
}

fn bar(ui: &Ui) -> Frame {
    Frame::side_top_panel(ui.style()).inner_margin(egui::Margin::symmetric(8, 5))
}

fn dialog(
    ctx: &Context,
    state: &mut State,
    around: &Around<'_>,
    has_list: bool,
    jobs: &mut Jobs,
    commands: &mut Vec<Command>,
) {
    let title = match &state.dialog {
        Dialog::None => return,
        Dialog::Open(_) => "Open recordings",
        Dialog::SaveAs(_) => "Save as a new recording",
        Dialog::Load(_) => "Load parameters",
        Dialog::Unsaved => "Unsaved segments",
        Dialog::Unrecorded => "Not recorded",
        Dialog::Config => "nbe.toml and IGEL",
        Dialog::Symptoms => "Symptoms",
        Dialog::ReaderFix => "Settings of an NFC reader",
        Dialog::Palette(_) => "Commands",
        Dialog::Help => "Help",
    };
    let foreign = config::foreign(state, around.deck.is_some_and(Deck::is_foreign));
    let mut is_open = true;
    egui::Window::new(title)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, [0.0, 70.0])
        .open(&mut is_open)
        .show(ctx, |ui| match &state.dialog {
            Dialog::None => {}
            Dialog::Open(_) => open::show(ui, state, commands),
            Dialog::SaveAs(_) => saving::save_as(ui, state, jobs, commands),
            Dialog::Load(_) => profile::ask(ui, state, jobs, commands),
            Dialog::Unsaved => saving::unsaved(ui, commands),
            Dialog::Unrecorded => saving::unrecorded(ui, commands),
            Dialog::Config => config::show(ui, state, foreign, jobs, commands),
            Dialog::Symptoms => symptoms::show(ui, state, jobs),
            Dialog::ReaderFix => nfc::ask(ui, state, commands),
            Dialog::Palette(_) => palette::show(ui, state, around, has_list, commands),
            Dialog::Help => dialogs::help(ui),
        });
    if !is_open {
        commands.push(Command::Close);
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _: &mut eframe::Frame) {
        if let Some(command) = self.look() {
            self.carry_out(command, ctx);
        }
        if ctx.input(|i| i.viewport().close_requested()) && self.would_lose(&Command::Quit) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.keep(storage, &self.ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.keys(&ctx);
        self.pass_time(&ctx);
        self.follow_cue();
        for command in self.panes(ui) {
            self.carry_out(command, &ctx);
            ctx.request_repaint();
        }
        if self.listening.is_some() {
            ctx.request_repaint_after(std::time::Duration::from_millis(200));
        }
    }
}
