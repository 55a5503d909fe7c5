//! `tapbench mark`: segments added to a recording afterwards, to a new file.

mod table;

use std::io;
use std::path::{Path, PathBuf};

use super::output::NewFile;
use super::{Exit, Failure, Terminal, duration, inputs};
use crate::reading::Band;
use crate::recording::marks::{self, MarkError, NewSegment, Survey};
use crate::recording::{self, Input, Intent, Options, Output, Reader};
use crate::tap_quality::{GroundTruth, LeftOut};
use crate::whole_file::folder_of;

/// Add labelled segments to a recording, in a new file
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tapbench mark ward3.rssi.jsonl marked.rssi.jsonl --begin 12.3s --end 14s --intent tap\n  \
    tapbench mark ward3.rssi.jsonl marked.rssi.jsonl --from taps.csv\n  \
    tapbench mark ward3.rssi.jsonl marked.rssi.jsonl --from-nfc\n\
    taps.csv: columns begin,end,intent and, if needed, band,source,distance_cm,note; times in \
    seconds or as durations.\n\n\
    --from-nfc takes each tap on an NFC reader as a tap on the dongle beside it: its segment reaches from 1 s before the \
    card was detected until 1 s after it was gone, so latencies count from 1 s before the reader saw the band. Between \
    two taps that are nearer, the border lies in the middle. Cards that lay there for more than 10 s or when the \
    recording began, taps whose time is not known, and those in a tap or no_tap segment are left out. The segments are \
    limited to --band, or to the recording's only band.")]
pub struct Args {
    /// The recording, or - for the standard input
    #[arg(value_name = "IN")]
    input: String,
    /// The marked recording (.zst compresses it)
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// Segments from this CSV file
    #[arg(long, value_name = "CSV", conflicts_with_all = ["begin", "end", "intent", "band", "source", "distance_cm", "note"])]
    from: Option<PathBuf>,
    /// A tap segment around each tap on an NFC reader
    #[arg(long, conflicts_with_all = ["from", "begin", "end", "intent", "source", "distance_cm", "note"])]
    from_nfc: bool,
    /// Where the segment begins, as in 12.3s
    #[arg(long, value_name = "TIME", value_parser = duration::parse, required_unless_present_any = ["from", "from_nfc"])]
    begin: Option<i64>,
    /// Where it ends, as in 14s
    #[arg(long, value_name = "TIME", value_parser = duration::parse, required_unless_present_any = ["from", "from_nfc"])]
    end: Option<i64>,
    /// What it demands
    #[arg(long, value_enum, required_unless_present_any = ["from", "from_nfc"])]
    intent: Option<Intent>,
    /// Limit it to this band: its address, or ~NAME
    #[arg(long, value_name = "ADDR|~NAME")]
    band: Option<Band>,
    /// Limit it to this source, by its id in the header
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// How far the band was held from the dongle, in cm
    #[arg(long, value_name = "N", value_parser = distance)]
    distance_cm: Option<f64>,
    /// Free words
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Replace OUT if it exists
    #[arg(long)]
    force: bool,
}

/// A segment and where a complaint about it points.
#[derive(Debug)]
struct Wanted {
    /// `FILE:LINE: `, or empty for one from the options.
    place: String,
    segment: NewSegment,
}

