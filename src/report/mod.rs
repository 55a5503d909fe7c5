//! The sign-off report: recordings, parameters before and after, what the model predicts beside
//! what NBE was seen to do, plots and limits, as one HTML file that needs nothing from outside.
//! The same input gives the same bytes: the only times in it are those of the recordings.

mod confirmed;
mod evidence;
mod heat_map;
mod html;
mod identity;
mod reader;
mod results;
mod rssi_plot;

use crate::calibration::Try;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::engine::{Event, MissingParameters, Rules};
use crate::recording::{Blocks, Header, ReadError, Reader};
use crate::replay::{self, Filter, Outcome};
use crate::symptoms::NfcTap;
use crate::tuning::{Labelled, Recommendation};

/// One recording of a report.
#[derive(Debug)]
pub struct Recorded {
    /// Of the file as it stands, in hexadecimal.
    pub sha256: String,
    /// Its first line.
    pub header: Header,
    /// Its samples and segments.
    pub labelled: Labelled,
    /// Its NFC taps and problems.
    pub nfc: Vec<NfcTap>,
    /// Taps on a reader that a calibration asked for.
    pub tries: Vec<Try>,
    /// With the parameters before; `None` where those are not known.
    pub before: Option<Replayed>,
    /// With the parameters after.
    pub after: Replayed,
    /// Whether some of it could not be read.
    pub incomplete: bool,
}

/// What one set of rules makes of a recording.
#[derive(Debug)]
pub struct Replayed {
    /// Counts and verdicts.
    pub outcome: Outcome,
    /// Every event, in order of time.
    pub events: Vec<(i64, Event)>,
}

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The rules are not complete.
    #[error(transparent)]
    Missing(#[from] MissingParameters),
}

impl Replayed {
    /// Replays a recording to its end.
    ///
    /// # Errors
    /// When it cannot be read, or the rules lack a parameter.
    pub fn of<R: Blocks>(
        reader: &mut Reader<R>,
        rules: &Rules,
        filter: &Filter,
    ) -> Result<Self, ReplayError> {
        let mut events = Vec::new();
        let outcome = replay::run::<_, ReplayError>(reader, rules, filter, |_, placed| {
            events.push((placed.decision.t_us, placed.decision.event));
            Ok(())
        })?;
        Ok(Self { outcome, events })
    }
}

/// Rules that can be replayed although parameters are unknown: what needs them is turned off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluable {
    /// To replay with.
    pub rules: Rules,
    /// The parameters that are known.
    pub known: ParameterSet,
    /// Whether taps are judged.
    pub taps: bool,
    /// Whether `stay`, `leave` and `return` are judged.
    pub proximity: bool,
}

impl Evaluable {
    /// Of rules, complete or not.
    pub fn of(rules: &Rules) -> Self {
        let known = |needed: &[Parameter]| needed.iter().all(|p| rules.parameters.get(*p).is_some());
        let off = |p| rules.parameters.get(p) == Some(0);
        let taps = off(Parameter::TapThreshold) || known(&[Parameter::WindowTap, Parameter::TapThreshold]);
        let proximity = off(Parameter::CutoffClose)
            || known(&[Parameter::WindowLong, Parameter::CutoffClose, Parameter::CutoffFar]);
        let mut turned_off = ParameterSet::default();
        for (judged, parameter) in [(taps, Parameter::TapThreshold), (proximity, Parameter::CutoffClose)] {
            if !judged {
                // 0 is in both domains: "disabled" and "bypassed" (rules 2 and 8).
                let _ = turned_off.set(parameter, 0);
            }
        }
        let parameters = rules.parameters.overlaid(&turned_off);
        Self { rules: Rules { parameters, ..rules.clone() }, known: rules.parameters, taps, proximity }
    }
}

/// Where the parameters after come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// They were given.
    Given,
    /// `tune` recommends them.
    Recommended,
    /// There is nothing to change: no evidence, or taps and non-taps cannot be separated.
    Unchanged,
}

/// All that a report says.
#[derive(Debug)]
pub struct Report {
    /// The recordings, in the order given.
    pub recorded: Vec<Recorded>,
    /// The dongle that the parameters are for, where it is known.
    pub dongle: Option<Dongle>,
    /// The dongle that made the recordings, where it is another.
    pub transferred: Option<Dongle>,
    /// What the terminal has now, as far as known.
    pub before: ParameterSet,
    /// Where that comes from, in words.
    pub before_from: String,
    /// What is signed off.
    pub after: Evaluable,
    /// Where that comes from.
    pub proposed: Proposed,
    /// What `tune` says of these recordings.
    pub recommendation: Recommendation,
    /// Whether a recording that was named could not be read.
    pub unread: bool,
}

impl Report {
    /// The whole file.
    pub fn to_html(&self) -> String {
        let title = match self.site() {
            Some(site) => format!("Sign-off report: {site}"),
            None => "Sign-off report".to_owned(),
        };
        let mut body = String::new();
        identity::write(&mut body, self, &title);
        results::write(&mut body, self);
        reader::write(&mut body, self);
        evidence::write(&mut body, self);
        identity::sign(&mut body);
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\" />\n\
             <meta name=\"generator\" content=\"tapbench {}\" />\n<title>{}</title>\n\
             <style>\n{}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
            env!("CARGO_PKG_VERSION"),
            html::escape(&title),
            include_str!("style.css"),
        )
    }

    /// What a recording is called: its file, or its path where another file is called the same.
    fn name<'a>(&self, path: &'a str) -> &'a str {
        let name = file_name(path);
        let same = self.recorded.iter().filter(|r| file_name(&r.labelled.path) == name);
        if same.count() > 1 { path } else { name }
    }

    fn site(&self) -> Option<&str> {
        self.recorded.iter().find_map(|r| r.header.text("site"))
    }

    fn labelled(&self) -> Vec<&Labelled> {
        self.heard().map(|r| &r.labelled).collect()
    }

    /// Of a recording to which nothing listened the model says nothing.
    fn heard(&self) -> impl Iterator<Item = &Recorded> {
        self.recorded.iter().filter(|r| !r.labelled.is_unheard)
    }

    fn parameters(&self) -> &ParameterSet {
        &self.after.known
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
