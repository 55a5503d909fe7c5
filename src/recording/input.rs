//! Where recordings come from: a file, standard input, a folder or a pattern; plain or zstd.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blocks::Blocks;
use super::read_ahead::ReadAhead;

/// From this size on a second thread reads ahead.
const LARGE: u64 = 4 << 20;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A recording named on the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// The path as given, or as a folder or pattern led to it; `-` for standard input.
    pub path: String,
}

/// The recordings that arguments lead to.
#[derive(Debug, Default)]
pub struct Expanded {
    /// Each of them; an argument that leads to nothing is an error that says so.
    pub found: Vec<Result<Input, String>>,
    /// Those of folders and patterns that are left out, so that nothing counts twice.
    pub left_out: Vec<Superseded>,
    /// Those that are named beside their repaired copies, and so count twice.
    pub twice: Vec<Superseded>,
}

/// A recording and its repaired copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Superseded {
    /// As it was before.
    pub original: Input,
    /// The path of the copy.
    pub by: String,
}

/// The recordings that `arguments` name: each a file, `-`, a folder (its `*.rssi.jsonl` and
/// `*.rssi.jsonl.zst`, below too) or a pattern (expanded here: cmd.exe does not).
///
/// Of what a folder or pattern leads to, a recording whose repaired copy is there too is left out.
pub fn expand(arguments: &[String]) -> Expanded {
    let mut expanded = Expanded::default();
    for argument in arguments {
        expand_one(argument, &mut expanded);
    }
    expanded.twice = expanded.superseded();
    expanded
}

fn expand_one(argument: &str, expanded: &mut Expanded) {
    let path = Path::new(argument);
    if argument == "-" || path.is_file() {
        expanded.found.push(Ok(Input { path: argument.to_owned() }));
    } else if path.is_dir() {
        let mut paths = Vec::new();
        match recordings_below(path, &mut paths) {
            Err(e) => expanded.found.push(Err(format!("{argument}: the folder cannot be read: {e}"))),
            Ok(()) if paths.is_empty() => {
                expanded.found.push(Err(format!("{argument}: no *.rssi.jsonl in this folder")));
            }
            Ok(()) => {
                paths.sort();
                expanded.take(&paths);
            }
        }
    } else if argument.contains(['*', '?', '[']) {
        let paths: Result<Vec<_>, _> =
            glob::glob(argument).map(|paths| paths.filter_map(Result::ok).filter(|p| p.is_file()).collect());
        match paths {
            Err(e) => expanded.found.push(Err(format!("{argument}: not a pattern: {e}"))),
            Ok(paths) if paths.is_empty() => {
                expanded.found.push(Err(format!("{argument}: no file matches")));
            }
            Ok(paths) => expanded.take(&paths),
        }
    } else {
        // Neither there nor a pattern: opening it says why.
        expanded.found.push(Ok(Input { path: argument.to_owned() }));
    }
}

impl Expanded {
    /// What a folder or pattern led to.
    fn take(&mut self, paths: &[PathBuf]) {
        let paths: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let all: HashSet<&str> = paths.iter().map(String::as_str).collect();
        let copies: Vec<_> = paths.iter().map(|path| repaired_among(path, &all)).collect();
        let mut originals: HashMap<String, usize> = HashMap::new();
        for copy in copies.iter().flatten() {
            *originals.entry(copy.clone()).or_default() += 1;
        }
        for (path, copy) in paths.iter().zip(copies) {
            let original = Input { path: path.clone() };
            // A copy of several could be of any.
            match copy.filter(|by| originals.get(by) == Some(&1) && is_closed(by)) {
                Some(by) => self.left_out.push(Superseded { original, by }),
                None => self.found.push(Ok(original)),
            }
        }
    }

    fn superseded(&self) -> Vec<Superseded> {
        let found = || self.found.iter().flatten();
        let all: HashSet<&str> = found().map(|input| input.path.as_str()).collect();
        let pair = |original: &Input| {
            Some(Superseded { by: repaired_among(&original.path, &all)?, original: original.clone() })
        };
        found().filter_map(pair).collect()
    }
}

fn repaired_among(path: &str, all: &HashSet<&str>) -> Option<String> {
    let copy = repaired_name(path);
    [copy.clone(), format!("{copy}.zst")].into_iter().find(|copy| all.contains(copy.as_str()))
}

