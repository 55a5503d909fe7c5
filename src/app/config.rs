//! `nbe.toml`: what would change, writing it, and the same values as an IGEL table.

use std::path::PathBuf;

use eframe::egui::{
    self, Button, Checkbox, Context, Grid, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo,
};

use crate::bench::{Difference, Jobs, Problem, Wish};
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::helper::Rights;

use super::application::App;
use super::command::Command;
use super::endpoint;
use super::look::{Look, minus};
use super::state::{Config, Dialog, State};

impl App {
    /// Shows the config as it is, with what would change.
    pub(super) fn show_config(&mut self) {
        self.state.dialog = Dialog::Config;
        (self.state.config.said, self.state.config.is_written) = (Vec::new(), false);
        self.state.config.choices.clear();
        if self.state.config.path().is_file() && self.jobs.running().is_none() {
            self.compare_config();
        }
    }

    pub(super) fn compare_config(&mut self) {
        self.state.problem = None;
        self.state.dialog = Dialog::Config;
        let config = &mut self.state.config;
        (config.plan, config.said, config.is_written) = (None, Vec::new(), false);
        self.jobs.plan(self.state.config.path(), self.state.dongle, self.state.wish());
    }

    /// What was compared stays in sight until it is compared anew.
    pub(super) fn choose_to_write(&mut self, parameter: Parameter, is_written: bool) {
        self.state.config.choices.insert(parameter, is_written);
        self.jobs.plan(self.state.config.path(), self.state.dongle, self.state.wish());
    }

    /// Only what was shown is written, and only while it is what is wanted.
    pub(super) fn write_config(&mut self) {
        self.state.problem = None;
        self.state.dialog = Dialog::Config;
        self.state.forget_stale_plan(false);
        if foreign(&self.state, self.is_deck_foreign()).is_none()
            && let Some(plan) = self.state.config.plan.take()
        {
            self.jobs.write(plan);
        }
    }

    /// Copies the table, or one value of it.
    pub(super) fn copy_igel(&mut self, ctx: &Context, one: Option<Parameter>) {
        if let Some(why) = foreign(&self.state, self.is_deck_foreign()) {
            let what = format!("{why}, so no values are taken to a terminal");
            self.failed(Problem::new(what).remedy(BAND_FIRST));
            return;
        }
        let values = self.state.values.now();
        let name = one.map_or("the table".to_owned(), Parameter::igel_name);
        let text = match one {
            Some(parameter) => values.get(parameter).map_or(String::new(), |value| value.to_string()),
            None => igel_text(&values),
        };
        ctx.copy_text(text);
        self.state.said = Some(format!("IGEL: {name} is copied."));
    }
}

impl State {
    /// A plan for other values, or for another file, is none any more. One with other choices stays in
    /// sight while it is compared anew.
    fn forget_stale_plan(&mut self, is_comparing: bool) {
        let (path, dongle, wish) = (self.config.path(), self.dongle, self.wish());
        self.config.plan.take_if(|plan| {
            !(plan.is_of(&path, dongle, wish.values) && (is_comparing || plan.is_wished(&wish)))
        });
    }

    /// What is to be in the config.
    fn wish(&self) -> Wish {
        Wish {
            values: self.values.now(),
            recommended: self.recommended().unwrap_or_default(),
            choices: self.config.choices.clone(),
        }
    }
}

impl Config {
    fn path(&self) -> PathBuf {
        PathBuf::from(self.path.trim())
    }
}

const BAND_FIRST: &str =
    "record a band at this terminal and use what is recommended for it, or use the defaults";

const NOT_SET: &str = "It is not set, so there is nothing to copy: set it in the tune pane first.";

/// Why the values in use are not for a terminal, where that is so.
pub fn foreign(state: &State, is_deck_foreign: bool) -> Option<&'static str> {
    if is_deck_foreign {
        Some("The open recording is not of a Nymi Band")
    } else if state.values.is_foreign() {
        Some("The values in use were recommended for what is not a Nymi Band (a rehearsal, or a sample)")
    } else {
        None
    }
}

