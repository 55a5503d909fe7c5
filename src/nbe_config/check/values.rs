//! What the five values say: type, domain, order, windows, and whether a tap can happen at all.

use super::Context;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet};
use crate::nbe_config::document::{BadValue, Document, Layout};
use crate::nbe_config::finding::Finding;
use crate::nbe_config::order::{OrderViolation, violations};
use crate::nbe_config::position::Position;

/// Closer to 0 than this, the vendor does not recommend it (Troubleshooting Guide v14).
const RECOMMENDED_THRESHOLD_DBM: i32 = -42;

/// Values that NBE reads together: a dongle's table, or those at the top of the file.
struct Group<'a> {
    document: &'a Document,
    layout: Layout,
    /// Whose defaults fill the gaps; `None`: judged only among themselves.
    dongle: Option<Dongle>,
    /// What NBE would use, as far as it is known.
    effective: ParameterSet,
}

/// All findings about values.
pub fn all(document: &Document, context: Context) -> Vec<Finding> {
    let tables = Dongle::ALL
        .into_iter()
        .filter(|&dongle| document.dongle_table(dongle).is_some())
        .map(|dongle| (Layout::Dongle, Some(dongle)));
    let mut findings = Vec::new();
    for (layout, dongle) in tables.chain([(Layout::Top, context.dongle)]) {
        let (group, bad) = Group::read(document, layout, dongle);
        findings.extend(bad.iter().map(of_bad_value));
        findings.extend(group.judge());
    }
    findings
}

fn of_bad_value(bad: &BadValue) -> Finding {
    let (code, parameter, message) = match bad {
        BadValue::WrongType { parameter, found, .. } => {
            ("wrong-type", *parameter, format!("{parameter} is {found}, not a whole number"))
        }
        BadValue::OutOfDomain { source, .. } => ("out-of-domain", source.parameter, source.to_string()),
    };
    let spec = parameter.spec();
    let remedy = format!(
        "write a whole number from {} to {} ({}) without quotes, as in {parameter} = {}",
        spec.min,
        spec.max,
        spec.unit,
        spec.bluegiga.unwrap_or(spec.min)
    );
    Finding::error(code, message, remedy).at(bad.at()).of(parameter.key())
}

impl<'a> Group<'a> {
    fn read(document: &'a Document, layout: Layout, dongle: Option<Dongle>) -> (Self, Vec<BadValue>) {
        let mut bad = Vec::new();
        let mut effective = ParameterSet::default();
        let mut any = false;
        for parameter in Parameter::ALL {
            // At the top of the file the dongle makes no difference.
            let stated = document.value(dongle.unwrap_or(Dongle::Bluegiga), layout, parameter);
            any |= stated.is_some();
            let value = match stated {
                Some(Ok((value, _))) => Some(value),
                Some(Err(error)) => {
                    bad.push(error);
                    None
                }
                None => dongle.and_then(|dongle| parameter.published_default(dongle)),
            };
            if let Some(value) = value {
                // Both the file's and the published values are in their domains here.
                let _ = effective.set(parameter, value.into());
            }
        }
        if !any {
            effective = ParameterSet::default();
        }
        (Self { document, layout, dongle, effective }, bad)
    }

    fn place(&self, parameter: Parameter) -> Option<Position> {
        let dongle = self.dongle.unwrap_or(Dongle::Bluegiga);
        self.document.value(dongle, self.layout, parameter)?.ok().map(|(_, at)| at)
    }

    fn judge(&self) -> Vec<Finding> {
        let mut findings: Vec<_> =
            violations(&self.effective).iter().map(|violation| self.of_order(violation)).collect();
        findings.extend(self.windows());
        findings.extend(self.threshold());
        findings
    }

    /// A value and where it comes from: `-70, published default`, `-70, line 4`.
    fn sourced(&self, parameter: Parameter, value: i32) -> String {
        match self.place(parameter) {
            Some(at) => format!("{value}, line {}", at.line),
            None => format!("{value}, published default"),
        }
    }

    fn of_order(&self, violation: &OrderViolation) -> Finding {
        let OrderViolation { outer, outer_dbm, inner, inner_dbm } = *violation;
        let (key, at) = match (self.place(outer), self.place(inner)) {
            (Some(at), _) => (outer, Some(at)),
            (None, at) => (inner, at),
        };
        let finding = Finding::error(
            "cutoff-order",
            format!(
                "{outer} ({}) must be farther from 0 than {inner} ({})",
                self.sourced(outer, outer_dbm),
                self.sourced(inner, inner_dbm)
            ),
            format!("set {outer} farther from 0 than {inner_dbm}, or {inner} closer to 0 than {outer_dbm}"),
        );
        Finding { at, ..finding.of(key.key()) }
    }

    fn windows(&self) -> Option<Finding> {
        let tap = self.effective.get(Parameter::WindowTap)?;
        let long = self.effective.get(Parameter::WindowLong)?;
        if long >= tap {
            return None;
        }
        let (key, at) = match self.place(Parameter::WindowLong) {
            Some(at) => (Parameter::WindowLong, Some(at)),
            None => (Parameter::WindowTap, self.place(Parameter::WindowTap)),
        };
        let finding = Finding::warning(
            "window-order",
            format!(
                "rssi_window_long ({}) is shorter than rssi_window_tap ({}): the distance would be judged on fewer samples than a tap",
                self.sourced(Parameter::WindowLong, long),
                self.sourced(Parameter::WindowTap, tap)
            ),
            "make rssi_window_long the longer one; 50 is published for a Bluegiga dongle",
        );
        Some(Finding { at, ..finding.of(key.key()) })
    }

    fn threshold(&self) -> Option<Finding> {
        let at = self.place(Parameter::TapThreshold)?;
        let threshold = self.effective.get(Parameter::TapThreshold)?;
        Some(of_threshold(self.dongle?, threshold)?.at(at).of(Parameter::TapThreshold.key()))
    }
}

/// A threshold in dBm that no signal of the dongle can exceed, or hardly any.
pub(in crate::nbe_config) fn of_threshold(dongle: Dongle, threshold: i32) -> Option<Finding> {
    match dongle.ceiling_dbm() {
        _ if threshold == 0 => None,
        Some(ceiling) if threshold >= ceiling => Some(Finding::warning(
            "threshold-above-ceiling",
            format!(
                "no tap can happen: the dongle reports at most {ceiling} dBm, and the mean must exceed {threshold}"
            ),
            format!(
                "set it farther from 0 than {ceiling}; the vendor recommends {RECOMMENDED_THRESHOLD_DBM}"
            ),
        )),
        _ if dongle == Dongle::Bluegiga && threshold > RECOMMENDED_THRESHOLD_DBM => Some(Finding::warning(
            "threshold-closer-than-recommended",
            format!(
                "{threshold} is closer to 0 than the {RECOMMENDED_THRESHOLD_DBM} that the vendor recommends: the band must be held very near to the dongle"
            ),
            format!("if taps are not detected, set it to {RECOMMENDED_THRESHOLD_DBM} or farther from 0"),
        )),
        _ => None,
    }
}
