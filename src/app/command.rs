//! Everything that can be done, once: buttons, keys, the palette and the help all take it from
//! here.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::bench::Place;
use crate::engine::parameters::{Dongle, Parameter};
use crate::recording::{Intent, Observed};

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask for a recording to open.
    AskOpen,
    /// Open this recording, the recordings of this folder, or those of this pattern.
    Open(String),
    /// Open several in the place of what is open, or beside it.
    OpenAll {
        /// Files, folders and patterns.
        paths: Vec<String>,
        /// Whether what is open stays open.
        beside: bool,
    },
    /// Show this one of the recordings that are open.
    ShowRecording(String),
    /// Show the next one.
    NextRecording,
    /// Show the one before.
    RecordingBefore,
    /// Close this one of the recordings that are open.
    CloseRecording(String),
    /// Judge the recordings that are open no further.
    CancelJudging,
    /// Read the recording that is being opened no further.
    CancelOpening,
    /// Look into this folder, or open this file.
    GoTo(String),
    /// Listen to a source.
    Listen(Place),
    /// Listen to it beside what is listened to.
    ListenToo(Place),
    /// Have the Endpoint's service stopped, then do this; when that is over, it is started again.
    StopEndpointFor(Box<Self>),
    /// The same for the first dongle that another program holds.
    BorrowDongle,
    /// Have the Endpoint's service started again.
    StartEndpoint,
    /// Have it stopped and started, so that it reads its config anew.
    RestartEndpoint,
    /// End the session.
    Stop,
    /// Record from the source that is listened to.
    Record,
    /// Write recordings into this folder.
    RecordInto(PathBuf),
    /// Begin a segment.
    Begin(Intent),
    /// End the open segment.
    EndSegment,
    /// Note what the real terminal did.
    Saw(Observed),
    /// Look which band rises most.
    FindBand,
    /// Take all bands that the filter shows for one, whose address changes.
    TakeAsOne,
    /// Add a segment at the play head.
    AddSegment,
    /// Take the chosen segment out.
    DeleteSegment,
    /// Ask under which name a recording with edited segments is saved.
    AskSave,
    /// Save it as this new file.
    Save(PathBuf),
    /// Forget how segments were edited.
    GiveUpSegments,
    /// Take the last change of a parameter back.
    Undo,
    /// Take it again.
    Redo,
    /// Keep the values as B, to compare with.
    KeepB,
    /// Exchange the values with B.
    SwapB,
    /// Forget B.
    DropB,
    /// The dongle's published values.
    Defaults,
    /// Those of this dongle.
    DefaultsOf(Dongle),
    /// Ask for a file with parameters.
    AskLoad,
    /// Use the parameters of this nbe.toml or profile.
    Load(PathBuf),
    /// Look for better parameters.
    Recommend,
    /// Use what was recommended.
    TakeRecommendation,
    /// Answer the guide's symptoms from what is open.
    Symptoms,
    /// Show the config pane.
    ShowConfig,
    /// Compare the values with the config.
    CompareConfig,
    /// Choose whether the value of one is to be written.
    ChooseToWrite(Parameter, bool),
    /// Use the value of one that NBE has by the config.
    TakeFromConfig(Parameter, i32),
    /// Write them.
    WriteConfig,
    /// Copy the IGEL table.
    CopyIgel,
    /// Copy the value of one of its parameters.
    CopyIgelValue(Parameter),
    /// Copy the path of the report that was written last.
    CopyReport,
    /// Follow what is heard.
    Follow,
    /// Play, or pause.
    PlayPause,
    /// Move the play head to the sample before.
    SampleBefore,
    /// Move it to the next sample.
    SampleAfter,
    /// Move it to the event before.
    EventBefore,
    /// Move it to the next event.
    EventAfter,
    /// Move it to this instant, in microseconds.
    Seek(i64),
    /// Play faster.
    Faster,
    /// Play slower.
    Slower,
    /// Repeat a stretch, or no longer.
    Loop,
    /// Show all that was recorded, without a play head.
    ShowAll,
    /// Show the whole recording.
    FitAll,
    /// Show this stretch, in microseconds.
    Show(i64, i64),
    /// Show a view below the plot, or close it.
    Foot(Foot),
    /// Read the settings of the NFC readers.
    ReadReaders,
    /// Ask whether this reader's settings are to be written.
    AskReaderFix(usize),
    /// Write them.
    FixReader,
    /// Mark the taps on NFC readers in a copy of the recording.
    MarkNfcTaps,
    /// Make everything larger.
    ZoomIn,
    /// Make everything smaller.
    ZoomOut,
    /// Make everything as large as at first.
    ZoomReset,
    /// Something in the guided calibration.
    Calibration(Do),
    /// Light or dark.
    Theme,
    /// The commands, to choose from.
    Palette,
    /// The keys.
    Help,
    /// Close the topmost dialog.
    Close,
    /// Close the window.
    Quit,
}

