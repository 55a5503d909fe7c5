//! `tapbench fit`: which reading of the rules reproduces what the real NBE did.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::inputs::{self, RecordingArgs};
use super::parameters::{FilterArgs, ParameterArgs};
use super::{Exit, Failure, Format, Terminal};
use crate::engine::Model;
use crate::engine::parameters::ParameterSet;
use crate::tuning::{Fit, FitGroup, fit};

/// Rank the readings of NBE's rules by how many observed taps and locks they reproduce
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  tapbench fit confirmed.rssi.jsonl --config nbe.toml

The recordings need rows such as {\"t_us\":3010000,\"observed\":\"tap\",\"by\":\"operator\"}: what the real
NBE was seen to do. The parameters are those that it ran with: the recording's nbe_parameters, unless
--config, --profile or --set give others.")]
pub struct Args {
    #[command(flatten)]
    recordings: RecordingArgs,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    parameters: ParameterArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

/// Groups beyond these are counted, not listed.
const LISTED: usize = 8;

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let loaded = args.parameters.load()?;
    let filter = args.filter.filter();
    let (mut inputs, exit) = inputs::labelled(&args.recordings, &loaded, &filter, terminal)?;
    if inputs.iter().all(|i| i.recording.observed.is_empty()) {
        return Err(Failure::bad_input("nothing was observed in these recordings")
            .remedy("record with NBE running, and note each tap that the application registers"));
    }
    for input in &mut inputs {
        let stated = loaded.stated(input.resolved.dongle)?;
        if let Some(words) = contradiction(&input.nbe_parameters, &stated) {
            terminal.warn(format!("{}: {words}", input.recording.path));
        }
        let parameters = &mut input.resolved.rules.parameters;
        *parameters = parameters.overlaid(&input.nbe_parameters).overlaid(&stated);
        input.resolved.check_complete()?;
    }
    let pairs: Vec<_> = inputs.iter().map(|i| (&i.recording, &i.resolved.rules)).collect();
    let fit = fit(&pairs).map_err(Failure::bad_input)?;
    match args.format {
        Format::Table => terminal.print(&table(&fit))?,
        Format::Json => terminal.print(&format!("{}\n", json_object(&fit)))?,
    }
    Ok(exit)
}

/// Where the values given are not those that NBE ran with.
fn contradiction(ran_with: &ParameterSet, stated: &ParameterSet) -> Option<String> {
    let others = ran_with.other_than(stated);
    let words: Vec<_> = others.iter().map(|(parameter, ran)| format!("{}={ran}", parameter.key())).collect();
    (!words.is_empty()).then(|| {
        let words = words.join(", ");
        format!("its header says that NBE ran with {words}; the values given are taken instead")
    })
}

fn json_object(fit: &Fit) -> Value {
    let groups = fit
        .groups
        .iter()
        .map(|g| json!({"reproduced": g.reproduced, "surplus": g.surplus, "models": g.models}));
    json!({"observed": fit.observed, "ranking": groups.collect::<Vec<_>>()})
}

fn table(fit: &Fit) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{} observations; readings of the rules, best first\n", fit.observed);
    for (rank, group) in fit.groups.iter().take(LISTED).enumerate() {
        let n = group.models.len();
        let _ = writeln!(
            out,
            "{}. reproduces {} of {}, with {} events that nobody saw ({n} readings)",
            rank + 1,
            group.reproduced,
            fit.observed,
            group.surplus
        );
        let (decided, open) = told_apart(group);
        if !decided.is_empty() {
            let _ = writeln!(out, "     {}", decided.join(", "));
        }
        if !open.is_empty() {
            let _ = writeln!(out, "     cannot be told apart: {}", open.join(", "));
        }
    }
    if fit.groups.len() > LISTED {
        let _ = writeln!(out, "… and {} worse (--format json lists all)", fit.groups.len() - LISTED);
    }
    out
}

/// The switches that a group decides, and those for which several values do equally well.
fn told_apart(group: &FitGroup) -> (Vec<String>, Vec<String>) {
    let as_map = |m: &Model| match serde_json::to_value(m) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let maps: Vec<_> = group.models.iter().map(as_map).collect();
    let (mut decided, mut open) = (Vec::new(), Vec::new());
    for key in maps.first().into_iter().flat_map(Map::keys) {
        let mut values: Vec<_> = maps.iter().filter_map(|m| m.get(key)).map(ToString::to_string).collect();
        values.sort();
        values.dedup();
        match values.as_slice() {
            [one] => decided.push(format!("{key} = {one}")),
            several => open.push(format!("{key} ({})", several.join(" or "))),
        }
    }
    (decided, open)
}
