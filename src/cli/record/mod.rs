//! `tapbench record`: stream from sources to a recording.

mod meter;
mod source;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Exit, Failure, Terminal, duration, output};
use crate::drivers::{Driver, Health};
use crate::reading::Band;
use crate::recording::{self, WriteError, Writer};
use crate::session::{self, Alias, Keep, NotOpened, Plan, Report, Stream};
use meter::Meter;
use source::Spec;

/// Stream to a recording, until the sources end, time is up or Ctrl-C
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench record ward3.rssi.jsonl --source bleuio:/dev/ttyACM0 --duration 60s\n  \
    tapbench record again.rssi.jsonl --source replay:ward3.rssi.jsonl --duration 60s\n  \
    other-tool | tapbench record live.rssi.jsonl --source replay:- --band C6:05:04:03:02:01 --as left\n\
    Each line is on its way to the disk as soon as it is heard: a kill costs at most the last one.")]
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
    /// Keep only this band: its address, or ~NAME (repeatable)
    #[arg(long, value_name = "ADDR|~NAME", value_delimiter = ',')]
    band: Vec<Band>,
    /// Keep all bands, and do not say so
    #[arg(long, conflicts_with = "band")]
    all: bool,
    /// Write the band of --band as ~NAME, its address beside it
    #[arg(long = "as", value_name = "NAME", requires = "band")]
    alias: Option<String>,
    /// Replace OUT if it exists
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let specs = if args.source.is_empty() { vec![Spec::auto()] } else { args.source.clone() };
    let alias = alias(args)?;
    check_output(args, &specs)?;
    let specs = specs.iter().map(Spec::resolved).collect::<Result<Vec<_>, _>>()?;
    let drivers =
        specs.iter().enumerate().map(|(i, spec)| spec.driver(number(&specs, i))).collect::<Result<_, _>>()?;
    let stop = Arc::new(AtomicBool::new(false));
    let stream = start(drivers, &stop, terminal)?;
    let recorded = record(&stream, &stop, args, alias, &specs, terminal);
    stream.close();
    recorded
}

fn record(
    stream: &Stream,
    stop: &AtomicBool,
    args: &Args,
    alias: Option<Alias>,
    specs: &[Spec],
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let slow = |source: usize| {
        let spec = specs.get(source).map_or(String::new(), Spec::to_string);
        terminal.note(format!("{spec}: not ready yet, waiting; Ctrl-C ends it"));
    };
    let origins = stream.opened(stop, slow).map_err(not_opened)?;
    let (header, merge) = session::merge(&origins, concat!("tapbench ", env!("CARGO_PKG_VERSION")));
    let failed = |error: WriteError| write_failed(&args.output, &error);
    let writer = Writer::new(create(&args.output, args.force)?, &header)
        .map_err(|e| cannot_write(&args.output, &e.error))?;
    if args.band.is_empty() && !args.all {
        terminal.note("no --band: all bands are kept");
    }
    let plan = Plan {
        merge,
        keep: Keep::new(args.band.clone(), alias),
        on_session_clock: origins.iter().all(|origin| origin.on_session_clock),
        duration_us: args.duration,
    };
    let mut meter = Meter::new(terminal.shows_progress());
    let result = session::record(stream, writer, plan, stop, &mut meter);
    meter.clear();
    Ok(report(&result.map_err(failed)?, args, specs, terminal))
}

/// The how manieth of its kind a source is, from 1 on.
fn number(specs: &[Spec], index: usize) -> usize {
    let before = specs.iter().take(index + 1);
    before.filter(|spec| specs.get(index).is_some_and(|this| this.is_like(spec))).count()
}

