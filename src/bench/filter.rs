//! Which bands are listed, and recorded: the same words as `tapbench record --band`, `--name`,
//! `--service` and `--company`.

use dongle_protocols::advertising::Uuid;

use serde::{Deserialize, Serialize};

use crate::reading::Band;
use crate::session::{Choice, Listing, company};

/// What a filter looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The address, or any part of it.
    #[default]
    Address,
    /// How the name begins.
    Name,
    /// A service that is offered.
    Service,
    /// Whose data it sends.
    Company,
}

impl By {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Address, Self::Name, Self::Service, Self::Company];

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Name => "name",
            Self::Service => "service",
            Self::Company => "manufacturer",
        }
    }

    /// What is written behind it.
    pub fn example(self) -> &'static str {
        match self {
            Self::Address => "C6:05, or ~name",
            Self::Name => "Nymi",
            Self::Service => "180F",
            Self::Company => "0x004C, or 76",
        }
    }
}

/// A filter as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// What it looks at.
    pub by: By,
    /// What is wanted; nothing where it is empty.
    pub text: String,
}

impl Filter {
    /// What is to be recorded.
    ///
    /// # Errors
    /// Why it cannot be understood, or would not do for a recording.
    pub fn choice(&self) -> Result<Choice, String> {
        let (text, mut choice) = (self.text.trim(), Choice::default());
        if text.is_empty() {
            return Ok(choice);
        }
        match self.by {
            By::Address => choice.bands.push(text.parse().map_err(|_| {
                format!("\"{text}\" is no whole address: only the list is filtered, all is recorded")
            })?),
            By::Name => choice.names.push(text.as_bytes().to_vec()),
            By::Service => choice.services.push(service(text)?),
            By::Company => choice.companies.push(company(text)?),
        }
        Ok(choice)
    }

    /// Whether it looks at what a band says of itself, which stays as its address changes.
    pub fn is_of_what_they_say(&self) -> bool {
        self.by != By::Address && !self.text.trim().is_empty() && self.problem().is_none()
    }

    /// Why it cannot be understood.
    pub fn problem(&self) -> Option<String> {
        match self.by {
            By::Address | By::Name => None,
            By::Service | By::Company => self.choice().err(),
        }
    }

    /// Whether a band is listed; `heard` is what its packets said, which recordings do not hold.
    pub fn shows(&self, band: Option<Band>, heard: Option<&Listing>) -> bool {
        let text = self.text.trim();
        if text.is_empty() {
            return true;
        }
        match self.by {
            By::Address => {
                let band = band.map(|band| band.to_string().to_lowercase());
                band.is_some_and(|band| band.contains(&text.to_lowercase()))
            }
            By::Name => {
                let name = heard.and_then(|heard| heard.name.as_deref());
                name.is_some_and(|name| name.starts_with(text))
            }
            By::Service => heard.zip(service(text).ok()).is_some_and(|(heard, uuid)| {
                let uuid = uuid.to_string();
                heard.services.contains(&uuid)
            }),
            By::Company => {
                heard.zip(company(text).ok()).is_some_and(|(heard, id)| heard.companies.contains(&id))
            }
        }
    }
}

fn service(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| format!("\"{text}\" is no service: write its UUID, as in 180F"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard() -> Listing {
        Listing {
            band: Band::Address(0xC605_0403_0201),
            kind: None,
            name: Some("Nymi-1".into()),
            companies: vec![0x75B],
            services: vec!["180F".into()],
            samples: 1,
            mean_dbm: -60.0,
            strongest_dbm: -60,
            rate_hz: None,
            rise_db: 0.0,
            highest_dbm: -60.0,
        }
    }

    #[test]
    fn bands_are_listed_by_what_is_wanted() {
        let band = Some(Band::Address(0xC605_0403_0201));
        let shows = |by, text: &str| Filter { by, text: text.into() }.shows(band, Some(&heard()));
        for (by, text, expected) in [
            (By::Address, "", true),
            (By::Address, "c6:05", true),
            (By::Address, "C7", false),
            (By::Name, "Nymi", true),
            (By::Name, "ymi", false),
            (By::Service, "180f", true),
            (By::Service, "180A", false),
            (By::Service, "x", false),
            (By::Company, "0x075B", true),
            (By::Company, "1883", true),
            (By::Company, "075B", false),
        ] {
            assert_eq!(shows(by, text), expected, "{by:?} {text}");
        }
        let of_recording = |by| Filter { by, text: "180F".into() }.shows(band, None);
        assert!(!of_recording(By::Service), "a recording holds no services");
    }

    #[test]
    fn what_is_recorded_is_said_as_for_the_command_line() {
        let choice = |by, text: &str| Filter { by, text: text.into() }.choice();
        assert!(choice(By::Name, " ").unwrap().is_everything());
        assert_eq!(choice(By::Company, "0x004C").unwrap().companies, [0x4C]);
        assert_eq!(choice(By::Address, "C6:05:04:03:02:01").unwrap().bands.len(), 1);
        assert!(choice(By::Address, "C6:05").unwrap_err().contains("only the list is filtered"));
        assert!(Filter { by: By::Company, text: "004C".into() }.problem().is_some());
        assert!(Filter { by: By::Address, text: "C6".into() }.problem().is_none());
    }
}
