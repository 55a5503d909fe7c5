//! `tapbench tune`: recommends parameters from labelled recordings, and says why.

mod json;
mod table;
mod write;

use std::path::PathBuf;

use super::config::rights::Consent;
use super::inputs::{self, EvidenceArgs, LabelledInput};
use super::{Exit, Failure, Format, Terminal};
use crate::engine::parameters::Dongle;
use crate::nbe_config::Layout;
use crate::recording::Intent;
use crate::tuning::{Cost, Demands, Recommendation, recommend};

/// Recommend parameters from labelled recordings: what to set, why, how sure, what else was close
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tapbench tune ward3.rssi.jsonl
  tapbench tune ward3.rssi.jsonl --write C:\\Nymi\\Bluetooth_Endpoint\\nbe.toml
  tapbench tune site/*.rssi.jsonl --dongle bluegiga --cost missed=1,false=5 --format json")]
pub struct Args {
    #[command(flatten)]
    evidence: EvidenceArgs,
    /// No tap may take longer than this
    #[arg(long, value_name = "N")]
    max_latency_ms: Option<u32>,
    /// What a missed and a false tap weigh
    #[arg(long, value_name = "missed=N,false=N", default_value = "missed=1,false=1", value_parser = cost)]
    cost: Cost,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the recommendation into this nbe.toml, backed up beside it; what it says now is what the terminal has, unless --config names another
    #[arg(long, value_name = "NBE_TOML")]
    write: Option<PathBuf>,
    /// Where to write them, in a file that has both layouts
    #[arg(long, value_enum, requires = "write")]
    layout: Option<Layout>,
    /// Where you may not write the file, let Windows or sudo ask for the rights, without a question before it
    #[arg(long, requires = "write")]
    elevate: bool,
}

fn cost(text: &str) -> Result<Cost, String> {
    let mut cost = Cost::default();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or("missed=N,false=N is needed")?;
        let weight: u32 = value.trim().parse().map_err(|_| format!("{value:?} is no whole number"))?;
        match name.trim() {
            "missed" => cost.missed = weight,
            "false" => cost.false_tap = weight,
            other => return Err(format!("{other:?} is neither missed nor false")),
        }
    }
    if cost.missed == 0 && cost.false_tap == 0 {
        return Err("one of the two must weigh something".into());
    }
    Ok(cost)
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let loaded = args.evidence.parameters.load_for(args.write.as_deref())?;
    let filter = args.evidence.filter.filter();
    let (inputs, exit) = inputs::labelled(&args.evidence.recordings, &loaded, &filter, terminal)?;
    let recordings: Vec<_> = inputs.iter().map(|i| &i.recording).collect();
    if !recordings.iter().any(|r| r.count(Intent::Tap) + r.count(Intent::NoTap) > 0) {
        return Err(inputs::no_tap_segments());
    }
    let (dongle, transferred) = inputs::one_dongle(&inputs, args.evidence.transfer)?;
    let Some(first) = inputs.first() else { return Ok(exit) };
    let demands = Demands {
        dongle: Some(dongle),
        cost: args.cost,
        max_latency_ms: args.max_latency_ms.map(i64::from),
        one_session: false,
    };
    let recommendation = recommend(&recordings, &first.resolved.rules, &demands);
    let result = Tuned { inputs: &inputs, dongle, transferred, recommendation: &recommendation };
    match args.format {
        Format::Table => terminal.print(&table::render(&result))?,
        Format::Json => terminal.print(&format!("{}\n", json::render(&result)))?,
    }
    if recommendation.recommended.is_none() {
        return Ok(exit.and(Exit::DidNotHold));
    }
    match &args.write {
        // Half of the evidence may be in the file that could not be read.
        Some(path) if exit == Exit::BadInput => {
            let what = format!("{}: nothing is written: not every recording could be read", path.display());
            Err(Failure::bad_input(what).remedy("correct or leave out what is named above"))
        }
        Some(path) => Ok(exit.and(write::write(
            path,
            args.layout,
            &result,
            Consent { elevate: args.elevate },
            terminal,
        )?)),
        None => Ok(exit),
    }
}

/// A finished tuning, for printing and writing.
struct Tuned<'a> {
    inputs: &'a [LabelledInput],
    dongle: Dongle,
    /// The dongle that made the recordings, where `--transfer` overrides it.
    transferred: Option<Dongle>,
    recommendation: &'a Recommendation,
}
