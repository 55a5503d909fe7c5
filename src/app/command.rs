//! Everything that can be done, once: buttons, keys, the palette and the help all take it from
//! here.

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::bench::Place;
use crate::recording::{Intent, Observed};

use super::calibrate::Do;

use super::foot::Foot;

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask for a recording to open.
    AskOpen,
    /// Open this recording.
    Open(String),
    /// Listen to a source.
    Listen(Place),
    /// End the session.
    Stop,
    /// Record from the source that is listened to.
    Record,
    /// Begin a segment.
    Begin(Intent),
    /// End the open segment.
    EndSegment,
    /// Note what the real terminal did.
    Saw(Observed),
    /// Look which band rises most.
    FindBand,
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
    /// Write them.
    WriteConfig,
    /// Copy the IGEL table.
    CopyIgel,
    /// Follow what is heard.
    Follow,
    /// Show the whole recording.
    FitAll,
    /// Show this stretch, in microseconds.
    Show(i64, i64),
    /// Show a view below the plot, or close it.
    Foot(Foot),
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

/// A command that needs nothing more: its name and key.
pub struct Entry {
    /// What it does, in a few words.
    pub name: &'static str,
    /// What is done.
    pub command: Command,
    /// Its key.
    pub key: Option<KeyboardShortcut>,
}

const fn ctrl(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn plain(key: Key) -> Option<KeyboardShortcut> {
    Some(KeyboardShortcut::new(Modifiers::NONE, key))
}

/// All of them, in the order of the help.
pub fn entries() -> Vec<Entry> {
    let entry = |name, command, key| Entry { name, command, key };
    vec![
        entry("Open a recording", Command::AskOpen, ctrl(Key::O)),
        entry("Start the simulated bench", Command::Listen(Place::Simulated("tap-session")), ctrl(Key::D)),
        entry("Record from this source", Command::Record, ctrl(Key::R)),
        entry("Stop listening", Command::Stop, ctrl(Key::E)),
        entry("Find my band", Command::FindBand, plain(Key::F)),
        entry("Follow what is heard", Command::Follow, plain(Key::Space)),
        entry("Show the whole recording", Command::FitAll, plain(Key::Home)),
        entry("Undo", Command::Undo, ctrl(Key::Z)),
        entry("Redo", Command::Redo, ctrl(Key::Y)),
        entry("Keep these values as B", Command::KeepB, ctrl(Key::B)),
        entry("Exchange with B", Command::SwapB, plain(Key::B)),
        entry("Forget B", Command::DropB, None),
        entry("Published defaults", Command::Defaults, None),
        entry("Recommend parameters", Command::Recommend, ctrl(Key::T)),
        entry("Use the recommended values", Command::TakeRecommendation, None),
        entry("Symptoms", Command::Symptoms, ctrl(Key::G)),
        entry("nbe.toml and IGEL", Command::ShowConfig, ctrl(Key::S)),
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
        entry("Calibrate", Command::Calibration(Do::Open), ctrl(Key::K)),
        entry("Calibration: it counts, go on", Command::Calibration(Do::GoOn), plain(Key::Enter)),
        entry("Calibration: do it again", Command::Calibration(Do::Again), plain(Key::Backspace)),
        entry("Calibration: leave it out", Command::Calibration(Do::Skip), plain(Key::Delete)),
        entry("Calibration: full-screen cue", Command::Calibration(Do::Cue), plain(Key::F11)),
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
    if key.modifiers.command { format!("Ctrl+{name}") } else { name.to_owned() }
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
                assert!(entry.key.is_none() || entry.key != other.key, "{} and {}", entry.name, other.name);
            }
        }
    }
}
