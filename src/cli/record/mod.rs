//! `tapbench record`: stream from sources to a recording.

mod afterwards;
mod choice;
mod console;
mod display;
pub(super) mod endpoint;
mod keys;
mod last_words;
mod meter;
mod source;
mod twice;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::parameters::{Loaded, ParameterArgs, Resolved};
use super::session::SessionArgs;
use super::{Exit, Failure, Terminal, duration, output};
use crate::drivers::Scan;
use crate::drivers::nfc::UidForm;
use crate::engine::Rules;
use crate::reading::Band;
use crate::recording::{self, Header, WriteError, Writer};
use crate::replay::{Filter, Live};
use crate::session::{self, Alias, Choice, Keep, NotOpened, Plan, Stream};
use crate::whole_file::{self, folder_of};
pub(super) use choice::ChoiceArgs;
use console::Keyboard;
use meter::{Meter, Views};
pub(super) use source::{Asking, Spec};

/// Stream to a recording, until the sources end, time is up or Ctrl-C
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench record ward3.rssi.jsonl --source bleuio:/dev/ttyACM0 --duration 60s\n  \
    tapbench record left.rssi.jsonl --name Nymi --as left\n  \
    tapbench record again.rssi.jsonl --source replay:ward3.rssi.jsonl --duration 60s\n  \
    tapbench record trial.rssi.jsonl --source simulated:tap-session --dongle bluegiga\n  \
    tapbench record desk.rssi.jsonl --source simulated:two-terminals --source simulated:two-terminals-right\n  \
    other-tool | tapbench record live.rssi.jsonl --source replay:- --band C6:05:04:03:02:01 --as left\n\
    Each line is on its way to the disk as soon as it is heard: a kill costs at most the last one.\n\n\
    Keys, where stdin is a terminal: t tap, n no tap, s stay, l leave, r return and o note begin a segment; space \
    ends it, x takes it back: it is out of the file once that is closed. What the real terminal was seen to do: \
    1 tapped, 2 locked, 3 unlocked.\n\n\
    A band is kept from the first of its packets on that shows that it is wanted. tapbench bands finds the address of \
    yours. With --name bands are asked for their scan responses, where most have their name; each answer is a sample \
    too. With --as all that is kept is one band, whatever its address; two at the same time are warned of.")]
#[command(mut_arg("dongle", |dongle| {
    dongle.help("The dongle whose table or published defaults to use [default: that of the sources]")
}))]
pub struct Args {
    /// The recording
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Where from: auto, bluegiga:PORT, bleuio:PORT, os, nfc[:NAME], simulated[:SCENARIO] or
    /// replay:REC (repeatable) [default: auto]
    #[arg(long, value_name = "SPEC")]
    source: Vec<Spec>,
    /// End after this time, counted from the moment the sources stream, as in 60s or 1.5m
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    duration: Option<i64>,
    /// Read the UID of each card on NFC readers, which takes the reader for some milliseconds;
    /// written as a hash with this recording's salt
    #[arg(long)]
    nfc_uids: bool,
    /// Write UIDs as they are, not hashed
    #[arg(long, requires = "nfc_uids")]
    plain_uid: bool,
    /// When it is done, mark a tap segment around each tap on an NFC reader, as mark --from-nfc does
    #[arg(long)]
    mark_nfc_taps: bool,
    /// Stop the Nymi Bluetooth Endpoint service while recording, where it holds a dongle
    #[arg(long)]
    stop_endpoint: bool,
    /// Replace OUT if it exists
    #[arg(long)]
    force: bool,
    /// What is shown of the decisions that the parameters below lead to
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Keep all bands, and do not say so
    #[arg(long, conflicts_with = "choice", help_heading = "Which bands")]
    all: bool,
    /// Write the band as ~NAME, its address beside it; follows one whose address changes
    #[arg(long = "as", value_name = "NAME", requires = "choice", help_heading = "Which bands")]
    alias: Option<String>,
    #[command(flatten)]
    choice: ChoiceArgs,
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    parameters: ParameterArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The live meter, where stderr is a terminal; with -v a line of each decision
    Table,
    /// On stdout what replay prints of the recording, each event as it is decided
    Jsonl,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let named = named(&args.source);
    let choice = args.choice.choice(&named)?;
    if choice.is_everything() && !args.all {
        terminal.note("no --band or other choice: all bands are kept");
    }
    let scan = if choice.needs_scan_responses() { Scan::Active } else { Scan::Passive };
    if scan == Scan::Active {
        terminal.note(
            "--name: bands are asked for their scan responses; these count as samples too, so that windows fill \
             faster than with --band, which only listens",
        );
    }
    let alias = args.alias.as_deref().map(|name| alias(name, &choice)).transpose()?;
    let keep = Keep::new(choice, alias);
    let loaded = args.parameters.load()?;
    check_output(args, &named)?;
    twice::refuse(&named)?;
    let uids = uids(args, &named)?;
    let endpoint = endpoint::make_way(&named, args.stop_endpoint, terminal)?;
    let specs = resolved(&named)?;
    let stop = Arc::new(AtomicBool::new(false));
    let stream = start(&specs, &Asking { scan, uids }, &stop, terminal)?;
    let recorded = record(&stream, &stop, args, keep, &loaded, &specs, terminal);
    stream.close();
    Ok(recorded?.and(endpoint.give_back()))
}

