//! A `--columns` for a file that does not tell its columns, from what its first rows look like.

use super::cell;
use super::layout::ColumnsError;
use super::plan::{BandFrom, Rows, guess_unit};

/// What a receiver measures of a phone or band in a room; other columns have negative numbers too.
const USUAL_DBM: std::ops::RangeInclusive<i64> = -110..=-20;

/// Asks for the columns that are not known.
pub(super) fn not_guessed(
    rows: &Rows<'_>,
    time: Option<usize>,
    rssi: Option<usize>,
    band: Option<&BandFrom>,
) -> ColumnsError {
    let mut missing = Vec::new();
    let is_value = |c: &String| guess_unit(c, None).is_some() || cell::address(c).is_some();
    let has_header = !rows.first().iter().any(is_value);
    let spell = |at: usize| match rows.first().get(at) {
        Some(name) if has_header && !name.is_empty() && !name.contains(',') => name.clone(),
        _ => (at + 1).to_string(),
    };
    let body = &rows.rows[usize::from(has_header && rows.rows.len() > 1)..];
    let rssi_at = rssi.or_else(|| rssi_column(body));
    let is_strength = |c: &String| is_usual(c) || c == "127";
    let is_sample = |row: &&Vec<String>| rssi_at.and_then(|at| row.get(at)).is_some_and(is_strength);
    let (samples, others): (Vec<_>, Vec<_>) = body.iter().partition(is_sample);
    let data = samples.first().copied().map_or(rows.first(), Vec::as_slice);
    let find = |fits: &dyn Fn(&str) -> bool| data.iter().position(|c| fits(c));
    let time_at = time.or_else(|| find(&|c| guess_unit(c, None).is_some() && !c.starts_with('-')));
    if time.is_none() {
        missing.push("the time");
    }
    if rssi.is_none() {
        missing.push("the signal strength");
    }
    let band_example = match band {
        Some(BandFrom::Constant(band)) => band.to_string(),
        Some(BandFrom::Column(at)) => spell(*at),
        None => {
            missing.push("the band");
            find(&|c| cell::address(c).is_some() || is_uuid(c)).map_or("~phone".into(), spell)
        }
    };
    let or_placeholder = |at: Option<usize>| at.map_or("COLUMN".into(), spell);
    let mut map =
        format!("time={},rssi={},band={band_example}", or_placeholder(time_at), or_placeholder(rssi_at));
    if let Some((at, kind)) = kind_of(&samples, &others) {
        map.push_str(&format!(",only={}:{kind}", spell(at)));
    }
    let quote = if map.contains([' ', '(', ')', '~', '&']) { "\"" } else { "" };
    ColumnsError::NotGuessed { missing: missing.join(" and "), example: format!("{quote}{map}{quote}") }
}

/// The column that holds usual strengths far more often than any other; none where there is doubt.
fn rssi_column(rows: &[Vec<String>]) -> Option<usize> {
    let widest = rows.iter().map(Vec::len).max()?;
    let count = |at: usize| rows.iter().filter(|row| row.get(at).is_some_and(|c| is_usual(c))).count();
    let mut counts: Vec<_> = (0..widest).map(|at| (count(at), at)).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let [(most, at), rest @ ..] = counts.as_slice() else { return None };
    let second = rest.first().map_or(0, |(count, _)| *count);
    (*most > 2 * second).then_some(*at)
}

fn is_usual(cell: &str) -> bool {
    !cell::has_fraction(cell) && cell::rssi(cell).is_some_and(|dbm| USUAL_DBM.contains(&dbm))
}

/// How phones name each other that hide addresses.
fn is_uuid(cell: &str) -> bool {
    cell.len() == 36
        && cell.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A word that all rows with samples have in one column and no other row has: logs of phones hold
/// rows of other sensors between them.
fn kind_of<'r>(samples: &[&'r Vec<String>], others: &[&Vec<String>]) -> Option<(usize, &'r str)> {
    let is_word = |cell: &str| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    let has = |row: &&Vec<String>, at: usize, word: &str| row.get(at).is_some_and(|cell| cell == word);
    let words = samples.first().filter(|_| !others.is_empty())?.iter().enumerate();
    words.map(|(at, cell)| (at, cell.as_str())).find(|(at, word)| {
        is_word(word)
            && samples.iter().all(|row| has(row, *at, word))
            && !others.iter().any(|row| has(row, *at, word))
    })
}
