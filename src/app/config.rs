//! `nbe.toml`: what would change, writing it, and the same values as an IGEL table.

use eframe::egui::{self, Button, Grid, RichText, ScrollArea, TextEdit, Ui};

use crate::bench::Jobs;
use crate::engine::parameters::{Parameter, ParameterSet};
use crate::helper::Rights;

use super::command::Command;
use super::endpoint;
use super::look::{Look, minus};
use super::state::{Config, State};

/// The dialog; `is_foreign` where the open recording is not of a Nymi Band.
pub fn show(ui: &mut Ui, state: &mut State, is_foreign: bool, jobs: &mut Jobs, commands: &mut Vec<Command>) {
    ui.set_width(620.0);
    ui.label(format!("The five values for a {} dongle, into this file:", state.dongle));
    ui.horizontal(|ui| {
        let edit =
            TextEdit::singleline(&mut state.config.path).desired_width(480.0).hint_text("path of nbe.toml");
        if ui.add(edit).changed() {
            (state.config.plan, state.config.written) = (None, Vec::new());
        }
        if ui.add_enabled(jobs.running().is_none(), Button::new("Compare")).clicked() {
            commands.push(Command::CompareConfig);
        }
    });
    let look = Look::of(ui);
    if let Some(name) = jobs.running() {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.weak(name);
        });
    }
    difference(ui, &state.config, is_foreign, &look, commands);
    for words in &state.config.written {
        ui.label(words);
    }
    if !state.config.written.is_empty() {
        endpoint::restart(ui, commands);
    }
    ui.separator();
    igel(ui, &state.values.now(), commands);
}

fn difference(ui: &mut Ui, config: &Config, is_foreign: bool, look: &Look, commands: &mut Vec<Command>) {
    let Some(plan) = &config.plan else {
        if config.written.is_empty() {
            ui.weak(
                "Compare shows what would change. Nothing is written before that, and the old file is kept.",
            );
        }
        return;
    };
    if plan.is_unchanged() {
        ui.label("The file has these values already.");
        return;
    }
    egui::Frame::group(ui.style()).show(ui, |ui| {
        ScrollArea::vertical().max_height(240.0).auto_shrink([false, true]).show(ui, |ui| {
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
    if is_foreign {
        ui.colored_label(
            look.bad,
            "The open recording is not of a Nymi Band, so nothing is written: record a band at this terminal first.",
        );
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
    if ui.add_enabled(!is_foreign, button).clicked() {
        commands.push(Command::WriteConfig);
    }
}

fn igel(ui: &mut Ui, values: &ParameterSet, commands: &mut Vec<Command>) {
    ui.strong("IGEL custom partition parameters");
    Grid::new("igel").num_columns(2).spacing([24.0, 2.0]).striped(true).show(ui, |ui| {
        for parameter in Parameter::ALL {
            ui.label(RichText::new(parameter.igel_name()).monospace());
            ui.label(values.get(parameter).map_or("not set".to_owned(), minus));
            ui.end_row();
        }
    });
    ui.horizontal(|ui| {
        if ui.button("Copy the table").clicked() {
            commands.push(Command::CopyIgel);
        }
        ui.weak("UMS: System > Firmware Customization > Custom Partition > Partition");
    });
}

/// The table as it is pasted.
pub fn igel_text(values: &ParameterSet) -> String {
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
        jobs.plan(path.to_owned(), Dongle::Bluegiga, ParameterSet::published(Dongle::Bluegiga));
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
            difference(ui, &config, false, &look, commands);
        };
        let mut harness = Harness::new_ui_state(draw, Vec::new());
        harness.get_by_label_contains("You may not write this file; nothing is changed yet. Windows can");
        harness.get_by_label("Back up and write as an administrator").click();
        harness.run();
        assert_eq!(*harness.state(), [Command::WriteConfig]);
    }
}
