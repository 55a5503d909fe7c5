//! Pseudonyms in place of addresses and of cards' UIDs, for recordings that leave the house.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use serde_json::{Map, Value};

use super::import::address;
use crate::reading::Band;

/// How long an address is in print.
const SPELT: usize = 17;

/// The same address, or UID, gets the same pseudonym within a file, and nobody can go back, for the key is
/// random and forgotten.
#[derive(Debug, Default)]
pub struct Pseudonyms {
    key: RandomState,
    given: HashMap<u64, Band>,
}

/// Of a card, plain or hashed: a UID of 4 bytes can be guessed from its hash by whoever has the salt.
const UID: &str = "uid";
/// With it hashes of UIDs can be guessed.
const UID_SALT: &str = "uid_salt";

impl Pseudonyms {
    /// The pseudonym of an address; a band that has one keeps it.
    pub fn of(&mut self, band: Band) -> Band {
        let Band::Address(address) = band else { return band };
        let key = &self.key;
        *self.given.entry(address).or_insert_with(|| {
            let name = format!("~{:016x}", key.hash_one(address));
            Band::parse(name.as_bytes()).unwrap_or(band)
        })
    }

    /// The pseudonym of a UID, as the recorder spells it.
    fn of_uid(&self, uid: &Value) -> String {
        let spelt = uid.as_str().map_or_else(|| uid.to_string(), str::to_ascii_uppercase);
        format!("~{:016x}", self.key.hash_one((UID, spelt)))
    }

    /// A source's name: some sensors are named by their address, with or without colons.
    pub fn of_source(&mut self, name: &str) -> String {
        match address(name) {
            Some(band) => self.of(band).to_string(),
            None => self.in_text(name),
        }
    }

    /// A text with pseudonyms for the addresses in it (written with colons or dashes).
    pub fn in_text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let len = match rest.get(..SPELT).and_then(address) {
                Some(band) => {
                    out.push_str(&self.of(band).to_string());
                    SPELT
                }
                None => {
                    out.push(next);
                    next.len_utf8()
                }
            };
            rest = &rest[len..];
        }
        out
    }

    /// A header or row with pseudonyms for the addresses in its texts and for its UIDs, and without
    /// `addr` and `uid_salt`.
    pub fn in_object(&mut self, object: &mut Map<String, Value>) {
        for key in ["addr", UID_SALT] {
            object.shift_remove(key);
        }
        for (key, value) in object.iter_mut() {
            match value {
                uid if key == UID && !uid.is_null() => *uid = self.of_uid(uid).into(),
                Value::String(name) if key == "source" || key == "id" => *name = self.of_source(name),
                other => self.in_value(other),
            }
        }
    }

    fn in_value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.in_text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.in_value(value)),
            Value::Object(object) => self.in_object(object),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_keeps_its_pseudonym_wherever_it_stands() {
        let mut pseudonyms = Pseudonyms::default();
        let name = pseudonyms.of(Band::Address(0xC605_0403_0201)).to_string();
        let mut row = json!({
            "band": "C6:05:04:03:02:01", "addr": "C6:05:04:03:02:01", "source": "c60504030201",
            "x": [{"note": "ünder c6-05-04-03-02-01, not C6:05"}], "id": 7, "other": "~kept",
        });
        pseudonyms.in_object(row.as_object_mut().unwrap());
        assert_eq!(
            row,
            json!({
                "band": name, "source": name, "x": [{"note": format!("ünder {name}, not C6:05")}],
                "id": 7, "other": "~kept",
            })
        );
    }

    #[test]
    fn two_files_have_different_pseudonyms() {
        let band = Band::Address(1);
        assert_ne!(Pseudonyms::default().of(band), Pseudonyms::default().of(band));
    }
}
