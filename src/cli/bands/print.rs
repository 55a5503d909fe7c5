//! The list of bands, for people and for programs.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::session::{Listed, Listing};

pub(super) fn table(listed: &Listed) -> String {
    let mut text = String::new();
    if listed.rows.is_empty() {
        return text;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{:<17}  {:>6}  {:>4}  {:>5}  {:>5}  {:<14}  {:<11}  name",
        "band", "mean", "top", "rate", "rise", "address", "company"
    );
    for (place, row) in listed.rows.iter().enumerate() {
        let kind = row.kind.map_or("-", |kind| kind.name());
        let rate = row.rate_hz.map_or("-".to_owned(), |hz| format!("{hz:.0}/s"));
        let company = row.companies.first().map_or("-".to_owned(), |id| format!("0x{id:04X}"));
        let name = row.name.as_deref().unwrap_or("-");
        let mark = if listed.found == Some(place) { "  <== rose most" } else { "" };
        let _ = writeln!(
            text,
            "{:<17}  {:>6.1}  {:>4}  {rate:>5}  {:>5.0}  {kind:<14}  {company:<11}  {name}{mark}",
            row.band.to_string(),
            row.mean_dbm,
            row.strongest_dbm,
            row.rise_db,
        );
    }
    text
}

pub(super) fn json(listed: &Listed) -> String {
    let rows = listed.rows.iter().enumerate().map(|(place, row)| object(row, listed.found == Some(place)));
    format!("{}\n", json!({ "bands": rows.collect::<Vec<_>>() }))
}

fn object(row: &Listing, rose_most: bool) -> Value {
    let tenths = |number: f64| Value::from((number * 10.0).round() / 10.0);
    let mut keys = Map::new();
    keys.insert("band".into(), row.band.to_string().into());
    keys.extend(row.kind.map(|kind| ("address_kind".to_owned(), kind.name().into())));
    keys.extend(row.name.as_ref().map(|name| ("name".to_owned(), name.as_str().into())));
    let companies = row.companies.iter().map(|id| format!("0x{id:04X}"));
    keys.insert("companies".into(), companies.collect::<Vec<_>>().into());
    keys.insert("services".into(), row.services.clone().into());
    keys.insert("samples".into(), row.samples.into());
    keys.insert("mean_dbm".into(), tenths(row.mean_dbm));
    keys.insert("strongest_dbm".into(), row.strongest_dbm.into());
    keys.insert("rate_hz".into(), row.rate_hz.map_or(Value::Null, tenths));
    keys.insert("rise_db".into(), tenths(row.rise_db));
    keys.insert("rose_most".into(), rose_most.into());
    Value::Object(keys)
}

#[cfg(test)]
mod tests {
    use dongle_protocols::advertising::AddressKind;

    use super::*;

    #[test]
    fn the_one_that_rose_most_is_marked() {
        let row = |band: &str, rise_db| Listing {
            band: band.parse().unwrap(),
            kind: Some(AddressKind::StaticRandom),
            name: Some("Band 1".into()),
            companies: vec![0x01B2],
            services: vec![],
            samples: 20,
            mean_dbm: -40.25,
            strongest_dbm: -38,
            rate_hz: Some(9.96),
            rise_db,
            highest_dbm: -40.0,
        };
        let listed = Listed {
            rows: vec![row("C6:05:04:03:02:01", 2.0), row("C6:05:04:03:02:02", 31.0)],
            found: Some(1),
        };
        let lines = table(&listed);
        assert!(lines.lines().nth(2).unwrap().ends_with("Band 1  <== rose most"), "{lines}");
        assert_eq!(lines.matches("rose most").count(), 1);
        let value: Value = serde_json::from_str(&json(&listed)).unwrap();
        assert_eq!(
            value["bands"][1],
            json!({"band":"C6:05:04:03:02:02","address_kind":"static random","name":"Band 1","companies":["0x01B2"],
                "services":[],"samples":20,"mean_dbm":-40.3,"strongest_dbm":-38,"rate_hz":10.0,"rise_db":31.0,"rose_most":true})
        );
    }
}
