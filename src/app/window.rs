//! The window: lays the panes out, turns keys into commands and looks what the threads have done.

use std::sync::Arc;

use eframe::egui::{self, CentralPanel, Context, Frame, Panel, Ui, vec2};

use crate::bench::{self, Deck, Jobs, Listening, LiveState, Outcome, Place, Scout, Wake, Wanted, Workbench};
use crate::engine::parameters::ParameterSet;

use super::calibrate::{self, Around, Do};
use super::command::{Command, entries};
use super::renderer::{NoWindow, first_that_starts};
use super::state::{Dialog, State};
use super::top::Session;
use super::{bands, config, dialogs, foot, plot, start, status, symptoms, top, tune};

/// What is open when the window appears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Nothing: the first view offers what can be done.
    Empty,
    /// The simulated bench.
    Simulated,
}

/// The whole window.
pub struct App {
    pub(super) state: State,
    pub(super) workbench: Option<Workbench>,
    pub(super) jobs: Jobs,
    scout: Scout,
    pub(super) listening: Option<Listening>,
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
            Ok(Box::new(App::new(&cc.egui_ctx, begin)) as Box<dyn eframe::App>)
        };
        eframe::run_native("tapbench", options, Box::new(app))
    })
}

impl App {
    /// The window's content, drawn into `ctx`.
    pub fn new(ctx: &Context, begin: &Begin) -> Self {
        let wake: Wake = {
            let ctx = ctx.clone();
            Arc::new(move || ctx.request_repaint())
        };
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
        let mut app = Self {
            state,
            workbench,
            jobs: Jobs::new(Arc::clone(&wake)),
            scout: Scout::start(wake),
            listening: None,
        };
        app.write_into(std::env::current_dir().unwrap_or_else(|_| ".".into()));
        if *begin == Begin::Simulated {
            app.carry_out(Command::Listen(Place::Simulated("tap-session")), ctx);
        }
        app
    }

    /// Writes recordings into this folder.
    pub fn write_into(&mut self, folder: std::path::PathBuf) {
        self.state.calibrate.broken_off = bench::broken_off(&folder);
        self.state.folder = folder;
    }

    /// Whether what is open is not of a Nymi Band.
    pub(super) fn is_foreign(&self) -> bool {
        let deck = self.workbench.as_ref().map(Workbench::deck);
        deck.is_some_and(|deck| deck.as_ref().is_some_and(|deck| deck.trace.header.not_a_nymi_band))
    }

    /// Takes note of what the threads have done since the last frame.
    fn look(&mut self) {
        let Some(workbench) = &self.workbench else { return };
        if let Some(problem) = workbench.take_problem() {
            self.state.problem = Some(problem);
        }
        self.follow_calibration();
        let Some(workbench) = &self.workbench else { return };
        if matches!(workbench.live(), LiveState::Ended(_)) {
            if let Some(path) = self.listening.as_ref().and_then(|l| l.file.as_ref()) {
                self.state.said = Some(format!("Recorded to {}", path.display()));
            }
            self.listening = None;
        }
        if let Some(deck) = workbench.deck().as_ref()
            && deck.generation != self.state.generation
        {
            begin_deck(&mut self.state, deck);
        }
        let wanted =
            Wanted { rules: State::rules(self.state.values.now()), compare: self.state.b.map(State::rules) };
        workbench.want(&wanted);
        match self.jobs.done() {
            Some(Outcome::Recommended(recommendation)) => self.state.recommendation = Some(recommendation),
            Some(Outcome::Calibrated(advice)) => self.calibrated(advice),
            Some(Outcome::Resumable(resumable)) => self.resume(*resumable),
            Some(Outcome::Reported(path)) => self.state.calibrate.report = Some(path),
            Some(Outcome::Answered(answers)) => self.state.answers = answers,
            Some(Outcome::Planned(plan)) => self.state.config.plan = Some(*plan),
            Some(Outcome::Written(words)) => self.state.config.written = words,
            Some(Outcome::Failed(problem)) => self.failed(problem),
            None => {}
        }
    }

    fn keys(&mut self, ctx: &Context) {
        let is_typing = ctx.egui_wants_keyboard_input() || self.state.dialog != Dialog::None;
        for entry in entries() {
            let Some(key) = entry.key else { continue };
            let is_plain = key.modifiers.is_none() && entry.command != Command::Close;
            // Elsewhere these keys belong to what has the focus.
            let is_of_steps = matches!(&entry.command, Command::Calibration(act) if *act != Do::Open);
            if is_of_steps && !self.state.calibrate.takes_keys() {
                continue;
            }
            if !(is_plain && is_typing) && ctx.input_mut(|i| i.consume_shortcut(&key)) {
                self.carry_out(entry.command, ctx);
            }
        }
        if !ctx.input(|i| i.pointer.any_down()) {
            self.state.values.let_go();
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.first().map(|file| file.path().to_owned()));
        if let Some(path) = dropped {
            self.carry_out(Command::Open(path.to_string_lossy().into_owned()), ctx);
        }
    }

