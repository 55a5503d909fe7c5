//! What is kept beside the recordings of a calibration, so that it can be gone on with after a
//! crash: what was chosen, and which recordings there are. How far it came stands in their marks.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::calibration::{Done, Outcome, Setup, Wishes, done_in, tries_in};
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::reading::Band;
use crate::recording::{self, Input, Options, Reader};
use crate::replay::Filter;
use crate::tuning::Labelled;
use crate::whole_file::{self, folder_of};

use super::filter;
use super::problem::Problem;
use super::read;

/// What such a file's name ends in.
const ENDING: &str = ".calibration.json";
/// What a recording's name ends in.
const RECORDING: &str = ".rssi.jsonl";
/// Files that are looked at for one that was broken off.
const LOOKED_AT: usize = 200;
/// Larger than any such file.
const LARGEST: u64 = 1 << 20;

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptCalibration {
    /// The version of this format.
    pub tapbench_calibration: u32,
    /// What was chosen.
    pub wishes: Wishes,
    /// The band.
    pub band: String,
    /// The dongle that heard it, where it is one of NBE's.
    pub dongle: Option<String>,
    /// The parameters in use, by key.
    pub parameters: BTreeMap<String, i64>,
    /// Samples a second at rest.
    pub rate_hz: f64,
    /// The names of its recordings, in this folder, in order.
    pub recordings: Vec<String>,
    /// What was left out; marks do not tell.
    #[serde(default)]
    pub skipped: Vec<Done>,
    /// Whether it came to its end.
    #[serde(default)]
    pub is_finished: bool,
    /// By what the band is followed, where its address changes.
    #[serde(default)]
    pub followed: Option<filter::Filter>,
    /// Where it is, for the report.
    #[serde(default)]
    pub site: String,
    /// Who does it, for the report.
    #[serde(default)]
    pub operator: String,
}

impl KeptCalibration {
    /// Of a calibration that begins.
    pub fn new(setup: &Setup) -> Self {
        let parameters = setup.rules.parameters.iter().map(|(p, value)| (p.key().to_owned(), value.into()));
        Self {
            tapbench_calibration: 1,
            wishes: setup.wishes,
            band: setup.band.to_string(),
            dongle: setup.dongle.map(|dongle| dongle.name().to_owned()),
            parameters: parameters.collect(),
            rate_hz: setup.rate_hz,
            recordings: Vec::new(),
            skipped: Vec::new(),
            is_finished: false,
            followed: None,
            site: String::new(),
            operator: String::new(),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is not there or is not such a file.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let refused = |why: String| {
            Problem::new(format!("{}: {why}", path.display()))
                .remedy("calibrate anew; the recordings are kept")
        };
        let size = fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
        if size > LARGEST {
            return Err(refused("is not what was kept of a calibration".into()));
        }
        let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
        let kept: Self = serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?;
        match kept.tapbench_calibration {
            1 => Ok(kept),
            version => Err(refused(format!("is of version {version}, which this tapbench does not know"))),
        }
    }

    /// Replaces the file whole.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        whole_file::replace(path, &text)
    }

    /// What was chosen, as the steps follow from it.
    ///
    /// # Errors
    /// What in it cannot be.
    pub fn setup(&self) -> Result<Setup, Problem> {
        let refused = |what: String| Problem::new(what).remedy("calibrate anew; the recordings are kept");
        let band =
            Band::parse(self.band.as_bytes()).map_err(|error| refused(format!("{}: {error}", self.band)))?;
        let mut parameters = ParameterSet::default();
        for (key, value) in &self.parameters {
            let parameter = Parameter::from_key(key).ok_or_else(|| refused(format!("no parameter {key}")))?;
            parameters.set(parameter, *value).map_err(|error| refused(error.to_string()))?;
        }
        if !(self.rate_hz.is_finite() && self.rate_hz > 0.0) {
            return Err(refused("the rate is no number above 0".into()));
        }
        let dongle = Dongle::ALL.into_iter().find(|dongle| Some(dongle.name()) == self.dongle.as_deref());
        let rules = Rules { parameters, ..Rules::default() };
        Ok(Setup { wishes: self.wishes, band, dongle, rules, rate_hz: self.rate_hz })
    }

