//! The options that say which parameters, which reading of the rules and which bands: shared by
//! replay, sweep, tune, fit and igel.

use std::path::{Path, PathBuf};

use super::Failure;
use super::config::{files, words};
use crate::engine::Rules;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::nbe_config::{Document, Layout, near_miss};
use crate::profile::Profile;
use crate::reading::{Band, SourceKind};
use crate::recording::Header;
use crate::replay::Filter;

/// PARAMETERS: where the numbers come from. Later ones win: published defaults of the dongle,
/// then --config, --profile, --set.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Parameters")]
pub struct ParameterArgs {
    /// Take the parameters of this nbe.toml
    #[arg(long, value_name = "NBE_TOML")]
    config: Option<PathBuf>,
    /// The dongle whose table or published defaults to use [default: the recording's]
    #[arg(long, value_enum)]
    dongle: Option<Dongle>,
    /// Parameters, [model] and [policy] from this file
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Set one parameter; wins over all files (repeatable)
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(Parameter, i32)>,
    /// [model] and [policy] from this file; wins over a profile's
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
}

/// Which bands and sources to evaluate.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "What to evaluate")]
pub struct FilterArgs {
    /// Only this band: its address, or ~NAME (repeatable)
    #[arg(long, value_name = "ADDR|~NAME")]
    band: Vec<Band>,
    /// Only this source, by its id in the header (repeatable)
    #[arg(long, value_name = "ID")]
    source: Vec<String>,
}

impl FilterArgs {
    /// As the replay takes it.
    pub fn filter(&self) -> Filter {
        Filter { bands: self.band.clone(), sources: self.source.clone() }
    }
}

/// Parses `KEY=VALUE` of one of the five parameters.
pub fn key_value(text: &str) -> Result<(Parameter, i32), String> {
    let (key, value) = text.split_once('=').ok_or("KEY=VALUE is needed, as in rssi_tap_threshold=-42")?;
    let parameter = Parameter::from_key(key.trim()).ok_or_else(|| {
        let advice = match near_miss(key.trim()) {
            Some(right) => format!("did you mean {right}?"),
            None => format!("the five keys are {}", Parameter::ALL.map(Parameter::key).join(", ")),
        };
        format!("{key} is none of NBE's five RSSI keys: {advice}")
    })?;
    let number: i64 = value.trim().parse().map_err(|_| parameter.refusal(value.trim()))?;
    let value = parameter.check(number).map_err(|e| e.to_string())?;
    Ok((parameter, value))
}

/// The files that the options name, read once.
#[derive(Debug, Default)]
pub struct Loaded {
    dongle: Option<Dongle>,
    config: Option<(PathBuf, Document)>,
    profile: Profile,
    model: Profile,
    set: ParameterSet,
    /// The nbe.toml that is to be changed.
    changed: Option<Document>,
}

/// The rules for one recording, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What the engine takes.
    pub rules: Rules,
    /// The dongle that they are for.
    pub dongle: Option<Dongle>,
    /// What there is where no source of the recording is one that was asked for: why no dongle is known.
    pub other_sources: Option<String>,
}

impl ParameterArgs {
    /// The dongle that was asked for.
    pub fn dongle(&self) -> Option<Dongle> {
        self.dongle
    }

    /// Reads the files.
    pub fn load(&self) -> Result<Loaded, Failure> {
        self.load_with(None)
    }

    /// Reads the files, for an nbe.toml that is to be changed: where there is one, what it says stands
    /// for what the terminal has, unless --config names another. What in it is no value stops nothing:
    /// writing it says what is wrong with the file.
    pub fn load_for(&self, changed: Option<&Path>) -> Result<Loaded, Failure> {
        let mut loaded = self.load()?;
        let changed = changed.filter(|_| self.config.is_none());
        loaded.changed = changed.and_then(|path| Document::parse(&crate::nbe_config::read(path).ok()?).ok());
        Ok(loaded)
    }

