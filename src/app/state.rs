//! The one state of the window; panes show it and ask for changes.

use std::path::PathBuf;

use crate::bench::{ConfigPlan, Deck, Problem, Series};
use crate::calibration::Outcome as Advice;
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, ParameterSet};
use crate::symptoms::{Answer, Symptom};

use super::calibrate::Calibrate;
use super::foot::Foot;
use super::history::History;
use super::plot::view::View;

/// What is shown.
pub struct State {
    /// The dongle whose parameters these are.
    pub dongle: Dongle,
    /// The parameters.
    pub values: History,
    /// Those that are compared with.
    pub b: Option<ParameterSet>,
    /// The stretch of time that the plot shows.
    pub view: View,
    /// The series whose means are drawn, where one was chosen.
    pub chosen: Option<usize>,
    /// The generation of the deck that `view` was made for.
    pub generation: u64,
    /// What was recommended.
    pub recommendation: Option<Box<Advice>>,
    /// The guide's symptoms, answered.
    pub answers: Vec<(Symptom, Answer)>,
    /// The guided calibration.
    pub calibrate: Calibrate,
    /// Where recordings are written.
    pub folder: PathBuf,
    /// The config pane.
    pub config: Config,
    /// What is shown below the plot.
    pub foot: Option<Foot>,
    /// The topmost dialog.
    pub dialog: Dialog,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// What was done last, where it cannot be seen.
    pub said: Option<String>,
    /// Recordings that come with tapbench.
    pub samples: Vec<String>,
    /// Whether a band is being looked for.
    pub finding: bool,
}

/// The config pane.
#[derive(Default)]
pub struct Config {
    /// Where the file is, as typed.
    pub path: String,
    /// The change to look at.
    pub plan: Option<ConfigPlan>,
    /// What was written, and what to do next.
    pub written: Vec<String>,
}

/// A dialog over the panes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Dialog {
    /// None.
    #[default]
    None,
    /// Which recording to open, as typed.
    Open(String),
    /// The config.
    Config,
    /// The guide's symptoms.
    Symptoms,
    /// Commands, and what was typed to find one.
    Palette(String),
    /// The keys.
    Help,
}

impl State {
    /// Before anything is open.
    pub fn new(samples: Vec<String>) -> Self {
        let dongle = Dongle::Bluegiga;
        let mut values = History::default();
        values.restart(ParameterSet::published(dongle));
        Self {
            dongle,
            values,
            b: None,
            view: View::default(),
            chosen: None,
            generation: 0,
            recommendation: None,
            answers: Vec::new(),
            calibrate: Calibrate::default(),
            folder: PathBuf::from("."),
            config: Config { path: usual_config(), ..Config::default() },
            foot: None,
            dialog: Dialog::None,
            problem: None,
            said: None,
            samples,
            finding: false,
        }
    }

    /// The series whose means are drawn: the chosen one, else the one that came nearest.
    pub fn series(&self, deck: &Deck) -> usize {
        let strongest =
            |series: &Series| series.rssi_dbm.extremes(0..series.rssi_dbm.len()).map(|(_, high)| high);
        let all = deck.trace.series.iter().enumerate();
        let nearest = all.max_by_key(|(at, series)| (strongest(series), std::cmp::Reverse(*at)));
        self.chosen.or(nearest.map(|(at, _)| at)).unwrap_or(0)
    }

    /// The rules of these values.
    pub fn rules(parameters: ParameterSet) -> Rules {
        Rules { parameters, ..Rules::default() }
    }
}

/// Where NBE keeps its config.
fn usual_config() -> String {
    let windows = PathBuf::from("C:\\Nymi\\Bluetooth_Endpoint\\nbe.toml");
    let usual = if cfg!(windows) { windows } else { PathBuf::from("/usr/bin/nbe.toml") };
    usual.to_string_lossy().into_owned()
}
