//! Where recordings go, and what they are called.

use std::fs;
use std::path::{Path, PathBuf};

use super::problem::{Problem, plain};

/// The folder in the user's documents.
const OURS: &str = "tapbench";

/// Where recordings go until somebody chooses otherwise: `tapbench` in the user's documents, in
/// their home where there are no documents, and else where the program was started. It is made with
/// the first recording.
pub fn usual_folder() -> PathBuf {
    usual(dirs::document_dir(), dirs::home_dir())
}

fn usual(documents: Option<PathBuf>, home: Option<PathBuf>) -> PathBuf {
    // A desktop may name a folder that is not there.
    let documents = documents.filter(|folder| folder.is_dir());
    documents.or(home).map_or_else(|| ".".into(), |folder| folder.join(OURS))
}

/// The name of a recording that begins now, in a folder; never one that is there already.
pub fn new_recording(folder: &Path) -> PathBuf {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = (1..).map(|number| match number {
        1 => format!("tapbench-{now}.rssi.jsonl"),
        number => format!("tapbench-{now}-{number}.rssi.jsonl"),
    });
    let free = names.map(|name| folder.join(name)).find(|path| !path.exists());
    free.unwrap_or_else(|| folder.join("tapbench.rssi.jsonl"))
}

/// Makes a file in a folder and takes it away again; the folder, too, where it is not there yet.
///
/// # Errors
/// Why no recording can be written there.
pub fn can_record_into(folder: &Path) -> Result<(), Problem> {
    let made = fs::create_dir_all(folder)
        .and_then(|()| tempfile::Builder::new().prefix(".tapbench-").tempfile_in(folder).map(drop));
    made.map_err(|error| no_recording(folder, &error))
}

/// No recording can be written to `path`.
pub(super) fn no_recording(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("{}: no recording can be written here: {}", path.display(), plain(error)))
        .remedy("choose another folder for recordings where recordings are opened (Ctrl+O)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_before_the_home_and_the_home_before_where_it_was_started() {
        let documents = tempfile::tempdir().unwrap();
        let there = || Some(documents.path().to_owned());
        let home = || Some(PathBuf::from("home"));
        assert_eq!(usual(there(), home()), documents.path().join("tapbench"));
        assert_eq!(usual(Some(documents.path().join("gone")), home()), Path::new("home").join("tapbench"));
        assert_eq!(usual(None, None), Path::new("."));
    }

    #[test]
    fn a_folder_is_tried_before_it_is_recorded_into() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("ward 3");
        assert_eq!(can_record_into(&new), Ok(()));
        assert_eq!(fs::read_dir(&new).unwrap().count(), 0, "nothing is left of the trial");
        let file = new.join("file");
        fs::File::create_new(&file).unwrap();
        let problem = can_record_into(&file).unwrap_err();
        assert!(problem.what.contains("no recording can be written here"), "{}", problem.what);
        assert!(problem.remedy.is_some());
    }

    #[test]
    fn a_recording_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = new_recording(folder.path());
        std::fs::File::create_new(&first).unwrap();
        assert_ne!(new_recording(folder.path()), first);
    }
}
