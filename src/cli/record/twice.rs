//! NFC readers that would be in two sources of one recording.

use super::source::Spec;
use crate::cli::Failure;
use crate::drivers::nfc::{self, is_meant};

/// Refuses a reader that two of the sources mean: each of its taps would be recorded twice.
pub(super) fn refuse(named: &[Spec]) -> Result<(), Failure> {
    let parts: Vec<_> = named.iter().filter(|spec| spec.is_nfc()).map(Spec::reader).collect();
    if parts.len() < 2 {
        return Ok(());
    }
    let readers = nfc::readers(nfc::system().as_ref()).unwrap_or_default();
    let names: Vec<_> = readers.into_iter().map(|state| state.name).collect();
    let Some(reader) = twice(&parts, &names) else { return Ok(()) };
    let what = format!("{reader} would be recorded twice: more than one --source nfc means it");
    Err(Failure::bad_input(what)
        .remedy("one --source nfc for all readers, or parts of names that mean one reader each"))
}

/// The reader that two parts of names mean; where none is there that shows it, the wider part.
fn twice(parts: &[Option<&str>], names: &[String]) -> Option<String> {
    let is_by_two = |name: &&String| parts.iter().filter(|part| is_meant(name, **part)).count() > 1;
    if let Some(name) = names.iter().find(is_by_two) {
        return Some(name.clone());
    }
    // What has the narrower part in its name has the wider one too.
    let contains = |(at, part): (usize, &Option<&str>)| {
        let narrower = parts.iter().enumerate().filter(|(other, _)| *other != at);
        narrower.map(|(_, other)| *other).find(|other| is_meant(other.unwrap_or_default(), *part))
    };
    let found = parts.iter().enumerate().find_map(contains)?;
    Some(found.map_or("each NFC reader".to_owned(), |part| format!("a reader with {part:?} in its name")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_meant_by_one_source_only() {
        let names = ["OMNIKEY 5022 00 00".to_owned(), "ACR122 01 00".to_owned()];
        let of = |parts: &[Option<&str>]| twice(parts, &names);
        assert_eq!(of(&[Some("omnikey"), Some("acr")]), None);
        assert_eq!(of(&[Some("omnikey"), Some("00 00")]), Some(names[0].clone()));
        assert_eq!(of(&[None, Some("acr")]), Some(names[1].clone()));
        assert_eq!(of(&[Some("absent"), Some("ABS")]), Some("a reader with \"absent\" in its name".into()));
        assert_eq!(twice(&[None, None], &[]), Some("each NFC reader".into()));
        assert_eq!(twice(&[Some("a"), Some("b")], &[]), None);
        assert_eq!(twice(&[Some("a"), None], &[]), Some("a reader with \"a\" in its name".into()));
    }
}