/// Whether a recording is there to its end, as `repair` leaves its copies.
fn is_closed(path: &str) -> bool {
    let last_bytes = || -> io::Result<Vec<u8>> {
        let mut bytes = decompressed(Box::new(File::open(path)?))?;
        let (mut block, mut last) = (vec![0; 1 << 16], Vec::new());
        while let count @ 1.. = bytes.read(&mut block)? {
            last.extend_from_slice(&block[..count]);
            // The last line is shorter.
            last.drain(..last.len().saturating_sub(1024));
        }
        Ok(last)
    };
    let last = last_bytes().unwrap_or_default();
    String::from_utf8_lossy(&last).lines().last().is_some_and(|line| line.contains("\"end\":true"))
}

/// What `repair` calls the repaired copy of a recording: `NAME.repaired.rssi.jsonl` for
/// `NAME.rssi.jsonl`, compressed or not.
pub fn repaired_name(path: &str) -> String {
    format!("{}{REPAIRED}.rssi.jsonl", stem(path))
}

/// Whether a recording is called as `repair` calls its copies.
pub fn is_repaired_copy(path: &str) -> bool {
    stem(path).ends_with(REPAIRED)
}

const REPAIRED: &str = ".repaired";

fn stem(path: &str) -> &str {
    let name = path.strip_suffix(".zst").unwrap_or(path);
    let name = name.strip_suffix(".jsonl").unwrap_or(name);
    name.strip_suffix(".rssi").unwrap_or(name)
}

fn recordings_below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            recordings_below(&path, found)?;
        } else if name.ends_with(".rssi.jsonl") || name.ends_with(".rssi.jsonl.zst") {
            found.push(path);
        }
    }
    Ok(())
}

/// Told how many bytes of a large file have been read, and how many there are.
pub type Progress = Box<dyn FnMut(u64, u64) + Send>;

/// Opens a recording for reading; zstd is recognised by its first bytes.
pub fn open(input: &Input, progress: Option<Progress>) -> io::Result<Box<dyn Blocks + Send>> {
    if input.path == "-" {
        return Ok(Box::new(decompressed(Box::new(io::stdin()))?));
    }
    let file = File::open(&input.path)?;
    let size = file.metadata().ok().filter(|m| m.is_file()).map_or(0, |m| m.len());
    if size < LARGE {
        return Ok(Box::new(decompressed(Box::new(file))?));
    }
    let stream: Box<dyn Read + Send> = match progress {
        Some(progress) => Box::new(Counted { file, read: 0, size, progress }),
        None => Box::new(file),
    };
    Ok(Box::new(ReadAhead::start(decompressed(stream)?)?))
}

/// A recording that was read whole, as it stands in its file; zstd is recognised by its first bytes.
///
/// # Errors
/// When the decompressor cannot start.
pub fn of_bytes(bytes: Arc<[u8]>) -> io::Result<Box<dyn Blocks + Send>> {
    Ok(Box::new(decompressed(Box::new(io::Cursor::new(bytes)))?))
}

struct Counted {
    file: File,
    read: u64,
    size: u64,
    progress: Progress,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read += count as u64;
        (self.progress)(self.read, self.size);
        Ok(count)
    }
}

fn decompressed(mut raw: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut first = Vec::with_capacity(4);
    raw.by_ref().take(4).read_to_end(&mut first)?;
    let is_zstd = first == ZSTD_MAGIC;
    let whole = io::Cursor::new(first).chain(raw);
    Ok(if is_zstd { Box::new(zstd::stream::read::Decoder::new(whole)?) } else { Box::new(whole) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repaired_copy_is_named_after_the_torn_one() {
        for (name, copy) in [
            ("a/b.rssi.jsonl", "a/b.repaired.rssi.jsonl"),
            ("b.rssi.jsonl.zst", "b.repaired.rssi.jsonl"),
            ("b.jsonl", "b.repaired.rssi.jsonl"),
            ("b", "b.repaired.rssi.jsonl"),
        ] {
            assert_eq!(repaired_name(name), copy);
            assert!(is_repaired_copy(copy) && !is_repaired_copy(name));
        }
    }
}
