//! Which bands are wanted, as options of the commands that listen.

use dongle_protocols::advertising::Uuid;

use super::Spec;
use crate::cli::Failure;
use crate::reading::Band;
use crate::session::{Choice, company};

/// A band is kept when any of these is true of it.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Which bands", group = clap::ArgGroup::new("choice").multiple(true))]
pub struct ChoiceArgs {
    /// Keep this band: its address, or ~NAME (repeatable)
    #[arg(long, value_name = "ADDR|~NAME", value_delimiter = ',', group = "choice")]
    band: Vec<Band>,
    /// Keep bands whose name begins so (repeatable)
    #[arg(long, value_name = "PREFIX", value_parser = name, group = "choice")]
    name: Vec<String>,
    /// Keep bands that offer this service, as in 180F, or have data of it (repeatable)
    #[arg(long, value_name = "UUID", group = "choice")]
    service: Vec<Uuid>,
    /// Keep bands with data of this manufacturer: 0x004C, or 76 (repeatable)
    #[arg(long, value_name = "ID", value_parser = company, group = "choice")]
    company: Vec<u16>,
    /// Keep bands whose advertising data contain these bytes, as in 5B0705 (repeatable)
    #[arg(long, value_name = "HEX", value_parser = bytes, group = "choice")]
    data: Vec<Bytes>,
}

/// Bytes of one option.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bytes(Vec<u8>);

impl ChoiceArgs {
    /// What is wanted of these sources.
    pub(in crate::cli) fn choice(&self, specs: &[Spec]) -> Result<Choice, Failure> {
        let choice = Choice {
            bands: self.band.clone(),
            names: self.name.iter().map(|name| name.as_bytes().to_vec()).collect(),
            services: self.service.clone(),
            companies: self.company.clone(),
            data: self.data.iter().map(|bytes| bytes.0.clone()).collect(),
        };
        if choice.needs_data() && specs.iter().all(|spec| spec.recording().is_some()) {
            let what = "a recording holds no names, services, manufacturers or data to choose by";
            return Err(Failure::bad_input(what).remedy("--band ADDR or --band ~NAME"));
        }
        Ok(choice)
    }
}

fn name(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("every name begins with nothing") } else { Ok(text.to_owned()) }
}

fn bytes(text: &str) -> Result<Bytes, &'static str> {
    const WRONG: &str = "write bytes in hexadecimal, as in 5B0705";
    let digits: Option<Vec<_>> = text.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len() % 2 == 0).ok_or(WRONG)?;
    Ok(Bytes(
        digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_pairs_of_digits() {
        assert_eq!(bytes("5B07ff"), Ok(Bytes(vec![0x5B, 0x07, 0xFF])));
        for text in ["", "5", "5B0", "xy", "5B 07"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
