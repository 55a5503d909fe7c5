//! Profiles (`profiles/*.toml`): parameters, the reading of the rules (`[model]`) and the NES
//! policy (`[policy]`) under one name, so that a terminal kind is one option.

use serde::Deserialize;
use toml_edit::de::Error as TomlError;

use crate::engine::parameters::{Dongle, OutOfDomain, Parameter, ParameterSet};
use crate::engine::{Model, Policy};

/// What a profile file says; what it leaves out stays as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// For people.
    pub description: Option<String>,
    /// Parameters for every dongle.
    parameters: ParameterSet,
    /// Parameters for one dongle only.
    by_dongle: [ParameterSet; 2],
    /// `[model]`, where there is one.
    pub model: Option<Model>,
    /// `[policy]`, where there is one.
    pub policy: Option<Policy>,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, or a key or value that a profile does not know; the text has line and column.
    #[error("{0}")]
    Toml(#[from] Box<TomlError>),
    /// A parameter out of its domain.
    #[error(transparent)]
    Domain(#[from] OutOfDomain),
    /// A `--model` file with more than `[model]` and `[policy]`.
    #[error("a model file holds [model] and [policy] only; parameters go into a profile (--profile)")]
    NotAModel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    description: Option<String>,
    #[serde(default)]
    parameters: Values,
    #[serde(default)]
    dongle: DongleTables,
    model: Option<Model>,
    policy: Option<Policy>,
    rssi_window_tap: Option<i64>,
    rssi_window_long: Option<i64>,
    rssi_tap_threshold: Option<i64>,
    rssi_cutoff_close: Option<i64>,
    rssi_cutoff_far: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DongleTables {
    bluegiga: Values,
    bleuio: Values,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Values {
    rssi_window_tap: Option<i64>,
    rssi_window_long: Option<i64>,
    rssi_tap_threshold: Option<i64>,
    rssi_cutoff_close: Option<i64>,
    rssi_cutoff_far: Option<i64>,
}

impl Values {
    fn checked(&self) -> Result<ParameterSet, OutOfDomain> {
        let mut set = ParameterSet::default();
        for parameter in Parameter::ALL {
            let value = match parameter {
                Parameter::WindowTap => self.rssi_window_tap,
                Parameter::WindowLong => self.rssi_window_long,
                Parameter::TapThreshold => self.rssi_tap_threshold,
                Parameter::CutoffClose => self.rssi_cutoff_close,
                Parameter::CutoffFar => self.rssi_cutoff_far,
            };
            if let Some(value) = value {
                set.set(parameter, value)?;
            }
        }
        Ok(set)
    }
}

impl Profile {
    /// Reads a profile: parameters at the top level, in `[parameters]` or in `[dongle.NAME]`, and
    /// `[model]` and `[policy]`.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let file: File = toml_edit::de::from_str(text).map_err(Box::new)?;
        let top = Values {
            rssi_window_tap: file.rssi_window_tap,
            rssi_window_long: file.rssi_window_long,
            rssi_tap_threshold: file.rssi_tap_threshold,
            rssi_cutoff_close: file.rssi_cutoff_close,
            rssi_cutoff_far: file.rssi_cutoff_far,
        };
        Ok(Self {
            description: file.description,
            parameters: top.checked()?.overlaid(&file.parameters.checked()?),
            by_dongle: [file.dongle.bluegiga.checked()?, file.dongle.bleuio.checked()?],
            model: file.model,
            policy: file.policy,
        })
    }

    /// Reads a `--model` file: `[model]` and `[policy]` only.
    pub fn parse_model(text: &str) -> Result<Self, ProfileError> {
        let profile = Self::parse(text)?;
        let has_parameters =
            profile.by_dongle.iter().chain([&profile.parameters]).any(|p| p.iter().count() > 0);
        if has_parameters { Err(ProfileError::NotAModel) } else { Ok(profile) }
    }

    /// The parameters it gives for `dongle`.
    pub fn parameters(&self, dongle: Option<Dongle>) -> ParameterSet {
        match dongle {
            Some(dongle) => self.parameters.overlaid(&self.by_dongle[dongle as usize]),
            None => self.parameters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_for_the_dongle_wins_over_what_holds_for_all() {
        let text = "rssi_window_tap = 8\n[dongle.bleuio]\nrssi_window_tap = 12\n[model]\ntap_rule = \"every-sample-above\"\n";
        let profile = Profile::parse(text).unwrap();
        let window = |d| profile.parameters(d).get(Parameter::WindowTap);
        assert_eq!((window(Some(Dongle::Bluegiga)), window(Some(Dongle::BleuIo))), (Some(8), Some(12)));
        assert_eq!(profile.model.map(|m| m.absent_after_s), Some(30));
        assert_eq!(profile.policy, None);
    }

    #[test]
    fn a_misspelt_key_is_refused_with_its_line() {
        let error = Profile::parse("[model]\nrearm_hysteresis = 2\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_model_file_with_parameters_is_refused() {
        assert!(matches!(Profile::parse_model("rssi_window_tap = 8\n"), Err(ProfileError::NotAModel)));
    }
}
