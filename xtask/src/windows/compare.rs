//! The same recordings must replay to the same bytes on Windows as on Linux.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Wine;
use crate::steps::Done;

const RECORDINGS: &str = "recordings";

/// Replays every sample recording with both programs; fails with the names of those that differ.
pub fn replays(wine: &Wine, exe: &Path, native: &Path) -> Result<Done, String> {
    if !Path::new(RECORDINGS).is_dir() {
        return Ok(Done::Skipped(format!("there is no folder {RECORDINGS}")));
    }
    let recordings = recordings()?;
    if recordings.is_empty() {
        return Err(format!("the folder {RECORDINGS} holds no *.rssi.jsonl"));
    }
    let mut failing = Vec::new();
    for recording in &recordings {
        let arguments = ["replay", recording.as_str(), "--dongle", "bluegiga", "--format", "jsonl"];
        let here = Command::new(native)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|why| format!("{}: {why}", native.display()))?;
        let (status, there) = wine.output(exe, &arguments)?;
        let same = here.stdout == there && here.status.code() == status.code();
        // Two programs that fail alike have not been compared.
        let word = match (same, there.is_empty()) {
            (true, false) => "same",
            (true, true) => "NOTHING",
            (false, _) => "DIFFERS",
        };
        println!(
            "{word:<8} {recording}: {} bytes, {}; wine: {} bytes, {status}",
            here.stdout.len(),
            here.status,
            there.len()
        );
        if word != "same" {
            failing.push(recording.as_str());
        }
    }
    if failing.is_empty() {
        Ok(Done::Holds)
    } else {
        Err(format!("not the same replay, or none: {}", failing.join(", ")))
    }
}

/// The sample recordings, in the order of their names.
fn recordings() -> Result<Vec<String>, String> {
    let folder = fs::read_dir(RECORDINGS).map_err(|why| format!("{RECORDINGS}: {why}"))?;
    let paths = folder.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut names: Vec<String> =
        paths.map(PathBuf::into_os_string).filter_map(|path| path.into_string().ok()).collect();
    names.retain(|name| name.ends_with(".rssi.jsonl"));
    names.sort();
    Ok(names)
}
