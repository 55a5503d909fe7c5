//! `tapbench nfc check`: the settings of OMNIKEY 5022 readers against the vendor's guide.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{candidates, listed};
use crate::cli::record::endpoint;
use crate::cli::{Exit, Failure, Format, Terminal};
use crate::doctor::nfc::several;
use crate::drivers::nfc;
use crate::hex;
use crate::reader_settings::{Comparison, Identity, RECOMMENDED, Reader, ReaderError, Settings};

/// Compare the settings of OMNIKEY 5022 readers with the vendor's guide (41 Hz, ISO 14443 A only)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tapbench nfc check\n  tapbench nfc check --format json\n\
    Exit status 1 when a reader is not as the guide wants it or does not have a setting that the guide is about, 4 when one cannot \
    be read. It changes nothing; \
    tapbench nfc configure does. Where the endpoint has a reader for itself, --stop-endpoint lets it be read.")]
pub struct Args {
    /// Only readers with this in their name
    #[arg(long, value_name = "NAME")]
    reader: Option<String>,
    /// Stop the Nymi Bluetooth Endpoint service meanwhile; it is started again whatever happens
    #[arg(long)]
    stop_endpoint: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// A reader, and what it said of itself.
type Seen = (String, Result<(Identity, Settings), ReaderError>);

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let pcsc = nfc::system();
    let listed = listed(pcsc.as_ref())?;
    let several = several(listed.iter().map(|state| state.name.as_str()));
    let states = candidates(listed, args.reader.as_deref())?;
    let endpoint = endpoint::make_way_to_readers(args.stop_endpoint, false, terminal)?;
    let mut seen: Vec<Seen> = Vec::new();
    for state in states {
        let read = Reader::open(&pcsc, &state).and_then(|mut reader| {
            let settings = reader.settings()?;
            Ok((reader.identity, settings))
        });
        seen.push((state.name, read));
    }
    let given_back = endpoint.give_back();
    match args.format {
        Format::Table => terminal.print(&seen.iter().map(table).collect::<String>())?,
        Format::Json => {
            let readers: Vec<_> = seen.iter().map(as_json).collect();
            terminal.print(&format!("{}\n", json!({"readers": readers})))?;
        }
    }
    let compared = || seen.iter().map(|(_, read)| read.as_ref().map(|(_, it)| Comparison::with_guide(it)));
    let each = compared().map(|compared| match compared {
        Err(_) => Exit::NoDevice,
        Ok(compared) if compared.holds() => Exit::Done,
        Ok(_) => Exit::DidNotHold,
    });
    let exit = each.fold(Exit::Done, Exit::and);
    if let Some(several) = several {
        let why = several.why.map_or(String::new(), |why| format!("; {why}"));
        terminal.warn(format!("{}{why}", several.what));
        several.remedy.iter().for_each(|remedy| terminal.note(format!("  try: {remedy}")));
    }
    if compared().flatten().any(|compared| !compared.changes.is_empty()) {
        terminal.note("tapbench nfc configure sets what differs; --dry-run only shows it");
    }
    Ok(exit.and(given_back))
}

fn table((name, read): &Seen) -> String {
    let mut text = format!("{name}\n");
    // Writing to a String cannot fail.
    match read {
        Err(error) => _ = write!(text, "  cannot be read: {error}\n  try: {}\n", error.remedy()),
        Ok((Identity { product, firmware, serial }, settings)) => {
            let _ = writeln!(text, "  {product}, firmware {firmware}, serial number {serial}");
            for (setting, value) in settings {
                let wanted =
                    RECOMMENDED.iter().find(|(known, _)| known == setting).map(|(_, wanted)| *wanted);
                let verdict = match wanted {
                    Some(wanted) if wanted == value => "  as the guide wants it".to_owned(),
                    Some(wanted) => format!("  the guide wants: {}", setting.words(wanted)),
                    None => String::new(),
                };
                let _ = writeln!(text, "  {:<30} {}{verdict}", setting.name(), setting.words(value));
            }
            if let Some(missing) = Comparison::with_guide(settings).missing {
                let _ = write!(text, "  {}\n  try: {}\n", missing.words(), missing.remedy());
            }
        }
    }
    text
}

fn as_json((name, read): &Seen) -> Value {
    let (Identity { product, firmware, serial }, settings) = match read {
        Err(error) => return json!({"reader": name, "error": error.to_string(), "remedy": error.remedy()}),
        Ok(read) => read,
    };
    let each = settings.iter().map(|(setting, value)| {
        let mut entry =
            json!({"name": setting.name(), "value": hex::text(value), "words": setting.words(value)});
        if let Some((_, wanted)) = RECOMMENDED.iter().find(|(known, _)| known == setting) {
            entry["wanted"] = hex::text(wanted).into();
            entry["wanted_words"] = setting.words(wanted).into();
            entry["ok"] = (wanted == value).into();
        }
        entry
    });
    let compared = Comparison::with_guide(settings);
    let mut value = json!({
        "reader": name, "product": product, "firmware": firmware, "serial": serial,
        "as_recommended": compared.holds(), "settings": each.collect::<Vec<_>>(),
    });
    if let Some(missing) = compared.missing {
        value["missing"] = missing.names().into();
        value["remedy"] = missing.remedy().into();
    }
    value
}
