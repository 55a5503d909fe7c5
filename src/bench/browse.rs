//! Folders and recordings to choose from. A folder is read on a thread of its own: one on a network
//! may take its time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use super::ask::Wake;
use super::problem::{Problem, plain};

/// Entries of one folder that are listed at most.
const MOST: usize = 5000;

/// A folder or a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// How large a recording is, in bytes.
    pub size: u64,
}

/// What is in a folder: folders first, then recordings, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// Folders and recordings.
    pub entries: Vec<Entry>,
    /// Whether there are more than are listed.
    pub is_cut: bool,
    /// Whether it is no folder but a file.
    pub is_file: bool,
}

/// A folder that is looked into.
pub struct Browser {
    wake: Wake,
    folder: PathBuf,
    reading: Option<Receiver<Result<Folder, Problem>>>,
    found: Result<Folder, Problem>,
}

impl Browser {
    /// Looks into a folder.
    pub fn new(folder: PathBuf, wake: Wake) -> Self {
        let mut browser = Self { wake, folder: PathBuf::new(), reading: None, found: Ok(Folder::default()) };
        browser.go(folder);
        browser
    }

    /// Looks into another folder.
    pub fn go(&mut self, folder: PathBuf) {
        let (done, reading) = sync_channel(1);
        let (wake, of) = (self.wake.clone(), folder.clone());
        let read = move || {
            // Nobody waits for it where another folder was chosen meanwhile.
            let _ = done.send(read(&of));
            wake();
        };
        // Without a thread the receiver is disconnected, and that is said.
        drop(thread::Builder::new().name("folder".into()).spawn(read));
        (self.folder, self.reading, self.found) = (folder, Some(reading), Ok(Folder::default()));
    }

    /// Which folder it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it is still being read.
    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// What is in it, as far as that is known.
    pub fn found(&mut self) -> &Result<Folder, Problem> {
        match self.reading.as_ref().map(Receiver::try_recv) {
            None | Some(Err(TryRecvError::Empty)) => {}
            Some(Ok(found)) => (self.reading, self.found) = (None, found),
            Some(Err(TryRecvError::Disconnected)) => {
                self.reading = None;
                self.found = Err(Problem::new("the folder cannot be read: there was no thread for it"));
            }
        }
        &self.found
    }
}

fn read(folder: &Path) -> Result<Folder, Problem> {
    let cannot = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            let problem = Problem::new(format!("{}: there is no such file or folder", folder.display()));
            return problem.remedy("check what is typed; Tab completes it from the folder that is shown");
        }
        let problem = Problem::new(format!("{}: cannot be read: {}", folder.display(), plain(&error)));
        problem.remedy("choose another folder, or one above it")
    };
    let mut found = Folder { is_file: folder.is_file(), ..Folder::default() };
    if found.is_file {
        return Ok(found);
    }
    for entry in fs::read_dir(folder).map_err(cannot)? {
        // One that vanished meanwhile is not there.
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(metadata) = fs::metadata(entry.path()) else { continue };
        let is_folder = metadata.is_dir();
        if name.starts_with('.') || !(is_folder || is_recording(&name)) {
            continue;
        }
        if found.entries.len() == MOST {
            found.is_cut = true;
            break;
        }
        let size = if is_folder { 0 } else { metadata.len() };
        found.entries.push(Entry { name, path: entry.path(), is_folder, size });
    }
    found.entries.sort_by(|a, b| (!a.is_folder, &a.name).cmp(&(!b.is_folder, &b.name)));
    Ok(found)
}

/// Whether a file's name is that of a recording.
fn is_recording(name: &str) -> bool {
    let name = name.to_lowercase();
    name.strip_suffix(".zst").unwrap_or(&name).ends_with(".jsonl")
}

/// What was typed, with as much behind it as all of `names` have in common that begin so.
pub fn completed<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let common = names.filter(|name| name.starts_with(typed)).map(str::to_owned).reduce(|common, name| {
        let same = common.chars().zip(name.chars()).take_while(|(a, b)| a == b);
        same.map(|(a, _)| a).collect()
    })?;
    (common.len() > typed.len()).then_some(common)
}

/// Where recordings may be: the present folder, the home folder, and drives where there are some.
pub fn places() -> Vec<(String, PathBuf)> {
    let mut places = Vec::new();
    places.extend(std::env::current_dir().ok().map(|here| ("Present folder".to_owned(), here)));
    places.extend(std::env::home_dir().map(|home| ("Home".to_owned(), home)));
    if cfg!(windows) {
        let drives = ('C'..='Z').map(|letter| format!("{letter}:\\"));
        places.extend(drives.map(|d| (d.clone(), PathBuf::from(d))).filter(|(_, path)| path.exists()));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_only_recordings_are_listed() {
        let folder = read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let names: Vec<_> = folder.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert!(names.contains(&"recordings") && names.contains(&"src"));
        assert!(!names.contains(&"Cargo.toml") && !names.iter().any(|name| name.starts_with('.')));
        let recordings = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings")).unwrap();
        let hard = recordings.entries.iter().find(|e| e.name == "synthetic-calibration-hard.rssi.jsonl");
        assert!(hard.is_some_and(|entry| !entry.is_folder && entry.size > 1000));
        assert!(recordings.entries.is_sorted_by_key(|entry| (!entry.is_folder, entry.name.clone())));
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert!(read(Path::new(file)).unwrap().is_file);
        let missing = read(Path::new("no such folder")).unwrap_err();
        assert!(missing.what.contains("no such file or folder") && missing.remedy.is_some());
        for (name, expected) in
            [("a.rssi.jsonl", true), ("A.JSONL.ZST", true), ("a.csv", false), ("jsonl", false)]
        {
            assert_eq!(is_recording(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_typed_is_completed_as_far_as_it_is_clear() {
        let names = ["ward-3.jsonl", "ward-30.jsonl", "w\u{e4}rd", "desk.jsonl"];
        let complete = |typed| completed(typed, names.into_iter());
        assert_eq!(complete("ward"), Some("ward-3".into()));
        assert_eq!(complete("ward-30"), Some("ward-30.jsonl".into()));
        assert_eq!(complete("w\u{e4}"), Some("w\u{e4}rd".into()));
        assert_eq!((complete("w"), complete("x"), complete("desk.jsonl")), (None, None, None));
    }
}
