//! `tapbench report`: the sign-off report as one HTML file.

mod read;

use std::io::Write;
use std::path::PathBuf;

use super::inputs::{self, EvidenceArgs};
use super::output::NewFile;
use super::parameters::Loaded;
use super::session::SessionArgs;
use super::{Exit, Failure, Terminal};
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, ParameterSet};
use crate::replay::Filter;
use crate::report::{Evaluable, Proposed, Recorded, ReplayError, Replayed, Report};
use crate::tuning::{Demands, recommend};
use read::Opened;

/// Write the sign-off report: what the model predicts beside what NBE confirmed, as one HTML file
///
/// The values before are the dongle's published defaults and --config; those after are what
/// --profile and --set give, otherwise what tune recommends. Site, operator and the band's state are
/// those of the recordings; the options give them for recordings that do not say. What NBE confirmed is taken from the
/// observations in the recordings; without any, the first line says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tapbench report ward3.rssi.jsonl -o ward3.html
  tapbench report calibration.rssi.jsonl confirmed.rssi.jsonl --config C:\\Nymi\\Bluetooth_Endpoint\\nbe.toml -o ward3.html
  tapbench report ward3.rssi.jsonl --set rssi_tap_threshold=-45 -o ward3.html")]
pub struct Args {
    /// The file to write
    #[arg(short, long, value_name = "FILE.html")]
    output: PathBuf,
    /// Replace FILE.html if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    evidence: EvidenceArgs,
    #[command(flatten)]
    session: SessionArgs,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let loaded = args.evidence.parameters.load()?;
    let filter = args.evidence.filter.filter();
    let mut file = NewFile::create(&args.output, args.force)?;
    let (opened, labelled, exit) = read::all(&args.evidence.recordings, &loaded, &filter, terminal)?;
    // What was recorded only to see NBE at work was heard by no dongle.
    let heard = || labelled.iter().filter(|i| !i.recording.is_unheard);
    let (dongle, transferred) = if heard().any(|i| i.resolved.dongle.is_some()) {
        let (dongle, transferred) = inputs::one_dongle(heard(), args.evidence.transfer)?;
        (Some(dongle), transferred)
    } else {
        // Without a dongle only values that are all given can be judged.
        heard().try_for_each(|i| i.resolved.check_complete())?;
        (None, None)
    };
    let Some(rules) = heard().chain(&labelled).next().map(|i| i.resolved.rules.clone()) else {
        return Ok(exit);
    };
    let before = before(&loaded, dongle)?;
    let demands = Demands { dongle, ..Demands::default() };
    let recordings: Vec<_> = heard().map(|i| &i.recording).collect();
    let before_rules = Rules { parameters: before, ..rules.clone() };
    let recommendation = recommend(&recordings, &before_rules, &demands);
    let given = loaded.given(dongle);
    let recommended = recommendation.recommended.filter(|set| set.iter().next().is_some());
    let (proposed, change) = if given != ParameterSet::default() {
        (Proposed::Given, given)
    } else if let Some(set) = recommended {
        (Proposed::Recommended, set)
    } else {
        (Proposed::Unchanged, ParameterSet::default())
    };
    let after = Evaluable::of(&Rules { parameters: before.overlaid(&change), ..rules });
    let mut recorded = Vec::new();
    for (opened, input) in opened.into_iter().zip(labelled) {
        let replayed = |rules: &Rules| replayed(&opened, rules, &filter, args);
        let before = before_rules.check_complete().is_ok().then(|| replayed(&before_rules)).transpose()?;
        let after = replayed(&after.rules)?;
        let Opened { sha256, mut header, nfc, tries, incomplete, .. } = opened;
        for (key, said) in args.session.keys() {
            header.keys.entry(key).or_insert(said);
        }
        let labelled = input.recording;
        recorded.push(Recorded { sha256, header, labelled, nfc, tries, before, after, incomplete });
    }
    let unread = exit == Exit::BadInput;
    let before_from = before_from(&loaded, dongle);
    let report = Report {
        recorded,
        dongle,
        transferred,
        before,
        before_from,
        after,
        proposed,
        recommendation,
        unread,
    };
    let failed = |e| Failure::bad_input(format!("{}: cannot be written: {e}", args.output.display()));
    file.file().write_all(report.to_html().as_bytes()).map_err(failed)?;
    file.finish()?;
    terminal.note(format!("{}: written", args.output.display()));
    Ok(exit)
}

/// What the terminal has now, as far as known.
fn before(loaded: &Loaded, dongle: Option<Dongle>) -> Result<ParameterSet, Failure> {
    let published = dongle.map(ParameterSet::published).unwrap_or_default();
    Ok(published.overlaid(&loaded.configured(dongle)?))
}

fn before_from(loaded: &Loaded, dongle: Option<Dongle>) -> String {
    let published = match dongle {
        Some(dongle) => format!("the published defaults for {dongle}"),
        None => "nothing published, since the dongle is not stated".to_owned(),
    };
    match loaded.config_path() {
        Some(path) => format!("{}, and for what it does not say {published}", path.display()),
        None => published,
    }
}

fn replayed(opened: &Opened, rules: &Rules, filter: &Filter, args: &Args) -> Result<Replayed, Failure> {
    let mut reader = opened.reader(&args.evidence.recordings)?;
    Replayed::of(&mut reader, rules, filter).map_err(|error| match error {
        ReplayError::Read(error) => inputs::unreadable(&opened.named, &error),
        ReplayError::Missing(missing) => Failure::bad_input(missing),
    })
}
