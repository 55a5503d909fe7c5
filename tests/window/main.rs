//! The window as a person uses it: through its accessibility tree, and once as the real program on
//! a display.
#![cfg(feature = "gui")]
#![allow(missing_docs, reason = "tests")]

mod calibrate;
mod config;
#[cfg(target_os = "linux")]
mod display;
mod drawn;
#[cfg(target_os = "linux")]
mod endpoint;
mod fits;
#[cfg(target_os = "linux")]
mod late;
mod live;
mod nfc;
mod opening;
mod panes;
#[cfg(target_os = "linux")]
mod pictures;
mod playing;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod renderers;
mod replayed;
mod segments;
mod several;
#[cfg(target_os = "linux")]
mod snapshots;
mod stalled;
#[cfg(target_os = "linux")]
#[path = "../support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
#[path = "../support/ward.rs"]
mod ward;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Role};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, Node};
use tapbench::app::{App, Begin, Command};

/// The longest that a test waits for anything.
pub const LIMIT: Duration = Duration::from_secs(90);

/// A window in a test.
pub struct Window {
    pub harness: Harness<'static, App>,
}

impl Window {
    pub fn empty() -> Self {
        let builder = Harness::builder().with_size([1280.0, 800.0]).with_step_dt(0.02);
        #[cfg(target_os = "linux")]
        let builder = builder.with_render_cursor(false);
        Self { harness: builder.build_eframe(|cc| App::new(&cc.egui_ctx, &Begin::Empty)) }
    }

    pub fn with(recording: &str) -> Self {
        let mut window = Self::empty();
        window.open(&sample(recording));
        window
    }

    pub fn open(&mut self, path: &str) {
        self.command(Command::Open(path.to_owned()));
        self.until("decided", |w| w.shows("Verdict") && !w.shows("deciding anew"));
    }

    pub fn command(&mut self, command: Command) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().carry_out(command, &ctx);
        // A dialog is measured in its first frame and shown in the second.
        self.harness.run_steps(2);
    }

    /// Steps until `holds`, which must happen before [`LIMIT`].
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        loop {
            self.harness.step();
            if holds(self) {
                return;
            }
            assert!(begin.elapsed() < LIMIT, "not {what}; the window shows:\n{}", self.texts().join("\n"));
            std::thread::yield_now();
        }
    }

    /// All that is said in the window.
    fn texts(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        let text = |node: Node<'_>| node.accesskit_node().label().or_else(|| node.value());
        nodes.filter_map(text).filter(|text| !text.is_empty()).collect()
    }

    pub fn shows(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    pub fn has_heard_for_two_seconds(&self) -> bool {
        self.shows(" samples in ") && !self.shows(" samples in 0 s") && !self.shows(" samples in 1 s")
    }

    /// Whether a label is this text, and not only contains it.
    pub fn has(&self, label: &str) -> bool {
        self.harness.query_by_label(label).is_some()
    }

    /// Clicks a row of the list of bands until it is the chosen one: rows change places as they are heard.
    pub fn choose(&mut self, name: &str) {
        let begin = Instant::now();
        while !self.is_shown(name) {
            assert!(
                begin.elapsed() < LIMIT,
                "{name} is not chosen; the window shows:\n{}",
                self.texts().join("\n")
            );
            let row = self.harness.query_all_by_label_contains(name).next().map(|row| row.rect().center());
            if let Some(at) = row {
                self.click_at(at);
            }
            self.harness.run_steps(2);
        }
    }

    /// The text field of the topmost dialog; the list of bands has one too, to its left.
    pub fn field(&self) -> Node<'_> {
        let fields = self.harness.query_all_by_role(Role::TextInput);
        let field = fields.max_by(|a, b| a.rect().left().total_cmp(&b.rect().left()));
        field.unwrap_or_else(|| self.harness.get_by_role(Role::TextInput))
    }

    pub fn click(&mut self, label: &str) {
        // What has just appeared may still move.
        self.harness.run_steps(3);
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    /// The first label that contains `text`.
    pub fn label_with(&self, text: &str) -> Option<String> {
        let node = self.harness.query_all_by_label_contains(text).next()?;
        let node = node.accesskit_node();
        node.label().or_else(|| node.value())
    }

    /// Whether the recording or band whose name begins so is the one that is shown.
    pub fn is_shown(&self, name: &str) -> bool {
        let nodes = self.harness.query_all_by_label_contains(name);
        nodes
            .filter(|node| node.accesskit_node().role() == Role::RadioButton)
            .any(|node| node.accesskit_node().toggled() == Some(eframe::egui::accesskit::Toggled::True))
    }

    pub fn click_at(&mut self, pos: Pos2) {
        self.drag(pos, pos);
    }

    /// Presses at `from`, moves in a few steps and lets go at `to`.
    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        let button = |pressed, pos| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.event(Event::PointerMoved(from));
        self.harness.step();
        self.harness.event(button(true, from));
        self.harness.step();
        for step in 1..=4u8 {
            self.harness.event(Event::PointerMoved(from + (to - from) * (f32::from(step) / 4.0)));
            self.harness.step();
        }
        self.harness.event(button(false, to));
        self.harness.run_steps(3);
    }

    pub fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(2);
    }
}

/// A recording that comes with tapbench.
pub fn sample(name: &str) -> String {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("recordings").join(format!("{name}.rssi.jsonl"));
    path.to_string_lossy().into_owned()
}