    /// Reads the files, with the nbe.toml given otherwise than by --config.
    pub fn load_with(&self, nbe_toml: Option<&Path>) -> Result<Loaded, Failure> {
        if nbe_toml.is_some() && self.config.is_some() {
            return Err(Failure::bad_input("an nbe.toml is named twice: as FILE and with --config"));
        }
        let profile =
            |path: &Option<PathBuf>, parse: fn(&str) -> Result<Profile, crate::profile::ProfileError>| {
                let Some(path) = path else { return Ok(Profile::default()) };
                let text = String::from_utf8_lossy(&read(path)?).into_owned();
                parse(&text).map_err(|e| Failure::bad_input(format!("{}: {e}", path.display())))
            };
        let mut set = ParameterSet::default();
        for (parameter, value) in &self.set {
            set.set(*parameter, (*value).into()).map_err(Failure::bad_input)?;
        }
        Ok(Loaded {
            dongle: self.dongle,
            config: nbe_toml.or(self.config.as_deref()).map(read_config).transpose()?,
            profile: profile(&self.profile, Profile::parse)?,
            model: profile(&self.model, Profile::parse_model)?,
            set,
            changed: None,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|e| Failure::bad_input(format!("{}: cannot be read: {e}", path.display())))
}

impl Loaded {
    /// The dongle: as asked, or the kind of the recording's sources if all that are evaluated
    /// are of one kind.
    pub fn dongle(&self, header: &Header, filter: &Filter) -> Option<Dongle> {
        self.dongle.or_else(|| recorded_dongle(header, filter))
    }

    /// The nbe.toml that the values come from.
    pub fn config_path(&self) -> Option<&Path> {
        self.config.as_ref().map(|(path, _)| path.as_path())
    }

    /// What files and options say for a dongle, without the published defaults.
    pub fn stated(&self, dongle: Option<Dongle>) -> Result<ParameterSet, Failure> {
        Ok(self.configured(dongle)?.overlaid(&self.given(dongle)))
    }

    /// What the nbe.toml says for a dongle.
    pub fn configured(&self, dongle: Option<Dongle>) -> Result<ParameterSet, Failure> {
        match &self.config {
            Some((path, document)) => config_parameters(path, document, dongle),
            None => Ok(self.changed.as_ref().zip(dongle).map_or_else(ParameterSet::default, usable)),
        }
    }

    /// What the profile and the options say for a dongle.
    pub fn given(&self, dongle: Option<Dongle>) -> ParameterSet {
        self.profile.parameters(dongle).overlaid(&self.set)
    }

    /// The rules for a recording, complete or not.
    pub fn rules(&self, header: &Header, filter: &Filter) -> Result<Resolved, Failure> {
        let dongle = self.dongle(header, filter);
        let published = dongle.map(ParameterSet::published).unwrap_or_default();
        let parameters = published.overlaid(&self.stated(dongle)?);
        let model = self.model.model.or(self.profile.model).unwrap_or_default();
        let policy = self.model.policy.or(self.profile.policy).unwrap_or_default();
        let other_sources = other_sources(header, filter);
        Ok(Resolved { rules: Rules { parameters, model, policy }, dongle, other_sources })
    }

    /// The rules for a recording, which must name all that the engine needs.
    pub fn complete_rules(&self, header: &Header, filter: &Filter) -> Result<Resolved, Failure> {
        let resolved = self.rules(header, filter)?;
        resolved.check_complete()?;
        Ok(resolved)
    }
}

impl Resolved {
    /// That no source is called as was asked for.
    fn no_such_source(&self) -> Failure {
        let there_are = self.other_sources.as_deref().unwrap_or_default();
        Failure::bad_input(format!("no source has the id that was asked for; {there_are}"))
            .remedy("--source with one of the ids that there are")
    }

    /// Why it is not known which dongle heard the recording.
    pub fn no_dongle(&self) -> Failure {
        if self.other_sources.is_some() {
            return self.no_such_source();
        }
        Failure::bad_input("the recording does not say which dongle heard it")
            .remedy("--dongle bluegiga or --dongle bleuio: its top value and its table depend on it")
    }

    /// Whether the rules name all that the engine needs; if not, what to do about it.
    pub fn check_complete(&self) -> Result<(), Failure> {
        self.rules.check_complete().map_err(|missing| match self.dongle {
            None if self.other_sources.is_some() => self.no_such_source(),
            None => Failure::bad_input(format!("{missing}: the recording names no dongle, or several kinds"))
                .remedy("--dongle bluegiga or --dongle bleuio; --source ID for one of several; or --set KEY=VALUE for each"),
            Some(dongle) => Failure::bad_input(&missing).remedy(format!(
                "it is not published for {dongle}: take it from the terminal's nbe.default.toml (--config) or give --set KEY=VALUE"
            )),
        })
    }
}

/// How the sources are called, where none of them is one that was asked for.
fn other_sources(header: &Header, filter: &Filter) -> Option<String> {
    let is_asked = header.sources.iter().any(|s| filter.admits_source(&s.id));
    let ids: Vec<_> = header.sources.iter().map(|s| s.id.clone()).collect();
    (!is_asked && !ids.is_empty()).then(|| there_are(&ids))
}

/// How many names are listed.
const SHOWN: usize = 5;

/// The names that there are, or the first few of them.
pub fn there_are(names: &[String]) -> String {
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        _ if names.is_empty() => "there is none".to_owned(),
        0 => format!("there are {shown}"),
        more => format!("there are {shown} and {more} more"),
    }
}

/// The dongle that made a recording, where all radio sources that are evaluated are of one kind.
pub fn recorded_dongle(header: &Header, filter: &Filter) -> Option<Dongle> {
    let mut kinds =
        header.sources.iter().filter(|s| filter.admits_source(&s.id) && s.kind != Some(SourceKind::Nfc)).map(
            |s| match s.kind {
                Some(SourceKind::Bluegiga) => Some(Dongle::Bluegiga),
                Some(SourceKind::BleuIo) => Some(Dongle::BleuIo),
                _ => None,
            },
        );
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

/// The values of a file, as far as they are values.
fn usable((document, dongle): (&Document, Dongle)) -> ParameterSet {
    let mut usable = ParameterSet::default();
    for parameter in Parameter::ALL {
        if let Some(Ok((value, _))) = document.value(dongle, document.read_layout(), parameter) {
            // It is one of its domain, or would not be usable.
            let _ = usable.set(parameter, value.into());
        }
    }
    usable
}

fn read_config(path: &Path) -> Result<(PathBuf, Document), Failure> {
    let document = Document::parse(&files::read(path)?).map_err(|error| words::of_syntax(path, &error))?;
    Ok((path.to_owned(), document))
}

/// What an nbe.toml says for the dongle. Without one only the layout of older releases, which
/// knows no dongles, says anything.
fn config_parameters(
    path: &Path,
    document: &Document,
    dongle: Option<Dongle>,
) -> Result<ParameterSet, Failure> {
    let parameters = match dongle {
        Some(dongle) => document.parameters(dongle),
        None if document.read_layout() == Layout::Top => {
            document.parameters_in(Dongle::Bluegiga, Layout::Top)
        }
        None => return Ok(ParameterSet::default()),
    };
    parameters.map_err(|error| words::of_bad_value(path, &error))
}