    /// The panes, and what is asked for in them.
    fn panes(&mut self, ui: &mut Ui) -> Vec<Command> {
        let mut commands = Vec::new();
        let Self { state, workbench, jobs, scout, listening } = self;
        let Some(workbench) = workbench else {
            CentralPanel::default().show(ui, |ui| {
                let problem = state.problem.as_ref().map_or("", |p| p.what.as_str());
                ui.label(problem);
            });
            return commands;
        };
        let (is_stale, listed) = (workbench.is_stale(), workbench.listed());
        let offers = scout.offers();
        let guidance = listening.as_ref().and_then(|listening| listening.guidance.as_ref());
        if let Some(guidance) = guidance.filter(|_| state.calibrate.is_cue) {
            calibrate::show_cue(ui, guidance, &mut commands);
            return commands;
        }
        let session = Session {
            listening: listening.as_ref(),
            live: workbench.live(),
            said: workbench.said(),
            is_marked: !state.calibrate.is_open,
            offers: &offers,
        };
        Panel::top("top").frame(bar(ui)).show(ui, |ui| top::show(ui, &session, &mut commands));
        let guard = workbench.deck();
        let deck = guard.as_ref();
        Panel::bottom("status")
            .frame(bar(ui))
            .show(ui, |ui| status::show(ui, state, deck, listening.as_ref()));
        if !state.calibrate.is_open {
            Panel::right("tune").exact_size(330.0).show(ui, |ui| {
                tune::show(ui, state, deck, is_stale, jobs, &mut commands);
            });
        }
        if let Some(deck) = deck.filter(|_| state.calibrate.shows_bands()) {
            Panel::left("bands").exact_size(226.0).show(ui, |ui| {
                bands::show(ui, state, deck, listed.as_ref(), &mut commands);
            });
        }
        CentralPanel::default().show(ui, |ui| match deck {
            _ if state.calibrate.is_open => {
                let is_opening = workbench.live() == LiveState::Opening;
                let around = Around { deck, listening: listening.as_ref(), offers: &offers, is_opening };
                calibrate::show(ui, state, &around, jobs, &mut commands);
            }
            Some(deck) => {
                foot::show(ui, state, deck, &mut commands);
                plot::show(ui, state, deck, is_stale, &mut commands);
            }
            None => {
                let is_busy = workbench.is_opening() || workbench.live() == LiveState::Opening;
                start::show(ui, state, is_busy, &mut commands);
            }
        });
        let is_foreign = deck.is_some_and(|deck| deck.trace.header.not_a_nymi_band);
        dialog(ui.ctx(), state, is_foreign, jobs, &mut commands);
        commands
    }
}

/// Starts with a recording that was put on the bench.
fn begin_deck(state: &mut State, deck: &Deck) {
    state.generation = deck.generation;
    state.recommendation = None;
    state.said = None;
    state.chosen = None;
    if deck.is_live {
        state.view.restart();
    } else {
        state.view.fit(deck);
    }
    if let Some(dongle) = deck.trace.dongle().filter(|dongle| *dongle != state.dongle) {
        state.dongle = dongle;
        state.values.replace(ParameterSet::published(dongle));
    }
}

fn bar(ui: &Ui) -> Frame {
    Frame::side_top_panel(ui.style()).inner_margin(egui::Margin::symmetric(8, 5))
}

fn dialog(ctx: &Context, state: &mut State, is_foreign: bool, jobs: &mut Jobs, commands: &mut Vec<Command>) {
    let title = match &state.dialog {
        Dialog::None => return,
        Dialog::Open(_) => "Open a recording",
        Dialog::Config => "nbe.toml and IGEL",
        Dialog::Symptoms => "Symptoms",
        Dialog::Palette(_) => "Commands",
        Dialog::Help => "Help",
    };
    let mut is_open = true;
    egui::Window::new(title)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_TOP, [0.0, 70.0])
        .open(&mut is_open)
        .show(ctx, |ui| match &state.dialog {
            Dialog::None => {}
            Dialog::Open(_) => dialogs::open(ui, state, commands),
            Dialog::Config => config::show(ui, state, is_foreign, jobs, commands),
            Dialog::Symptoms => symptoms::show(ui, state, jobs),
            Dialog::Palette(_) => dialogs::palette(ui, state, commands),
            Dialog::Help => dialogs::help(ui),
        });
    if !is_open {
        state.dialog = Dialog::None;
    }
}

impl eframe::App for App {
    fn logic(&mut self, _: &Context, _: &mut eframe::Frame) {
        self.look();
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.keys(&ctx);
        for command in self.panes(ui) {
            self.carry_out(command, &ctx);
            ctx.request_repaint();
        }
        if self.listening.is_some() {
            ctx.request_repaint_after(std::time::Duration::from_millis(200));
        }
    }
}
