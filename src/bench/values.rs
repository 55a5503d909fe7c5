//! Parameters from a file: an `nbe.toml` or a profile.

use std::fmt::Display;
use std::path::Path;

use crate::engine::parameters::{Dongle, ParameterSet};
use crate::nbe_config::{self, Document, default_document_beside, effective};
use crate::profile::Profile;

use super::problem::Problem;

/// What a profile says for a dongle, or what NBE would use with this nbe.toml: what it does not say
/// comes from `nbe.default.toml` beside it, or is as published.
///
/// # Errors
/// When it cannot be read, or says nothing.
pub(super) fn load(path: &Path, dongle: Dongle) -> Result<ParameterSet, Problem> {
    let bytes = nbe_config::read(path).map_err(|error| Problem::of_file(&error))?;
    let refused = |why: &dyn Display| {
        Problem::new(format!("{}: {why}", path.display()))
            .remedy("choose an nbe.toml, or a profile that holds parameters")
    };
    let values = match Profile::parse(&String::from_utf8_lossy(&bytes)) {
        Ok(profile) => profile.parameters(Some(dongle)),
        // What is no profile is a config, which says more than parameters.
        Err(_) => {
            let document = Document::parse(&bytes).map_err(|error| refused(&error))?;
            let stated = document.parameters(dongle).map_err(|error| refused(&error))?;
            let default_file = default_document_beside(path);
            let mut values = ParameterSet::default();
            if stated != values {
                for each in effective(&document, default_file.as_ref(), dongle) {
                    let value = each.in_force().map(i64::from);
                    value
                        .map_or(Ok(()), |value| values.set(each.parameter, value))
                        .map_err(|e| refused(&e))?;
                }
            }
            values
        }
    };
    if values.iter().next().is_none() {
        return Err(refused(&format!("there are no parameters for a {dongle} dongle in it")));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use crate::engine::parameters::Parameter;

    use super::*;

    #[test]
    fn a_config_and_a_profile_are_read_for_the_dongle() {
        let folder = tempfile::tempdir().unwrap();
        let load = |text: &str| {
            let path = folder.path().join("values.toml");
            std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            load(&path, Dongle::BleuIo)
        };
        let tables =
            "[dongle.bluegiga]\nrssi_tap_threshold = -42\n[dongle.bleuio]\nrssi_tap_threshold = -50\n";
        let agent = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n";
        for text in [tables.to_owned(), format!("{agent}{tables}"), format!("description = \"x\"\n{tables}")]
        {
            assert_eq!(load(&text).unwrap().get(Parameter::TapThreshold), Some(-50), "{text}");
        }
        let of_config = |parameter| load(&format!("{agent}{tables}")).unwrap().get(parameter);
        assert_eq!((of_config(Parameter::WindowTap), of_config(Parameter::CutoffFar)), (Some(10), None));
        let default_file = folder.path().join("nbe.default.toml");
        let mut file = std::fs::File::create(default_file).unwrap();
        file.write_all(b"[dongle.bleuio]\nrssi_cutoff_far = -90\nrssi_tap_threshold = -40\n").unwrap();
        assert_eq!(of_config(Parameter::CutoffFar), Some(-90), "what the installer wrote");
        assert_eq!(of_config(Parameter::TapThreshold), Some(-50), "what the file says comes first");
        for text in ["", agent, "[policy]\n", "rssi_tap_threshold = 7\n", "{"] {
            assert!(load(text).unwrap_err().remedy.is_some(), "{text}");
        }
        assert!(super::load(&folder.path().join("none.toml"), Dongle::BleuIo).is_err());
    }
}