fn record(
    stream: &Stream,
    stop: &AtomicBool,
    args: &Args,
    keep: Keep,
    loaded: &Loaded,
    specs: &[Spec],
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let slow = |source: usize| {
        let spec = specs.get(source).map_or(String::new(), Spec::to_string);
        terminal.note(format!("{spec}: not ready yet, waiting; Ctrl-C ends it"));
    };
    let origins = stream.opened(stop, slow).map_err(not_opened)?;
    let (header, merge) = session::merge(&origins, concat!("tapbench ", env!("CARGO_PKG_VERSION")));
    let header = args.session.added_to(header);
    let mut views = Views {
        meter: terminal.shows_progress(),
        words: terminal.is_verbose(),
        json: args.format == Format::Jsonl,
        notes: !terminal.is_quiet(),
        keys: false,
    };
    let read = Header::of(header.clone()).map_err(Failure::bad_input)?;
    let (rules, live) = engine(loaded, &read, views, specs, terminal)?;
    let writer = Writer::new(create(&args.output, args.force)?, &header)
        .map_err(|e| cannot_write(&args.output, &e.error))?;
    if let Some(caveat) = recording::caveat(&header) {
        terminal.warn(caveat);
    }
    let only_band = keep.only_band();
    let plan = Plan {
        merge,
        keep,
        on_session_clock: origins.iter().all(|origin| origin.on_session_clock),
        by_rows: false,
        duration_us: args.duration,
    };
    let keyboard = keyboard(stream, specs);
    views.keys = keyboard.is_some();
    let mut meter = Meter::new(&read, &rules, live, views);
    let result = session::record(stream, writer, plan, stop, &mut meter);
    drop(keyboard);
    let not_shown = meter.close(result.as_ref().ok().map(|report| report.end_us), &rules);
    if not_shown > 0 {
        terminal.warn(format!("lines not shown because nobody took them in time: {not_shown}"));
    }
    let report = result.map_err(|error| write_failed(&args.output, &error))?;
    let exit = if views.json && not_shown > 0 { Exit::DataLost } else { Exit::Done };
    let exit = exit.and(last_words::say(&report, &args.output, specs, terminal));
    let exit = exit.and(afterwards::take_out(&args.output, &report.cancelled, terminal));
    if !args.mark_nfc_taps {
        return Ok(exit);
    }
    Ok(exit.and(afterwards::mark_nfc_taps(&args.output, only_band, terminal)))
}

/// How UIDs are written, where cards are asked for them; refuses what no source can give.
fn uids(args: &Args, named: &[Spec]) -> Result<Option<UidForm>, Failure> {
    let is_there = |is_one: fn(&Spec) -> bool| named.iter().any(is_one);
    let option = match args {
        Args { nfc_uids: true, .. } if !is_there(Spec::is_nfc) => "--nfc-uids",
        Args { mark_nfc_taps: true, .. } if !is_there(|spec| spec.is_nfc() || spec.recording().is_some()) => {
            "--mark-nfc-taps"
        }
        Args { nfc_uids: false, .. } => return Ok(None),
        _ => return Ok(Some(if args.plain_uid { UidForm::Plain } else { UidForm::hashed() })),
    };
    let what = format!("{option}: none of the sources is an NFC reader");
    Err(Failure::bad_input(what).remedy(format!("add --source nfc, or leave {option} out")))
}

/// The sources to stream from; `auto` where none is named.
pub(super) fn named(sources: &[Spec]) -> Vec<Spec> {
    if sources.is_empty() { vec![Spec::auto()] } else { sources.to_vec() }
}

/// The same, with what `auto` finds.
pub(super) fn resolved(named: &[Spec]) -> Result<Vec<Spec>, Failure> {
    named.iter().map(Spec::resolved).collect()
}

/// The operator's keys, where stdin is a terminal and not a source itself.
fn keyboard(stream: &Stream, specs: &[Spec]) -> Option<Keyboard> {
    if specs.iter().any(|spec| spec.recording() == Some("-")) {
        return None;
    }
    let hand = stream.hand();
    Keyboard::open(move |key, at| {
        if let Some(action) = keys::action(key) {
            hand.act(at, action);
        }
    })
}

fn alias(name: &str, choice: &Choice) -> Result<Alias, Failure> {
    if choice.bands.len() > 1 {
        let what = "--as names one band: give one --band with it";
        return Err(Failure::bad_input(what).remedy("--name or --company, for one whose address changes"));
    }
    let spelt = format!("~{}", name.strip_prefix('~').unwrap_or(name));
    let name = Band::parse(spelt.as_bytes()).map_err(|e| Failure::bad_input(format!("--as {name}: {e}")))?;
    Ok(Alias::new(name))
}

