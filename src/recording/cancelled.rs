//! Takes segments that an operator cancelled out of a recording. Rows are written as they come and
//! never taken back, so while recording a row that decides nothing says which segment is not
//! meant; the finished recording is written anew without both.

use std::collections::HashSet;
use std::io::Write;

use super::blocks::Blocks;
use super::export::CopyError;
use super::reader::Reader;
use super::row::RowKind;

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
