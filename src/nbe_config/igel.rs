//! IGEL has no `nbe.toml`: the same names in capitals are entered in UMS, one value each, under
//! System > Firmware Customization > Custom Partition > Partition. This checks pasted lines.

use super::check::of_threshold;
use super::finding::Finding;
use super::order::violations;
use super::position::Position;
use super::spelling;
use crate::engine::parameters::{Dongle, Parameter, ParameterSet, is_whole_number};

/// Every finding of pasted `NAME=VALUE` lines; `NAME,VALUE` and tabs are read too, and blank lines
/// and `#` comments passed over. Without `dongle`, the values are judged only among themselves.
pub fn check(text: &str, dongle: Option<Dongle>) -> Vec<Finding> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut findings = Vec::new();
    let mut seen: [Option<Position>; 5] = [None; 5];
    let mut stated = ParameterSet::default();
    let mut unusable = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let at = Position { line: number + 1, column };
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') || content.eq_ignore_ascii_case("name,value") {
            continue;
        }
        let Some(separator) = content.find(['=', ',', '\t']) else {
            let message = "this line is not NAME=VALUE";
            findings
                .push(Finding::error("not-name-value", message, "write NAME=VALUE, one to a line").at(at));
            continue;
        };
        let (name, value) = (content[..separator].trim_end(), &content[separator + 1..]);
        let value_column = column + content[..=separator].chars().count();
        let value_column = value_column + value.chars().take_while(|c| c.is_whitespace()).count();
        let Some(parameter) = by_name(name, at, &mut findings) else { continue };
        if let Some(first) = seen[parameter as usize].replace(at) {
            findings.push(
                Finding::error(
                    "duplicate-key",
                    format!("{name} is given twice (first on line {})", first.line),
                    "delete all but one: IGEL has one value for all dongles",
                )
                .at(at)
                .of(name),
            );
            continue;
        }
        match value_of(parameter, value.trim()) {
            Ok(value) => {
                // In its domain: value_of has checked it.
                let _ = stated.set(parameter, value.into());
            }
            Err((code, message)) => {
                let spec = parameter.spec();
                let remedy =
                    format!("enter a whole number from {} to {} ({}), bare", spec.min, spec.max, spec.unit);
                let at = Position { column: value_column, ..at };
                findings.push(Finding::error(code, message, remedy).at(at).of(name));
                unusable.push(parameter);
            }
        }
    }
    findings.extend(together(&stated, &seen, &unusable, dongle));
    findings.sort_by_key(|finding| (finding.at, finding.severity));
    findings
}

/// The parameter that a name stands for, after saying what is wrong with the name.
fn by_name(name: &str, at: Position, findings: &mut Vec<Finding>) -> Option<Parameter> {
    let small = name.to_ascii_lowercase();
    if let Some(parameter) = Parameter::from_key(&small) {
        if name != parameter.igel_name() {
            let message = format!("IGEL parameter names are in capitals: {name} is not read");
            let remedy = format!("rename {name} to {}", parameter.igel_name());
            findings.push(Finding::error("not-in-capitals", message, remedy).at(at).of(name));
        }
        return Some(parameter);
    }
    let finding = match spelling::near_miss(name).map(Parameter::igel_name) {
        Some(right) => Finding::error(
            "misspelt-key",
            format!("NBE does not know this parameter; did you mean {right}?"),
            format!("rename {name} to {right}"),
        ),
        None => Finding::note(
            "unknown-key",
            format!("this tool does not know the parameter {name}; NBE may"),
            "nothing to do",
        ),
    };
    findings.push(finding.at(at).of(name));
    None
}

fn value_of(parameter: Parameter, text: &str) -> Result<i32, (&'static str, String)> {
    let name = parameter.igel_name();
    let outside = || {
        let spec = parameter.spec();
        let message = format!("{name} = {text} is outside its domain, {} to {}", spec.min, spec.max);
        ("out-of-domain", message)
    };
    match text.parse::<i64>() {
        Ok(number) => parameter.check(number).map_err(|_| outside()),
        Err(_) if is_whole_number(text) => Err(outside()),
        Err(_) => Err(("wrong-type", format!("{name} is \"{text}\", not a whole number"))),
    }
}