/// The dialog; `foreign` where the values are not for a terminal.
pub fn show(
    ui: &mut Ui,
    state: &mut State,
    foreign: Option<&str>,
    jobs: &mut Jobs,
    commands: &mut Vec<Command>,
) {
    ui.set_width(620.0);
    ui.label(format!("The five values for a {} dongle, into this file:", state.dongle));
    ui.horizontal(|ui| {
        let edit =
            TextEdit::singleline(&mut state.config.path).desired_width(480.0).hint_text("path of nbe.toml");
        let edit = ui.add(edit);
        if edit.changed() {
            (state.config.said, state.config.is_written) = (Vec::new(), false);
            state.config.choices.clear();
        }
        let is_entered = edit.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            edit.request_focus();
        }
        let is_free = jobs.running().is_none();
        if ui.add_enabled(is_free, Button::new("Compare")).clicked() || (is_entered && is_free) {
            commands.push(Command::CompareConfig);
        }
    });
    let is_comparing = jobs.running().is_some();
    state.forget_stale_plan(is_comparing);
    let look = Look::of(ui);
    if let Some(name) = jobs.running() {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.weak(name);
        });
    }
    difference(ui, &state.config, foreign, is_comparing, &look, commands);
    for words in &state.config.said {
        ui.label(words);
    }
    if state.config.is_written {
        endpoint::restart(ui, commands);
    }
    ui.separator();
    igel(ui, &state.values.now(), foreign, &look, commands);
}

fn difference(
    ui: &mut Ui,
    config: &Config,
    foreign: Option<&str>,
    is_comparing: bool,
    look: &Look,
    commands: &mut Vec<Command>,
) {
    let Some(plan) = &config.plan else {
        if config.said.is_empty() {
            ui.weak(
                "Compare shows what would change. Nothing is written before that, and the old file is kept.",
            );
        }
        return;
    };
    ui.scope(|ui| chosen(ui, &plan.differences, is_comparing, look, commands));
    if let Some(Problem { what, remedy }) = plan.refused() {
        let remedy = remedy.as_deref().unwrap_or_default();
        ui.colored_label(look.bad, format!("Not to be written so: {what}. Choose others, or {remedy}."));
        return;
    }
    if plan.is_unchanged() {
        let is_same = plan.differences.is_empty();
        ui.label(if is_same { "NBE has these values already." } else { "Nothing is chosen to be written." });
        return;
    }
    egui::Frame::group(ui.style()).show(ui, |ui| {
        let below = 510.0 + 22.0 * plan.differences.len() as f32;
        let height = (ui.ctx().content_rect().height() - below).clamp(60.0, 240.0);
        ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            for (sign, line) in &plan.lines {
                let color = match sign {
                    '+' => look.good,
                    '-' => look.bad,
                    _ => look.faint,
                };
                ui.label(RichText::new(format!("{sign} {line}")).monospace().color(color));
            }
        });
    });
    for finding in &plan.findings {
        ui.label(RichText::new(format!("Mind: {finding}")).small());
    }
    if let Some(why) = foreign {
        ui.colored_label(look.bad, format!("{why}, so nothing is written: {BAND_FIRST}."));
    }
    let button = match plan.rights {
        Rights::Own => Button::new("Back up and write"),
        rights => {
            ui.label(format!(
                "You may not write this file; nothing is changed yet. {} can let tapbench write it as {}: it will ask.",
                rights.asked_by(),
                rights.of_whom()
            ));
            Button::new(format!("Back up and write as {}", rights.of_whom()))
        }
    };
    if ui.add_enabled(foreign.is_none() && !is_comparing, button).clicked() {
        commands.push(Command::WriteConfig);
    }
}

/// Where NBE has other values than those in use here, and which of these are written.
fn chosen(
    ui: &mut Ui,
    differences: &[Difference],
    is_comparing: bool,
    look: &Look,
    commands: &mut Vec<Command>,
) {
    ui.spacing_mut().item_spacing.y = 2.0;
    for each in differences {
        let (key, here) = (each.parameter.key(), minus(each.here));
        let now = each.in_force.map_or("none that is sure".to_owned(), minus);
        ui.horizontal(|ui| {
            let mut is_written = each.is_written;
            let words = format!("{key}: write {here} instead of {now}");
            if ui.add_enabled(!is_comparing, Checkbox::new(&mut is_written, words)).changed() {
                commands.push(Command::ChooseToWrite(each.parameter, is_written));
            }
            if let Some(value) = each.in_force.filter(|_| !each.is_written) {
                let words = format!("Use {now} here");
                let hint = "What is shown here is then decided as NBE will decide it";
                let button = Button::new(words).small();
                if ui.add_enabled(!is_comparing, button).on_hover_text(hint).clicked() {
                    commands.push(Command::TakeFromConfig(each.parameter, value));
                }
            }
        });
    }
    if differences.iter().any(|each| !each.is_written) {
        let words = "NBE keeps what is not written, and what is shown here was decided with other values.";
        ui.label(RichText::new(words).color(look.bad));
    }
}

