//! The one state of the window; panes show it and ask for changes. What single panes know has
//! a file of its own.

mod calibrate;
mod editing;
mod panes;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::bench::{By, ConfigPlan, Deck, Filter, Marks, Problem, Series, Transport};
use crate::calibration::Outcome as Advice;
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::session::Listed;
use crate::symptoms::{Answer, Symptom};

use super::command::{Command, Foot};
use super::history::History;
use super::plot::view::View;

pub use calibrate::{Calibrate, Page, Terminal};
pub use editing::{Drag, Editing};
pub use panes::{Cursor, Finding, NfcView, Opening, Palette};

/// What is shown.
pub struct State {
    /// The dongle whose parameters these are.
    pub dongle: Dongle,
    /// The parameters.
    pub values: History,
    /// The stretch of time that the plot shows.
    pub view: View,
    /// The segment that is chosen or about to be added.
    pub editing: Editing,
    /// Whether the recording that is shown is about to give way to another: its segments stay as they are.
    pub gives_way: bool,
    /// What was recorded when something was asked for that is shown in its place. What is recorded
    /// since then is not closed for it.
    pub asked_during: Option<PathBuf>,
    /// What is asked for once unsaved segments are saved or given up.
    pub afterwards: Option<Command>,
    /// Whether what would be lost with the next command was given up.
    pub gives_up: bool,
    /// What is asked for once the Endpoint's service is out of the way.
    pub once_stopped: Option<Command>,
    /// Whether something has run since then: when it ends, the service is given back.
    pub used_stopped: bool,
    /// Playing a recording.
    pub transport: Transport,
    /// When the last frame was drawn, in microseconds on the window's clock.
    pub frame_us: i64,
    /// The series whose means are drawn, where one was chosen.
    pub chosen: Option<usize>,
    /// The generation of the deck that `view` was made for.
    pub generation: u64,
    /// Whether the recording that is about to be shown is judged by the values in use, whatever
    /// dongle made it: all recordings that are open together are.
    pub keeps_values: bool,
    /// Whether the recording that is about to be shown is the same one under another name.
    pub keeps_view: bool,
    /// The place in the list of recordings, whether that one could be opened or not.
    pub cursor: Option<Cursor>,
    /// Whether what was recommended is still to be moved into sight.
    pub reveals_advice: bool,
    /// What was recommended.
    pub recommendation: Option<Box<Advice>>,
    /// The guide's symptoms, answered.
    pub answers: Vec<(Symptom, Answer)>,
    /// From how many recordings.
    pub answered_from: usize,
    /// Whether they are still to be answered: what is open was not decided yet, or gave way meanwhile.
    pub is_to_answer: bool,
    /// The guided calibration.
    pub calibrate: Calibrate,
    /// Where recordings are written.
    pub folder: PathBuf,
    /// The same, where somebody chose it.
    pub chosen_folder: Option<PathBuf>,
    /// The config pane.
    pub config: Config,
    /// What is shown below the plot.
    pub foot: Option<Foot>,
    /// The NFC pane.
    pub nfc: NfcView,
    /// The topmost dialog.
    pub dialog: Dialog,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// What was done last, where it cannot be seen.
    pub said: Option<String>,
    /// What the dialog that opens recordings looks at.
    pub opening: Opening,
    /// Where recordings may be.
    pub places: Vec<(String, PathBuf)>,
    /// Recordings that were opened lately, the last one first.
    pub recent: Vec<String>,
    /// Recordings that were open when the window was closed last.
    pub was_open: Vec<String>,
    /// What was listened to last, by its title.
    pub last_place: Option<String>,
    /// Which bands are listed.
    pub filter: Filter,
    /// Recordings that come with tapbench.
    pub samples: Vec<String>,
    /// A band that is being looked for, or was.
    pub finding: Option<Finding>,
}

/// The config pane.
#[derive(Default)]
pub struct Config {
    /// Where the file is, as typed.
    pub path: String,
    /// Which parameters are written, where somebody chose.
    pub choices: BTreeMap<Parameter, bool>,
    /// The change to look at.
    pub plan: Option<ConfigPlan>,
    /// What was written, and what to do next; or why it was not.
    pub said: Vec<String>,
    /// Whether it was written.
    pub is_written: bool,
}