/// A view of the strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foot {
    /// How often each strength was heard, by segment.
    Distribution,
    /// Taps on NFC readers, and the readers.
    Nfc,
}

impl Foot {
    /// All of them, in the order of their tabs.
    pub const ALL: [Self; 2] = [Self::Distribution, Self::Nfc];

    /// What its tab says.
    pub fn title(self) -> &'static str {
        match self {
            Self::Distribution => "Distribution by segment",
            Self::Nfc => "NFC taps",
        }
    }
}

/// Something to do in the calibration.
#[derive(Clone, Debug, PartialEq)]
pub enum Do {
    /// Show the pane.
    Open,
    /// Back to the plot.
    Leave,
    /// Begin with the first step.
    Begin,
    /// Go on with what is kept there.
    Resume(PathBuf),
    /// The refused repeat counts; the next attempt begins.
    GoOn,
    /// The repeat is done again.
    Again,
    /// The repeat is left out.
    Skip,
    /// The cue fills the window, or no longer.
    Cue,
    /// Back to what was recommended.
    Outcome,
    /// Back to the first page, for another one.
    Anew,
    /// Show again what one that is over recommends.
    Reopen(PathBuf),
    /// Do not offer the interrupted one any more.
    NotNow,
    /// Confirm with NBE running.
    Confirm,
    /// Write the sign-off report.
    Report,
}

/// A command that needs nothing more: its name and key.
pub struct Entry {
    /// What it does, in a few words.
    pub name: &'static str,
    /// What is done.
    pub command: Command,
    /// Its key.
    pub key: Option<KeyboardShortcut>,
}

impl Entry {
    /// Whether it is done in the steps of a calibration alone, where its key goes before others.
    pub fn is_of_steps(&self) -> bool {
        matches!(&self.command, Command::Calibration(act) if *act != Do::Open)
    }
}

const fn ctrl(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn plain(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::NONE, key))
}

/// Before what has the same key without Shift.
const SAVE: Option<KeyboardShortcut> =
    Some(KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S));