/// Runs the command.
pub fn run(args: &Args, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut wanted = if args.from_nfc { Vec::new() } else { wanted(args)? };
    let out = args.output.as_path();
    let mut file = NewFile::create(out, args.force)?;
    let source = Source::open(&args.input, out)?;
    let mut reader = source.reader()?;
    let mut truth = GroundTruth::default();
    let survey = Survey::of(&mut reader, |row| truth.row(row));
    let survey = survey.map_err(|e| inputs::unreadable(&source.input, &e))?;
    if reader.torn() {
        let path = &source.input.path;
        terminal.warn(format!("{path}: the last line is torn, as a crash leaves it, and was dropped"));
    }
    drop(reader);
    if args.from_nfc {
        wanted = of_reader(&truth, args.band.or(survey.only_band()), &source.input, terminal)?;
    }
    let mut segments = Vec::with_capacity(wanted.len());
    for (number, Wanted { place, segment }) in wanted.into_iter().enumerate() {
        let id = survey.id_for(number, &segment);
        let id = id.map_err(|unfit| Failure::bad_input(format!("{place}{unfit}")))?;
        if let Some(band) = segment.band.filter(|band| !survey.has_band(*band)) {
            terminal.warn(format!("{place}the recording has no sample of {band}"));
        }
        if let Some(source) = segment.source.as_deref().filter(|source| !survey.has_source(source)) {
            terminal.warn(format!("{place}the recording has no source {source}"));
        }
        segments.push((id, segment));
    }
    let cannot = |e: io::Error| Failure::bad_input(format!("{}: cannot be written: {e}", out.display()));
    let mut output = Output::new(file.file(), out).map_err(cannot)?;
    let mut reader = source.reader()?;
    let open = marks::add(&mut reader, &segments, &mut output).map_err(|error| match error {
        MarkError::Read(error) => inputs::unreadable(&source.input, &error),
        MarkError::Write(error) => cannot(error),
        MarkError::Unfit(unfit) => Failure::bad_input(unfit.to_string()),
    })?;
    output.finish().map_err(cannot)?;
    drop(reader);
    file.finish()?;
    for id in open {
        terminal.note(format!("segment {id} reaches beyond the recording: it lasts through its last row"));
    }
    terminal.note(format!("{}: {} added", out.display(), plural(segments.len(), "segment")));
    Ok(Exit::Done)
}

/// A segment around each tap on a reader.
fn of_reader(
    truth: &GroundTruth,
    band: Option<Band>,
    input: &Input,
    terminal: &Terminal,
) -> Result<Vec<Wanted>, Failure> {
    let (segments, left_out) = truth.segments(band);
    if segments.is_empty() && left_out == LeftOut::default() {
        let what = format!("{}: holds no tap on an NFC reader", input.path);
        return Err(Failure::bad_input(what).remedy("record with --source nfc beside the dongle"));
    }
    if let Some(words) = left_out.words() {
        terminal.note(words);
    }
    Ok(segments.into_iter().map(|segment| Wanted { place: String::new(), segment }).collect())
}

fn plural(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn wanted(args: &Args) -> Result<Vec<Wanted>, Failure> {
    if let Some(csv) = &args.from {
        return table::read(csv);
    }
    // clap has seen to it that these are there.
    let (Some(begin_us), Some(end_us), Some(intent)) = (args.begin, args.end, args.intent) else {
        return Err(Failure::bad_input("--begin, --end and --intent are needed"));
    };
    let segment = NewSegment {
        begin_us,
        end_us,
        intent,
        band: args.band,
        source: args.source.clone(),
        distance_cm: args.distance_cm,
        note: args.note.clone(),
    };
    Ok(vec![Wanted { place: String::new(), segment }])
}

fn distance(text: &str) -> Result<f64, String> {
    let cm = text.parse::<f64>().ok().filter(|cm| cm.is_finite() && *cm >= 0.0);
    cm.ok_or_else(|| format!("\"{text}\" is no distance in centimetres"))
}

/// The recording, to be read twice: ids already taken may stand at its end.
struct Source {
    input: Input,
    /// Standard input, kept on the disk of the output.
    kept: Option<tempfile::NamedTempFile>,
}

impl Source {
    fn open(path: &str, out: &Path) -> Result<Self, Failure> {
        let input = Input { path: path.to_owned() };
        if path != "-" {
            return Ok(Self { input, kept: None });
        }
        let kept = tempfile::Builder::new().prefix(".tapbench-").tempfile_in(folder_of(out));
        let kept = kept.and_then(|mut kept| {
            io::copy(&mut io::stdin().lock(), kept.as_file_mut())?;
            Ok(kept)
        });
        let kept =
            kept.map_err(|e| Failure::bad_input(format!("-: cannot be kept to be read twice: {e}")))?;
        Ok(Self { input, kept: Some(kept) })
    }

    fn reader(&self) -> Result<inputs::OpenReader, Failure> {
        let path = match &self.kept {
            Some(kept) => Input { path: kept.path().to_string_lossy().into_owned() },
            None => self.input.clone(),
        };
        let stream = recording::open(&path, None)
            .map_err(|e| Failure::bad_input(format!("{}: cannot be opened: {e}", self.input.path)))?;
        let reader = Reader::new(stream, Options::default());
        Ok(reader.map_err(|e| inputs::unreadable(&self.input, &e))?.keep_raw())
    }
}