/// A dialog over the panes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Dialog {
    /// None.
    #[default]
    None,
    /// Which recordings to open, as typed.
    Open(String),
    /// Where to save a recording with its edited segments, as typed.
    SaveAs(String),
    /// Which nbe.toml or profile to take parameters from, as typed.
    Load(String),
    /// Segments are edited and not saved, and something else was asked for.
    Unsaved,
    /// Segments were marked in what was heard and not recorded, and something else was asked for.
    Unrecorded,
    /// The config.
    Config,
    /// The guide's symptoms.
    Symptoms,
    /// Whether a reader's settings are to be written.
    ReaderFix,
    /// Commands, to choose from.
    Palette(Palette),
    /// The keys.
    Help,
}

impl Dialog {
    /// Whether it is about the segments of what is shown.
    pub fn is_of_segments(&self) -> bool {
        matches!(self, Self::SaveAs(_) | Self::Unsaved | Self::Unrecorded)
    }
}

impl State {
    /// Before anything is open.
    pub fn new(samples: Vec<String>) -> Self {
        let dongle = Dongle::Bluegiga;
        let mut values = History::default();
        values.restart((ParameterSet::published(dongle), false), None);
        Self {
            dongle,
            values,
            view: View::default(),
            editing: Editing::default(),
            afterwards: None,
            gives_up: false,
            gives_way: false,
            asked_during: None,
            once_stopped: None,
            used_stopped: false,
            transport: Transport::default(),
            frame_us: 0,
            chosen: None,
            generation: 0,
            keeps_values: false,
            keeps_view: false,
            recommendation: None,
            answers: Vec::new(),
            answered_from: 0,
            is_to_answer: false,
            calibrate: Calibrate::default(),
            folder: PathBuf::from("."),
            chosen_folder: None,
            config: Config { path: usual_config(), ..Config::default() },
            foot: None,
            reveals_advice: false,
            nfc: NfcView::default(),
            dialog: Dialog::None,
            problem: None,
            said: None,
            opening: Opening::default(),
            places: Vec::new(),
            recent: Vec::new(),
            was_open: Vec::new(),
            last_place: None,
            filter: Filter::default(),
            samples,
            finding: None,
            cursor: None,
        }
    }

    /// The series whose means are drawn: the chosen one, else the one that came nearest, of those that an
    /// address filters where there are some.
    pub fn series(&self, deck: &Deck) -> usize {
        let strongest =
            |series: &Series| series.rssi_dbm.extremes(0..series.rssi_dbm.len()).map(|(_, high)| high);
        if let Some(chosen) = self.chosen {
            return chosen;
        }
        let is_wanted = |series: &Series| {
            self.filter.by != By::Address || self.filter.shows(deck.trace.band(series), None)
        };
        let all = deck.trace.series.iter().enumerate();
        let nearest =
            all.max_by_key(|(at, series)| (is_wanted(series), strongest(series), std::cmp::Reverse(*at)));
        nearest.map_or(0, |(at, _)| at)
    }

    /// Of each series, whether the filter shows it; `listed` is what a session knows of its bands.
    pub fn shown(&self, deck: &Deck, listed: Option<&Listed>) -> Vec<bool> {
        let is_shown = |series: &Series| {
            let band = deck.trace.band(series);
            self.filter.shows(band, listed.and_then(|l| l.rows.iter().find(|row| Some(row.band) == band)))
        };
        deck.trace.series.iter().map(is_shown).collect()
    }

    /// What is recommended in what is shown, where anything can be.
    pub fn recommended(&self) -> Option<ParameterSet> {
        let advice = if self.calibrate.is_open { &self.calibrate.advice } else { &self.recommendation };
        advice.as_ref()?.recommendation.recommended
    }

    /// The segments as they are edited.
    pub fn marks(&self, deck: &Deck) -> Marks {
        self.values.marks().unwrap_or(&deck.marks).clone()
    }

    /// Edits them; `dragged` is the one that is being dragged.
    pub fn set_marks(&mut self, marks: Marks, dragged: Option<u64>) {
        if self.gives_way {
            self.said = Some("Segments stay as they are until what is opened or saved is there.".into());
        } else {
            self.values.set_marks(marks, dragged);
        }
    }

    /// Whether segments differ from those in the file.
    pub fn is_edited(&self, deck: &Deck) -> bool {
        self.generation == deck.generation && self.values.marks().is_some_and(|marks| *marks != deck.marks)
    }

    /// The instant up to which the recording is shown, in microseconds: the play head, else its end.
    pub fn now_us(&self, deck: &Deck) -> i64 {
        self.transport.head_us().map_or(deck.trace.last_t_us, |head_us| head_us.min(deck.trace.last_t_us))
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