/// What the values say together, with the defaults of `dongle` in the gaps.
fn together(
    stated: &ParameterSet,
    seen: &[Option<Position>; 5],
    unusable: &[Parameter],
    dongle: Option<Dongle>,
) -> Vec<Finding> {
    let mut effective = *stated;
    for parameter in Parameter::ALL {
        let default = dongle.and_then(|dongle| parameter.published_default(dongle));
        if let (None, Some(value), false) = (stated.get(parameter), default, unusable.contains(&parameter)) {
            // A published default is in its domain.
            let _ = effective.set(parameter, value.into());
        }
    }
    let place = |a: Parameter, b: Parameter| seen[a as usize].or(seen[b as usize]);
    let mut findings = Vec::new();
    for v in violations(&effective) {
        let Some(at) = place(v.outer, v.inner) else { continue };
        let (outer, inner) = (v.outer.igel_name(), v.inner.igel_name());
        findings.push(
            Finding::error(
                "cutoff-order",
                format!("{outer} ({}) must be farther from 0 than {inner} ({})", v.outer_dbm, v.inner_dbm),
                format!(
                    "set {outer} farther from 0 than {}, or {inner} closer to 0 than {}",
                    v.inner_dbm, v.outer_dbm
                ),
            )
            .at(at)
            .of(outer),
        );
    }
    if let (Some(dongle), Some(dbm)) = (dongle, stated.get(Parameter::TapThreshold))
        && let Some(at) = seen[Parameter::TapThreshold as usize]
    {
        let name = Parameter::TapThreshold.igel_name();
        findings.extend(of_threshold(dongle, dbm).map(|finding| finding.at(at).of(name)));
    }
    let windows = (effective.get(Parameter::WindowTap), effective.get(Parameter::WindowLong));
    if let (Some(tap), Some(long)) = windows
        && long < tap
        && let Some(at) = place(Parameter::WindowLong, Parameter::WindowTap)
    {
        findings.push(
            Finding::warning(
                "window-order",
                format!("RSSI_WINDOW_LONG ({long}) is shorter than RSSI_WINDOW_TAP ({tap})"),
                "make RSSI_WINDOW_LONG the longer one",
            )
            .at(at)
            .of("RSSI_WINDOW_LONG"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<(&'static str, usize)> {
        let findings = check(text, None);
        findings.iter().map(|f| (f.code, f.at.map_or(0, |at| at.line))).collect()
    }

    #[test]
    fn the_guides_wrong_name_gets_the_right_one() {
        let findings = check("RSSI_WINDOWS_TAP=10\n", None);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.ends_with("did you mean RSSI_WINDOW_TAP?"));
    }

    #[test]
    fn good_lines_are_good_however_they_are_separated() {
        assert_eq!(codes("NAME,VALUE\nRSSI_WINDOW_TAP,10\nRSSI_CUTOFF_FAR\t-83\r\n\n# x\n"), []);
    }

    #[test]
    fn every_wrong_line_is_named() {
        let text = "rssi_window_tap=10\nRSSI_WINDOW_TAP=11\nRSSI_CUTOFF_FAR=\"-83\"\nhello\nRSSI_TAP_THRESHOLD=1\nOTHER=x\n";
        assert_eq!(
            codes(text),
            [
                ("not-in-capitals", 1),
                ("duplicate-key", 2),
                ("wrong-type", 3),
                ("not-name-value", 4),
                ("out-of-domain", 5),
                ("unknown-key", 6)
            ]
        );
    }

    #[test]
    fn defaults_count_only_where_the_dongle_is_named() {
        let text = "RSSI_CUTOFF_FAR=-60\n";
        assert_eq!(check(text, None), []);
        assert_eq!(check(text, Some(Dongle::Bluegiga))[0].code, "cutoff-order");
    }
}
