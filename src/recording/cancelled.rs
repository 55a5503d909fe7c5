//! Takes segments that an operator cancelled out of a recording. Rows are written as they come and
//! never taken back, so while recording a row that decides nothing says which segment is not
//! meant; the finished recording is written anew without both.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::blocks::Blocks;
use super::export::CopyError;
use super::reader::{Options, Reader};
use super::row::RowKind;

/// Writes a recording that is closed, or broke off, anew without these segments. It is replaced
/// whole or not at all; a last line that is torn is left out.
///
/// # Errors
/// When reading or writing fails; then it is as it was.
pub fn take_out(path: &Path, segments: &HashSet<u64>) -> Result<(), CopyError> {
    let path = path.canonicalize()?;
    let input = File::open(&path)?;
    let mode = input.metadata()?.permissions();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
    let mut reader = Reader::new(input, Options::default())?.keep_raw();
    without_cancelled(&mut reader, &mut new, segments)?;
    drop(reader);
    let new = new.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    new.as_file().set_permissions(mode)?;
    new.as_file().sync_all()?;
    new.persist(&path).map_err(|error| error.error)?;
    keep_name(&path);
    Ok(())
}

/// A new name outlives a power cut only when its folder is kept too. Where the system cannot do
/// that, the recording is no worse than any other file.
#[cfg(unix)]
pub fn keep_name(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

/// The same, where the system keeps names by itself.
#[cfg(not(unix))]
pub fn keep_name(_: &Path) {}

/// Copies all rows of a reader that keeps its raw lines but the marks of these segments and the
/// rows that cancel them.
///
/// # Errors
/// When reading or writing fails.
pub fn without_cancelled<R: Blocks>(
    reader: &mut Reader<R>,
    out: &mut dyn Write,
    segments: &HashSet<u64>,
) -> Result<(), CopyError> {
    let mut put = |line: &[u8]| out.write_all(line).and_then(|()| out.write_all(b"\n"));
    put(reader.raw())?;
    while let Some(row) = reader.next_row()? {
        if of_segment(&row.kind).is_none_or(|id| !segments.contains(&id)) {
            put(reader.raw())?;
        }
    }
    Ok(())
}

/// The segment that a row begins, ends or cancels.
pub(super) fn of_segment(kind: &RowKind) -> Option<u64> {
    match kind {
        RowKind::Begin(segment) => Some(segment.id),
        RowKind::End(id) | RowKind::Cancelled(id) => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::*;

    #[test]
    fn a_cancelled_segment_leaves_nothing_behind() {
        let kept = |ids: &[u64]| {
            let begin = |id| format!("{{\"t_us\":{id},\"mark\":\"begin\",\"id\":{id},\"intent\":\"tap\"}}");
            let end = |id| format!("{{\"t_us\":9,\"mark\":\"end\",\"id\":{id}}}");
            let mut lines = vec!["{\"rssi_recording\":1}".to_owned()];
            lines.extend(ids.iter().map(|id| begin(*id)));
            lines.extend(ids.iter().map(|id| end(*id)));
            lines.extend((ids.len() > 1).then(|| "{\"t_us\":9,\"cancelled\":2}".to_owned()));
            lines.push("{\"t_us\":9, \"odd\":1.0}".to_owned());
            lines.join("\n") + "\n"
        };
        let text = kept(&[1, 2]);
        let mut reader = Reader::new(text.as_bytes(), Options::default()).unwrap().keep_raw();
        let mut out = Vec::new();
        without_cancelled(&mut reader, &mut out, &HashSet::from([2])).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), kept(&[1]));
    }
}