/// All of them, in the order of the help.
pub fn entries() -> Vec<Entry> {
    let entry = |name, command, key| Entry { name, command, key };
    vec![
        entry("Open a recording", Command::AskOpen, ctrl(Key::O)),
        entry("Show the next recording", Command::NextRecording, ctrl(Key::PageDown)),
        entry("Show the recording before", Command::RecordingBefore, ctrl(Key::PageUp)),
        entry("Start the simulated bench", Command::Listen(Place::Simulated("tap-session")), ctrl(Key::D)),
        entry("Stop the Endpoint, and listen to its dongle", Command::BorrowDongle, None),
        entry("Start the Endpoint again", Command::StartEndpoint, None),
        entry("Restart the Endpoint", Command::RestartEndpoint, None),
        entry("Record from this source", Command::Record, ctrl(Key::R)),
        entry("Stop listening", Command::Stop, ctrl(Key::E)),
        entry("Find my band", Command::FindBand, plain(Key::F)),
        entry("Take what the filter shows for one band", Command::TakeAsOne, None),
        entry("Follow what is heard, or the play head", Command::Follow, plain(Key::Space)),
        entry("Play or pause", Command::PlayPause, plain(Key::P)),
        entry("The sample before", Command::SampleBefore, plain(Key::Comma)),
        entry("The next sample", Command::SampleAfter, plain(Key::Period)),
        entry("The event before", Command::EventBefore, plain(Key::PageUp)),
        entry("The next event", Command::EventAfter, plain(Key::PageDown)),
        entry("Play faster", Command::Faster, plain(Key::Plus)),
        entry("Play slower", Command::Slower, plain(Key::Minus)),
        entry("Loop a segment, or what is shown", Command::Loop, plain(Key::X)),
        entry("Show all, without a play head", Command::ShowAll, None),
        entry("Show the whole recording", Command::FitAll, plain(Key::Home)),
        entry("Undo", Command::Undo, ctrl(Key::Z)),
        entry("Redo", Command::Redo, ctrl(Key::Y)),
        entry("Keep these values as B", Command::KeepB, ctrl(Key::B)),
        entry("Swap A and B", Command::SwapB, plain(Key::B)),
        entry("Forget B", Command::DropB, None),
        entry("Published defaults", Command::Defaults, None),
        entry("Load parameters from nbe.toml or a profile", Command::AskLoad, None),
        entry("Recommend parameters", Command::Recommend, ctrl(Key::T)),
        entry("Use the recommended values", Command::TakeRecommendation, None),
        entry("Symptoms", Command::Symptoms, ctrl(Key::G)),
        entry("Add a segment at the play head", Command::AddSegment, plain(Key::Insert)),
        entry("Delete the chosen segment", Command::DeleteSegment, plain(Key::Delete)),
        entry("Save the segments as a new recording", Command::AskSave, SAVE),
        entry("nbe.toml and IGEL", Command::ShowConfig, ctrl(Key::S)),
        entry("nbe.toml: compare", Command::CompareConfig, None),
        entry("nbe.toml: back up and write what was compared", Command::WriteConfig, None),
        entry("IGEL: copy the table", Command::CopyIgel, None),
        entry("Mark: tap begins", Command::Begin(Intent::Tap), plain(Key::T)),
        entry("Mark: no tap begins", Command::Begin(Intent::NoTap), plain(Key::N)),
        entry("Mark: stay begins", Command::Begin(Intent::Stay), plain(Key::S)),
        entry("Mark: leave begins", Command::Begin(Intent::Leave), plain(Key::L)),
        entry("Mark: return begins", Command::Begin(Intent::Return), plain(Key::R)),
        entry("Mark: note begins", Command::Begin(Intent::Note), plain(Key::O)),
        entry("Mark: the segment ends", Command::EndSegment, plain(Key::E)),
        entry("Seen: the terminal registered a tap", Command::Saw(Observed::Tap), plain(Key::Num1)),
        entry("Seen: the terminal locked", Command::Saw(Observed::Locked), plain(Key::Num2)),
        entry("Seen: the terminal unlocked", Command::Saw(Observed::Unlocked), plain(Key::Num3)),
        entry("Distribution by segment", Command::Foot(Foot::Distribution), plain(Key::D)),
        entry("NFC taps and readers", Command::Foot(Foot::Nfc), plain(Key::C)),
        entry("Read the settings of NFC readers", Command::ReadReaders, None),
        entry("Mark taps from the NFC reader", Command::MarkNfcTaps, None),
        entry("Larger", Command::ZoomIn, ctrl(Key::Plus)),
        entry("Smaller", Command::ZoomOut, ctrl(Key::Minus)),
        entry("As large as at first", Command::ZoomReset, ctrl(Key::Num0)),
        entry("Calibrate", Command::Calibration(Do::Open), ctrl(Key::K)),
        entry("Calibration: again from the beginning", Command::Calibration(Do::Anew), None),
        entry("Calibration: begin", Command::Calibration(Do::Begin), None),
        entry("Calibration: confirm with NBE", Command::Calibration(Do::Confirm), None),
        entry("Calibration: write the report", Command::Calibration(Do::Report), None),
        entry("Calibration: back to the plot", Command::Calibration(Do::Leave), None),
        entry("Calibration: it counts, go on", Command::Calibration(Do::GoOn), plain(Key::Enter)),
        entry("Calibration: do it again", Command::Calibration(Do::Again), plain(Key::Backspace)),
        entry("Calibration: leave it out", Command::Calibration(Do::Skip), plain(Key::Delete)),
        entry("Calibration: full-screen cue", Command::Calibration(Do::Cue), plain(Key::F11)),
        entry("Copy the path of the report", Command::CopyReport, None),
        entry("Light or dark", Command::Theme, None),
        entry("All commands", Command::Palette, ctrl(Key::P)),
        entry("Help", Command::Help, plain(Key::F1)),
        entry("Close", Command::Close, plain(Key::Escape)),
        entry("Quit", Command::Quit, ctrl(Key::Q)),
    ]
}

/// How a key is called.
pub fn key_words(key: &KeyboardShortcut) -> String {
    let name = key.logical_key.name();
    let shift = if key.modifiers.shift { "Shift+" } else { "" };
    let ctrl = if key.modifiers.command { "Ctrl+" } else { "" };
    format!("{ctrl}{shift}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_and_no_name_is_taken_twice() {
        let all = entries();
        for (at, entry) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert_ne!(entry.name, other.name);
                let are_together = entry.is_of_steps() == other.is_of_steps();
                assert!(
                    entry.key.is_none() || entry.key != other.key || !are_together,
                    "{} and {}",
                    entry.name,
                    other.name
                );
            }
        }
    }
}