    /// Its recordings, of a file that lies at `path`. A name is never a way out of the folder.
    pub fn recordings(&self, path: &Path) -> Vec<PathBuf> {
        let names = self.recordings.iter().filter_map(|name| Path::new(name).file_name());
        names.map(|name| folder_of(path).join(name)).collect()
    }

    /// What need not be done again. Segments that were taken back, or broke off, are taken out of
    /// the recordings.
    ///
    /// # Errors
    /// When a recording cannot be read or written anew.
    pub fn done(&self, path: &Path) -> Result<Vec<Done>, Problem> {
        let mut all = self.skipped.clone();
        for recording in self.recordings(path) {
            let name = recording.display().to_string();
            let (done, to_take_out) =
                done_in(reader(&recording)?).map_err(|e| Problem::unreadable(&name, &e))?;
            if !to_take_out.is_empty() {
                let taken_out = recording::take_out(&recording, &to_take_out.into_iter().collect());
                taken_out.map_err(|error| Problem::new(format!("{name}: {error}")))?;
            }
            all.extend(done);
        }
        Ok(all)
    }

    /// What its recordings recommend.
    ///
    /// # Errors
    /// When a recording cannot be read.
    pub fn outcome(&self, path: &Path) -> Result<Outcome, Problem> {
        let setup = self.setup()?;
        let recordings = self.recordings(path);
        let labelled: Result<Vec<_>, _> = recordings.iter().map(|path| labelled(path)).collect();
        let mut tries = Vec::new();
        for recording in &recordings {
            let name = recording.display().to_string();
            tries.extend(tries_in(reader(recording)?).map_err(|e| Problem::unreadable(&name, &e))?);
        }
        Ok(Outcome::of(&labelled?.iter().collect::<Vec<_>>(), &setup).with_reader(&tries))
    }
}

/// A calibration that can be gone on with.
#[derive(Clone, Debug)]
pub struct Resumable {
    /// Where it is kept.
    pub path: PathBuf,
    /// What is kept.
    pub kept: KeptCalibration,
    /// What was chosen.
    pub setup: Setup,
    /// What need not be done again.
    pub done: Vec<Done>,
}

impl Resumable {
    /// Reads how far it came.
    ///
    /// # Errors
    /// When what is kept, or a recording of it, cannot be read.
    pub fn read(path: PathBuf) -> Result<Self, Problem> {
        let kept = KeptCalibration::read(&path)?;
        Ok(Self { setup: kept.setup()?, done: kept.done(&path)?, kept, path })
    }
}

fn reader(path: &Path) -> Result<Reader<impl recording::Blocks + use<>>, Problem> {
    let name = path.display().to_string();
    let input = Input { path: name.clone() };
    let stream = recording::open(&input, None)
        .map_err(|error| Problem::new(format!("{name}: cannot be opened: {error}")))?;
    Reader::new(stream, Options::default()).map_err(|error| Problem::unreadable(&name, &error))
}

fn labelled(path: &Path) -> Result<Labelled, Problem> {
    let name = path.display().to_string();
    Labelled::read(read::file_name(&name), &mut reader(path)?, &Filter::default())
        .map_err(|error| Problem::unreadable(&name, &error))
}

/// Where it is kept what the calibration with this recording is.
pub fn beside(recording: &Path) -> PathBuf {
    let name = recording.file_name().unwrap_or_default().to_string_lossy();
    recording.with_file_name(format!("{}{ENDING}", name.strip_suffix(RECORDING).unwrap_or(&name)))
}

/// A calibration that was broken off, the newest one, in a folder.
pub fn broken_off(folder: &Path) -> Option<PathBuf> {
    newest(folder, false)
}