fn igel(ui: &mut Ui, values: &ParameterSet, foreign: Option<&str>, look: &Look, commands: &mut Vec<Command>) {
    let not_copied = foreign.map(|why| format!("{why}, so no value is copied: {BAND_FIRST}."));
    let not_copied = not_copied.as_deref();
    ui.strong("IGEL custom partition parameters");
    Grid::new("igel").num_columns(3).spacing([24.0, 2.0]).striped(true).show(ui, |ui| {
        for parameter in Parameter::ALL {
            ui.label(RichText::new(parameter.igel_name()).monospace());
            ui.label(values.get(parameter).map_or("not set".to_owned(), minus));
            let can = values.get(parameter).is_some() && not_copied.is_none();
            let copy = ui.add_enabled(can, Button::new("Copy").small());
            let copy = copy.on_disabled_hover_text(not_copied.unwrap_or(NOT_SET));
            copy.widget_info(|| {
                let words = format!("Copy the value of {}", parameter.igel_name());
                WidgetInfo::labeled(Role::Button, can, words)
            });
            if copy.clicked() {
                commands.push(Command::CopyIgelValue(parameter));
            }
            ui.end_row();
        }
    });
    ui.horizontal(|ui| {
        let copy = ui.add_enabled(not_copied.is_none(), Button::new("Copy the table"));
        if copy.on_disabled_hover_text(not_copied.unwrap_or_default()).clicked() {
            commands.push(Command::CopyIgel);
        }
        ui.weak("UMS: System > Firmware Customization > Custom Partition > Partition");
    });
    if let Some(words) = not_copied {
        ui.colored_label(look.bad, words);
    }
}

/// The table as it is pasted.
fn igel_text(values: &ParameterSet) -> String {
    values.iter().map(|(parameter, value)| format!("{}={value}\n", parameter.igel_name())).collect()
}

#[cfg(test)]
#[cfg(not(windows))]
mod tests {
    use std::io::Write;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::bench::{ConfigPlan, Outcome};
    use crate::engine::parameters::Dongle;

    fn planned(path: &std::path::Path) -> ConfigPlan {
        let mut jobs = Jobs::new(Arc::new(|| ()));
        let mut wish = Wish { values: ParameterSet::published(Dongle::Bluegiga), ..Wish::default() };
        wish.values.set(Parameter::TapThreshold, -45).unwrap();
        jobs.plan(path.to_owned(), Dongle::Bluegiga, wish);
        let begun = Instant::now();
        loop {
            match jobs.done() {
                Some(Outcome::Planned(plan)) => return *plan,
                Some(_) => panic!("it is not planned"),
                None => assert!(begun.elapsed() < Duration::from_secs(30)),
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    #[test]
    fn greater_rights_are_named_before_they_are_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nbe.toml");
        let mut file = std::fs::File::create_new(&path).unwrap();
        file.write_all(b"agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n").unwrap();
        let mut plan = planned(&path);
        plan.rights = Rights::Administrator;
        let config = Config { plan: Some(plan), ..Config::default() };
        let draw = |ui: &mut Ui, commands: &mut Vec<Command>| {
            let look = Look::of(ui);
            difference(ui, &config, None, false, &look, commands);
        };
        let mut harness = Harness::new_ui_state(draw, Vec::new());
        harness.get_by_label_contains("You may not write this file; nothing is changed yet. Windows can");
        harness.get_by_label("Back up and write as an administrator").click();
        harness.run();
        assert_eq!(*harness.state(), [Command::WriteConfig]);
    }
}
