//! The Nymi Bluetooth Endpoint on a terminal: `doctor` says what stops a calibration, and a
//! recording that needs the dongle gives it back. The system's commands are small programs of the
//! test, found on the path before the real ones.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/ward.rs"]
mod ward;

mod doctor;
mod stopped;

use serde_json::Value;
use ward::Terminal;

impl Terminal {
    /// The state of a check, and its command.
    fn finding(&self, code: &str, options: &[&str]) -> (String, Option<String>) {
        let ran = self.run(&[&["doctor", "--format", "json"], options].concat());
        let all: Value = serde_json::from_str(&ran.stdout).unwrap();
        let found = all["findings"].as_array().unwrap().iter().find(|f| f["code"] == code);
        let found = found.unwrap();
        let text = |key: &str| found[key].as_str().map(str::to_owned);
        let is_problem = text("state").as_deref() == Some("problem");
        assert!(!is_problem || ran.code == 1, "{ran:?}");
        (text("state").unwrap(), text("command"))
    }
}
