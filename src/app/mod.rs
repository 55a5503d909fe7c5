//! The window: a file per pane, each a function of one state. Whatever is done goes through one
//! list of commands, whether by button, key or palette. No driver, file or engine code is in here.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels and their coordinates; what decides is in the engine"
)]

mod application;
mod bands;
mod calibrate;
mod carry_out;
mod command;
mod config;
mod dialogs;
mod distribution;
mod elide;
mod endpoint;
mod finding;
mod following;
mod foot;
mod heat_map;
mod history;
mod keeping;
mod look;
mod nfc;
mod open;
mod palette;
mod playing;
mod plot;
mod profile;
mod recommended;
mod recordings;
mod renderer;
mod saving;
mod segment;
mod showing;
mod side;
mod start;
mod state;
mod status;
mod symbols;
mod symptoms;
mod top;
mod transport;
mod tune;
mod verdict;
mod window;
mod working;

pub use application::App;
pub use command::{Command, Do, Foot};
pub use renderer::NoWindow;
pub use window::{Begin, forget, run};
