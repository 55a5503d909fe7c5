//! tapbench: replays, tunes and records the RSSI of Nymi Bands the way the Nymi Bluetooth
//! Endpoint (NBE) judges it, and edits its `nbe.toml` safely. `ARCHITECTURE.md` shows the data's
//! way through these modules; each depends only on those above it.

mod hex;
pub mod reading;
mod whole_file;

pub mod engine;

pub mod recording;

pub mod drivers;
pub mod session;

pub mod system;

pub mod nbe_config;
pub mod profile;
pub mod reader_settings;
pub mod replay;
pub mod service;
pub mod simulator;
pub mod tap_quality;
pub mod tuning;

pub mod calibration;
pub mod symptoms;

pub mod report;

pub mod doctor;

pub mod helper;

pub mod bench;

#[cfg(feature = "gui")]
pub mod app;

pub mod cli;