/// One that came to its end, the newest one, in a folder.
pub fn finished(folder: &Path) -> Option<PathBuf> {
    newest(folder, true)
}

fn newest(folder: &Path, is_finished: bool) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let is_kept = |path: &PathBuf| path.to_string_lossy().ends_with(ENDING);
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_kept).collect();
    // Names hold the time.
    paths.sort();
    let is_it =
        |path: &PathBuf| KeptCalibration::read(path).is_ok_and(|kept| kept.is_finished == is_finished);
    paths.into_iter().rev().take(LOOKED_AT).find(is_it)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    fn setup() -> Setup {
        let parameters = ParameterSet::published(Dongle::Bluegiga);
        Setup {
            wishes: Wishes { repeats: 2, band_authenticated: Some(true), ..Wishes::default() },
            band: Band::Address(1),
            dongle: Some(Dongle::Bluegiga),
            rules: Rules { parameters, ..Rules::default() },
            rate_hz: 9.5,
        }
    }

    fn write(path: &Path, text: &str) {
        File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn what_was_chosen_comes_back_and_only_what_broke_off_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let path = beside(&folder.path().join("tapbench-1.rssi.jsonl"));
        assert!(path.ends_with("tapbench-1.calibration.json"));
        let mut kept = KeptCalibration::new(&setup());
        kept.save(&path).unwrap();
        assert_eq!(KeptCalibration::read(&path).unwrap().setup().unwrap(), setup());
        write(&folder.path().join("tapbench-2.calibration.json"), "torn");
        assert_eq!(broken_off(folder.path()), Some(path.clone()));
        assert_eq!(finished(folder.path()), None);
        kept.is_finished = true;
        kept.save(&path).unwrap();
        assert_eq!(broken_off(folder.path()), None);
        assert_eq!(finished(folder.path()), Some(path));
    }

    #[test]
    fn a_file_that_cannot_be_is_refused_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.calibration.json");
        assert!(KeptCalibration::read(&path).is_err());
        for (change, says) in [
            (r#""rate_hz": 9.5"#, r#""rate_hz": -1"#),
            ("00:00:00:00:00:01", "nobody"),
            ("rssi_window_tap", "rssi_window_top"),
        ] {
            KeptCalibration::new(&setup()).save(&path).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(change), "{text}");
            write(&path, &text.replace(change, says));
            assert!(KeptCalibration::read(&path).and_then(|kept| kept.setup()).is_err(), "{says}");
        }
        let mut kept = KeptCalibration::new(&setup());
        kept.recordings = vec!["../../elsewhere.rssi.jsonl".into()];
        assert_eq!(kept.recordings(&path), [folder.path().join("elsewhere.rssi.jsonl")]);
    }

    #[test]
    fn what_broke_off_is_taken_out_and_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("t.rssi.jsonl");
        let mark = |t_us, id, repeat| {
            format!(
                "{{\"t_us\":{t_us},\"mark\":\"begin\",\"id\":{id},\"intent\":\"tap\",\"note\":\"calibration step 1, repeat {repeat}: left\"}}\n"
            )
        };
        let text = "{\"rssi_recording\":1}\n".to_owned()
            + &mark(1, 1, 1)
            + "{\"t_us\":2,\"mark\":\"end\",\"id\":1}\n"
            + &mark(3, 2, 2)
            + "{\"t_us\":4,\"ban";
        write(&recording, &text);
        let mut kept = KeptCalibration::new(&setup());
        kept.recordings = vec!["t.rssi.jsonl".into()];
        let done = kept.done(&beside(&recording)).unwrap();
        assert_eq!(done, [Done { step: 1, repeat: 1, skipped: false }]);
        let text = fs::read_to_string(&recording).unwrap();
        assert!(
            text.contains("repeat 1") && !text.contains("repeat 2") && text.ends_with("\"id\":1}\n"),
            "{text}"
        );
    }
}
