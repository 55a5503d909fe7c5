//! `tapbench devices`: which dongles and NFC readers are plugged in, which Bluetooth adapters the system has, and
//! which of them can be used.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::{Exit, Failure, Format, Terminal};
use crate::drivers::discovery::{self, Found};
use crate::drivers::nfc::{self, Code, Presence, ReaderKind, ReaderState};
use crate::drivers::os_adapter::{self, AdapterError};
use crate::drivers::serial::Reason;
use crate::reading::SourceKind;

/// List dongles, Bluetooth adapters and NFC readers, those that cannot be opened too, each with the remedy
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tapbench devices\n  tapbench devices --format json")]
pub struct Args {
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let seen = discovery::tried();
    let adapters = os_adapter::adapters();
    let readers = nfc::readers(nfc::system().as_ref());
    match args.format {
        Format::Table => {
            terminal.print(&(table(&seen) + &adapter_table(&adapters) + &reader_table(&readers)))?
        }
        Format::Json => terminal.print(&json(&seen, &adapters, &readers))?,
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
        let source = format!("{}:{}", found.model.kind().name(), found.port);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{source:<24} {:<17} {}  {state}", found.model.name(), found.vid_pid);
        if let Some(reason) = obstacle {
            let _ = writeln!(text, "  try: {}", reason.remedy());
        }
    }
    text
}

type Adapters = Result<Vec<os_adapter::Found>, AdapterError>;

/// Each adapter with its name, what stands in its way, and whether it is the one that is used.
/// Where none can be listed, one without a name stands for all.
fn each_adapter(adapters: &Adapters) -> Vec<(Option<&str>, Option<&AdapterError>, bool)> {
    match adapters {
        Err(error) => vec![(None, Some(error), false)],
        Ok(found) => {
            let used = found.iter().position(|one| one.obstacle.is_none());
            let each = found.iter().enumerate();
            each.map(|(i, one)| (Some(one.name.as_str()), one.obstacle.as_ref(), used == Some(i))).collect()
        }
    }
}

fn adapter_table(adapters: &Adapters) -> String {
    let caveat = SourceKind::Os.caveat().unwrap_or_default();
    let mut text = String::new();
    for (name, obstacle, is_used) in each_adapter(adapters) {
        let state = match obstacle {
            Some(error) => error.to_string(),
            None if is_used => "free".to_owned(),
            None => "free; --source os takes the one above".to_owned(),
        };
        let name = name.map_or(String::new(), |name| format!("{name}  "));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<24} {ADAPTER:<17} {name}{state}", SourceKind::Os.name());
        if let Some(error) = obstacle {
            let _ = writeln!(text, "  try: {}", error.remedy());
        }
        let _ = writeln!(text, "  {caveat}");
    }
    text
}

/// What an adapter is called beside the dongles' names.
const ADAPTER: &str = "Bluetooth adapter";

type Readers = Result<Vec<ReaderState>, Code>;

fn reader_table(readers: &Readers) -> String {
    let readers = match readers {
        Ok(readers) => readers,
        Err(code) => {
            let kind = SourceKind::Nfc.name();
            let what = ReaderKind::Nfc.words();
            return format!("{kind:<24} {what:<17} {code}\n  try: {}\n", code.remedy());
        }
    };
    let line = |reader: &ReaderState| {
        let state = if reader.presence == Presence::Empty { "free" } else { "free; a card lies on it" };
        let source = format!("{}:{}", SourceKind::Nfc.name(), reader.name);
        format!("{source:<24} {:<17} {state}\n", ReaderKind::of(&reader.name).words())
    };
    readers.iter().map(line).collect()
}

/// Where the smart-card service cannot be asked, one without a name stands for all.
fn readers_json(readers: &Readers) -> Vec<Value> {
    let kind = SourceKind::Nfc.name();
    let of = |source: String, what: ReaderKind| {
        let mut keys = Map::new();
        keys.insert("source".into(), source.into());
        keys.insert("kind".into(), kind.into());
        keys.insert("name".into(), what.words().into());
        keys
    };
    match readers {
        Ok(readers) => readers
            .iter()
            .map(|reader| {
                let mut keys = of(format!("{kind}:{}", reader.name), ReaderKind::of(&reader.name));
                keys.insert("reader".into(), reader.name.as_str().into());
                keys.insert("free".into(), true.into());
                keys.insert("card_present".into(), (reader.presence != Presence::Empty).into());
                Value::Object(keys)
            })
            .collect(),
        Err(code) => {
            let mut keys = of(kind.to_owned(), ReaderKind::Nfc);
            keys.insert("free".into(), false.into());
            keys.insert("reason".into(), code.to_string().into());
            keys.insert("remedy".into(), code.remedy().into());
            vec![Value::Object(keys)]
        }
    }
}

fn json(seen: &[(Option<Reason>, Found)], adapters: &Adapters, readers: &Readers) -> String {
    let dongles = seen.iter().map(|(obstacle, found)| {
        let mut keys = Map::new();
        keys.insert("source".into(), format!("{}:{}", found.model.kind().name(), found.port).into());
        keys.insert("kind".into(), found.model.kind().name().into());
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
    let adapters = each_adapter(adapters).into_iter().map(|(name, obstacle, _)| {
        let mut keys = Map::new();
        keys.insert("source".into(), SourceKind::Os.name().into());
        keys.insert("kind".into(), SourceKind::Os.name().into());
        keys.insert("name".into(), ADAPTER.into());
        keys.extend(name.map(|name| ("adapter".into(), name.into())));
        keys.insert("free".into(), obstacle.is_none().into());
        keys.insert("has_driver".into(), true.into());
        keys.extend(SourceKind::Os.caveat().map(|caveat| ("caveat".into(), caveat.into())));
        if let Some(error) = obstacle {
            keys.insert("reason".into(), error.to_string().into());
            keys.insert("remedy".into(), error.remedy().into());
        }
        Value::Object(keys)
    });
    let all = Map::from_iter([(
        "devices".to_owned(),
        dongles.chain(adapters).chain(readers_json(readers)).collect::<Vec<_>>().into(),
    )]);
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
        let value: Value =
            serde_json::from_str(&json(&seen, &Err(AdapterError::NoAdapter), &Err(Code::NO_SERVICE)))
                .unwrap();
        assert_eq!(value["devices"][0]["free"], true);
        assert_eq!(value["devices"][1]["remedy"], "wait 15 s and try again");
        assert_eq!(value["devices"][2]["source"], "os");
        assert_eq!(value["devices"][2]["free"], false);
        assert_eq!(value["devices"][3]["source"], "nfc");
        assert!(reader_table(&Err(Code::NO_SERVICE)).contains("not running"));
    }

    #[test]
    fn of_several_adapters_it_says_which_is_used() {
        let found = |name: &str, obstacle| os_adapter::Found { name: name.into(), obstacle };
        let adapters =
            Ok(vec![found("hci0", Some(AdapterError::Off)), found("hci1", None), found("hci2", None)]);
        let text = adapter_table(&adapters);
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("os ")).collect();
        assert!(lines[0].ends_with("hci0  the Bluetooth adapter is switched off"), "{text}");
        assert!(lines[1].ends_with("hci1  free"), "{text}");
        assert!(lines[2].ends_with("hci2  free; --source os takes the one above"), "{text}");
        assert_eq!(text.matches("best effort").count(), 3);
    }
}
