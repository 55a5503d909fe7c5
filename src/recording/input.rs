//! Where recordings come from: a file, standard input, a folder or a pattern; plain or zstd.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
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

/// The recordings that `arguments` name: each a file, `-`, a folder (its `*.rssi.jsonl` and
/// `*.rssi.jsonl.zst`, below too) or a pattern (expanded here: cmd.exe does not).
///
/// An argument that leads to nothing is an error that says so.
pub fn expand(arguments: &[String]) -> Vec<Result<Input, String>> {
    arguments.iter().flat_map(|argument| expand_one(argument)).collect()
}

fn expand_one(argument: &str) -> Vec<Result<Input, String>> {
    let path = Path::new(argument);
    let input = |path: &Path| Ok(Input { path: path.to_string_lossy().into_owned() });
    if argument == "-" || path.is_file() {
        return vec![Ok(Input { path: argument.to_owned() })];
    }
    if path.is_dir() {
        let mut found = Vec::new();
        return match recordings_below(path, &mut found) {
            Err(e) => vec![Err(format!("{argument}: the folder cannot be read: {e}"))],
            Ok(()) if found.is_empty() => vec![Err(format!("{argument}: no *.rssi.jsonl in this folder"))],
            Ok(()) => {
                found.sort();
                found.iter().map(|p| input(p)).collect()
            }
        };
    }
    if argument.contains(['*', '?', '[']) {
        let paths: Result<Vec<_>, _> =
            glob::glob(argument).map(|paths| paths.filter_map(Result::ok).filter(|p| p.is_file()).collect());
        return match paths {
            Err(e) => vec![Err(format!("{argument}: not a pattern: {e}"))],
            Ok(paths) if paths.is_empty() => vec![Err(format!("{argument}: no file matches"))],
            Ok(paths) => paths.iter().map(|p| input(p)).collect(),
        };
    }
    // Neither there nor a pattern: opening it says why.
    vec![Ok(Input { path: argument.to_owned() })]
}

fn recordings_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
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
