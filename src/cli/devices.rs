//! `tapbench devices`: which dongles are plugged in, and which of them can be opened.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::{Exit, Failure, Terminal};
use crate::drivers::discovery::{self, Found};
use crate::drivers::serial::Reason;

/// List the dongles that are plugged in, those that cannot be opened too, each with the remedy
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tapbench devices\n  tapbench devices --format json")]
pub struct Args {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON object.
    Json,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let seen: Vec<_> =
        discovery::dongles().into_iter().map(|found| (discovery::obstacle(&found), found)).collect();
    match args.format {
        Format::Table => terminal.print(&table(&seen))?,
        Format::Json => terminal.print(&json(&seen))?,
    }
    if seen.is_empty() {
        terminal.note(
            "no dongle found; a port can be named by hand: tapbench record OUT --source bleuio:PORT, \
             as in bleuio:/dev/ttyACM0 or bleuio:COM3",
        );
    }
    Ok(Exit::Done)
}

fn table(seen: &[(Option<Reason>, Found)]) -> String {
    let mut text = String::new();
    for (obstacle, found) in seen {
        let state = obstacle.as_ref().map_or("free".to_owned(), Reason::to_string);
        let source = format!("{}:{}", found.model.kind(), found.port);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{source:<24} {:<17} {}  {state}", found.model.name(), found.vid_pid);
        if let Some(reason) = obstacle {
            let _ = writeln!(text, "  try: {}", reason.remedy());
        }
    }
    text
}

fn json(seen: &[(Option<Reason>, Found)]) -> String {
    let devices = seen.iter().map(|(obstacle, found)| {
        let mut keys = Map::new();
        keys.insert("source".into(), format!("{}:{}", found.model.kind(), found.port).into());
        keys.insert("kind".into(), found.model.kind().into());
        keys.insert("name".into(), found.model.name().into());
        keys.insert("port".into(), found.port.as_str().into());
        keys.insert("vid_pid".into(), found.vid_pid.as_str().into());
        keys.extend(found.serial.as_ref().map(|serial| ("serial".into(), serial.as_str().into())));
        keys.insert("free".into(), obstacle.is_none().into());
        if let Some(reason) = obstacle {
            keys.insert("reason".into(), reason.to_string().into());
            keys.insert("remedy".into(), reason.remedy().into());
        }
        Value::Object(keys)
    });
    let all = Map::from_iter([("devices".to_owned(), devices.collect::<Vec<_>>().into())]);
    format!("{}\n", Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::discovery::Model;

    #[test]
    fn each_is_shown_with_the_reason_and_the_remedy() {
        let found = |port: &str, model| Found {
            port: port.into(),
            model,
            vid_pid: "2DCF:6002".into(),
            serial: Some("1".into()),
        };
        let seen =
            [(None, found("COM3", Model::BleuIo)), (Some(Reason::Starting), found("COM4", Model::BleuIo))];
        let text = table(&seen);
        assert!(text.contains("bleuio:COM3") && text.contains("free\n"), "{text}");
        assert!(text.contains("bootloader") && text.contains("try: wait 15 s"), "{text}");
        let value: Value = serde_json::from_str(&json(&seen)).unwrap();
        assert_eq!(value["devices"][0]["free"], true);
        assert_eq!(value["devices"][1]["remedy"], "wait 15 s and try again");
    }
}
