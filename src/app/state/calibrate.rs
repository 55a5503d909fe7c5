//! Where the guided calibration is, and what was chosen for it.

use std::path::PathBuf;

use crate::bench::{Awake, Bell, Confirming, Mishap, Rehearsal};
use crate::calibration::{Outcome as Advice, Position, Setup, Wishes};

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// What is to be done.
    #[default]
    Setup,
    /// The steps.
    Steps,
    /// What they recommend.
    Outcome,
    /// Whether NBE does so.
    Confirm,
}

/// What kind of terminal it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Terminal {
    /// Windows with Lock Control.
    #[default]
    Windows,
    /// HP `ThinPro`: taps only.
    HpThinPro,
    /// IGEL: taps only.
    Igel,
}

impl Terminal {
    /// For what is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::HpThinPro => "hp-thinpro",
            Self::Igel => "igel",
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Windows, Self::HpThinPro, Self::Igel];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Windows => "Windows: taps, locking and unlocking",
            Self::HpThinPro => "HP ThinPro: taps only",
            Self::Igel => "IGEL: taps only",
        }
    }
}

/// Taps on an NFC reader where one is listened to and nobody says otherwise: two after a rest, and four
/// that follow sooner.
const READER_TAPS: u16 = 6;

/// The pane's state.
pub struct Calibrate {
    /// Whether it is shown.
    pub is_open: bool,
    /// Which page.
    pub page: Page,
    /// The kind of terminal.
    pub terminal: Terminal,
    /// What was chosen.
    pub wishes: Wishes,
    /// Where it is, for the report.
    pub site: String,
    /// Who does it, for the report.
    pub operator: String,
    /// What is rehearsed without hardware.
    pub rehearsal: Rehearsal,
    /// A calibration that was broken off.
    pub broken_off: Option<PathBuf>,
    /// The one among these that is not to be offered.
    pub not_now: Option<PathBuf>,
    /// The newest that came to its end.
    pub finished: Option<PathBuf>,
    /// Whether the window fills the screen, for the cue.
    pub fills_screen: bool,
    /// What is known before the first step.
    pub setup: Option<Setup>,
    /// Where it is kept.
    pub path: Option<PathBuf>,
    /// One that has come to its end, and whose recommendation is still to be looked for.
    pub due: Option<PathBuf>,
    /// What it recommends.
    pub advice: Option<Box<Advice>>,
    /// Whether the cue fills the window.
    pub is_cue: bool,
    /// Makes a sound at each cue, where that is wanted.
    pub bell: Option<Bell>,
    /// Keeps the display awake during the steps.
    pub awake: Option<Awake>,
    /// The repeat that is shown: what is answered is said to that one.
    pub drawn: Option<Position>,
    /// Where the steps were at the last frame: where they move on to a cue, it rings.
    pub rung: Option<Position>,
    /// The confirmation under way, or over.
    pub confirming: Option<Confirming>,
    /// Confirmations that are over.
    pub confirmed: Vec<PathBuf>,
    /// The report that was written.
    pub report: Option<PathBuf>,
}

impl Default for Calibrate {
    fn default() -> Self {
        Self {
            is_open: false,
            page: Page::default(),
            terminal: Terminal::default(),
            wishes: Wishes { reader_taps: READER_TAPS, ..Wishes::default() },
            site: String::new(),
            operator: String::new(),
            rehearsal: Rehearsal { mishap: Mishap::None, pace: 10, with_reader: false },
            broken_off: None,
            not_now: None,
            finished: None,
            fills_screen: false,
            setup: None,
            path: None,
            due: None,
            advice: None,
            is_cue: false,
            bell: None,
            awake: None,
            drawn: None,
            rung: None,
            confirming: None,
            confirmed: Vec::new(),
            report: None,
        }
    }
}

impl Calibrate {
    /// Another one takes the place of what was known of the last.
    pub fn begin(&mut self, path: PathBuf, setup: Setup) {
        (self.path, self.setup) = (Some(path), Some(setup));
        (self.broken_off, self.due, self.advice) = (None, None, None);
        (self.confirming, self.report) = (None, None);
        self.confirmed.clear();
    }

    /// Takes over where it is and who does it, where that was said.
    pub fn is_at(&mut self, site: &str, operator: &str) {
        for (said, kept) in [(&mut self.site, site), (&mut self.operator, operator)] {
            if !kept.is_empty() {
                kept.clone_into(said);
            }
        }
    }

    /// Whether the list of bands has its place beside what is shown.
    pub fn shows_bands(&self) -> bool {
        !self.is_open || matches!(self.page, Page::Setup | Page::Steps)
    }

    /// Whether its keys mean something now.
    pub fn takes_keys(&self) -> bool {
        self.is_open && matches!(self.page, Page::Steps | Page::Confirm)
    }
}