/// What decides, where someone sees it and the parameters are known.
fn engine(
    loaded: &Loaded,
    header: &Header,
    views: Views,
    specs: &[Spec],
    terminal: &Terminal,
) -> Result<(Rules, Option<Live>), Failure> {
    let everything = Filter::default();
    if !(views.meter || views.words || views.json) {
        return Ok((Rules::default(), None));
    }
    match loaded.complete_rules(header, &everything) {
        Ok(Resolved { rules, .. }) => {
            let has_marks = specs.iter().any(|spec| spec.recording().is_some());
            let live = Live::new(&rules, has_marks).map_err(Failure::bad_input)?;
            Ok((rules, Some(live)))
        }
        Err(failure) if views.json => Err(failure),
        Err(failure) => {
            let remedy = failure.remedy.map_or(String::new(), |remedy| format!("; {remedy}"));
            terminal.note(format!("no taps and locks are shown: {}{remedy}", failure.what));
            Ok((Rules::default(), None))
        }
    }
}

/// The how manieth of its kind a source is, from 1 on.
fn number(specs: &[Spec], index: usize) -> usize {
    let before = specs.iter().take(index + 1);
    before.filter(|spec| specs.get(index).is_some_and(|this| this.is_like(spec))).count()
}

/// What would go wrong is said before any source is opened.
fn check_output(args: &Args, specs: &[Spec]) -> Result<(), Failure> {
    let out = &args.output;
    if recording::is_compressed(out) {
        let what = format!(
            "{}: a recording in the making is not compressed, so that a kill costs one line",
            out.display()
        );
        return Err(Failure::bad_input(what).remedy("record without .zst; compress it when it is done"));
    }
    if !args.force && out.exists() {
        return Err(exists(out));
    }
    let folder = folder_of(out);
    if !folder.is_dir() {
        let what = format!("{}: cannot be written: {} is no folder", out.display(), folder.display());
        return Err(Failure::bad_input(what).remedy("make it, or name another"));
    }
    if specs.iter().filter(|spec| spec.recording() == Some("-")).count() > 1 {
        return Err(Failure::bad_input("the standard input can be one source only"));
    }
    let same = |path: &str| match (Path::new(path).canonicalize(), out.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    match specs.iter().filter_map(Spec::recording).find(|path| *path != "-" && same(path)) {
        Some(_) => Err(Failure::bad_input(format!("{}: is a source too", out.display()))),
        None => Ok(()),
    }
}

fn exists(out: &Path) -> Failure {
    Failure::bad_input(format!("{}: exists", out.display())).remedy("--force replaces it")
}

/// Starts the sources; Ctrl-C then sets `stop`.
pub(super) fn start(
    specs: &[Spec],
    asking: &Asking,
    stop: &Arc<AtomicBool>,
    terminal: &Terminal,
) -> Result<Stream, Failure> {
    let drivers = specs.iter().enumerate().map(|(i, spec)| spec.driver(number(specs, i), asking));
    let stream = Stream::start(drivers.collect::<Result<_, _>>()?).map_err(not_opened)?;
    stop_on_interrupt(&stream, stop, terminal);
    Ok(stream)
}

/// Ctrl-C sets `stop` from now on, and wakes the session.
pub(super) fn stop_on_interrupt(stream: &Stream, stop: &Arc<AtomicBool>, terminal: &Terminal) {
    let (waker, asked) = (stream.waker(), Arc::clone(stop));
    let handled = ctrlc::set_handler(move || {
        asked.store(true, Ordering::Relaxed);
        waker.wake();
    });
    if let Err(e) = handled {
        terminal.warn(format!("Ctrl-C will not end it cleanly: {e}"));
    }
}

/// Live, the file is there from the first line on: nothing waits to be renamed when power goes.
fn create(path: &Path, force: bool) -> Result<File, Failure> {
    output::named(path)?;
    let mut options = File::options();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let file = options.open(path).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => cannot_write(path, &e),
    })?;
    whole_file::keep_name(path);
    Ok(file)
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_input(format!("{}: cannot be written: {error}", path.display()))
}

pub(super) fn not_opened(error: NotOpened) -> Failure {
    let remedy = match &error {
        NotOpened::Source(error) => error.remedy().map(str::to_owned),
        _ => None,
    };
    Failure { exit: Exit::NoDevice, what: error.to_string(), remedy }
}

fn write_failed(path: &Path, error: &WriteError) -> Failure {
    let remedy = match error.error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room; "
        }
        _ => "",
    };
    Failure {
        exit: Exit::DataLost,
        what: format!("{}: {error}; what was written is kept", path.display()),
        remedy: Some(format!("{remedy}tapbench repair closes what was written")),
    }
}