fn alias(args: &Args) -> Result<Option<Alias>, Failure> {
    let Some(name) = &args.alias else { return Ok(None) };
    let &[band] = args.band.as_slice() else {
        return Err(Failure::bad_input("--as names one band: give one --band with it"));
    };
    let spelt = format!("~{}", name.strip_prefix('~').unwrap_or(name));
    match Band::parse(spelt.as_bytes()) {
        Ok(name) => Ok(Some(Alias { band, name })),
        Err(e) => Err(Failure::bad_input(format!("--as {name}: {e}"))),
    }
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

fn start(
    drivers: Vec<Box<dyn Driver>>,
    stop: &Arc<AtomicBool>,
    terminal: &Terminal,
) -> Result<Stream, Failure> {
    let stream = Stream::start(drivers).map_err(not_opened)?;
    let (waker, asked) = (stream.waker(), Arc::clone(stop));
    let handled = ctrlc::set_handler(move || {
        asked.store(true, Ordering::Relaxed);
        waker.wake();
    });
    if let Err(e) = handled {
        terminal.warn(format!("Ctrl-C will not close the recording: {e}"));
    }
    Ok(stream)
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
    keep_name(path);
    Ok(file)
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::bad_input(format!("{}: cannot be written: {error}", path.display()))
}

/// A new name outlives a power cut only when its folder is kept too. Where the system cannot do
/// that, the recording is no worse than any other file.
#[cfg(unix)]
fn keep_name(path: &Path) {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(not(unix))]
fn keep_name(_: &Path) {}

fn not_opened(error: NotOpened) -> Failure {
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

fn report(report: &Report, args: &Args, specs: &[Spec], terminal: &Terminal) -> Exit {
    let name = |source: usize| specs.get(source).map_or(String::new(), Spec::to_string);
    for &source in &report.torn {
        terminal
            .warn(format!("{}: the last line is torn, as a crash leaves it, and was dropped", name(source)));
    }
    if report.late > 0 {
        terminal.warn(format!("rows that came after later ones, their time moved up: {}", report.late));
    }
    if report.dropped > 0 {
        terminal.warn(format!(
            "rows lost because they came faster than they could be written: {}",
            report.dropped
        ));
    }
    for lost in &report.lost {
        terminal.warn(format!("{}: lost: {}; what came before is kept", name(lost.source), lost.error));
    }
    for (index, spec) in specs.iter().enumerate() {
        let gaps = report.gaps.iter().filter(|source| **source == index).count();
        if gaps > 0 {
            terminal.warn(format!("{spec}: times lost: {gaps}; \"lost\" and \"recovered\" rows say when"));
        }
    }
    for (source, health) in &report.health {
        quality(&name(*source), health, terminal);
    }
    if report.left_out > 0 {
        terminal.note(format!("rows of other bands left out: {}", report.left_out));
    }
    let seconds = report.end_us / 1_000_000;
    let tenths = report.end_us % 1_000_000 / 100_000;
    let out = args.output.display();
    terminal.note(format!("{out}: {} samples in {seconds}.{tenths} s", report.samples));
    let is_whole = report.dropped == 0 && report.gaps.is_empty() && report.lost.is_empty();
    if is_whole { Exit::Done } else { Exit::DataLost }
}

/// What a driver noticed on the way.
fn quality(source: &str, health: &Health, terminal: &Terminal) {
    let Health { quality, is_replaced } = health;
    if quality.bytes_skipped > 0 || quality.resyncs > 0 {
        terminal.warn(format!(
            "{source}: damaged on the way from the dongle: bytes skipped: {}, places lost: {}; another USB \
             port or cable may help",
            quality.bytes_skipped, quality.resyncs
        ));
    }
    if quality.unknown_messages > 0 {
        terminal.warn(format!("{source}: messages of no known form: {}", quality.unknown_messages));
    }
    if quality.clipped > 0 {
        terminal.note(format!(
            "{source}: samples at the top of what the dongle can tell: {}; the band may be nearer than they say",
            quality.clipped
        ));
    }
    if *is_replaced {
        terminal.warn(format!("{source}: another dongle was plugged in at its port, and was not used"));
    }
}
