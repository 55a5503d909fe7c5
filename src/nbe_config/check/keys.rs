//! What stands where: misspelt keys, keys in the wrong table, unknown ones, and `agent_url`.

use super::Context;
use crate::engine::parameters::{Dongle, Parameter};
use crate::nbe_config::document::Document;
use crate::nbe_config::finding::{Finding, Severity};
use crate::nbe_config::spelling;
use crate::nbe_config::tree::{Content, Entry, Form, TableNode};

/// Unknown keys named one by one; of a file that has more, it is not an nbe.toml anyway.
const MAX_UNKNOWN: usize = 100;

const AGENT_URL: &str = "agent_url";

/// Misspelt, misplaced and unknown keys and tables.
pub fn all(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut notes = Vec::new();
    let mut unknown_tables: Vec<&[String]> = Vec::new();
    for table in document.tree().tables.iter().filter(|table| table.form != Form::Implied) {
        let inside_unknown = unknown_tables.iter().any(|known| table.path.starts_with(known));
        match judge_table(document, table) {
            Some(finding) if finding.severity == Severity::Note => {
                if !inside_unknown && notes.len() <= MAX_UNKNOWN {
                    unknown_tables.push(&table.path);
                    notes.push(finding);
                }
            }
            finding => findings.extend(finding),
        }
    }
    let meant_for_agent_url = agent_url_elsewhere(document);
    for entry in &document.tree().entries {
        let inside_unknown = unknown_tables.iter().any(|known| entry.table.starts_with(known));
        match judge_entry(document, entry, meant_for_agent_url) {
            Some(finding) if finding.severity == Severity::Note => {
                if !inside_unknown && notes.len() <= MAX_UNKNOWN {
                    notes.push(finding);
                }
            }
            finding => findings.extend(finding),
        }
    }
    if notes.len() > MAX_UNKNOWN {
        notes.truncate(MAX_UNKNOWN);
        notes.push(Finding::note(
            "unknown-key",
            format!("more than {MAX_UNKNOWN} keys and tables that this tool does not know; the rest are not listed"),
            "check that this is an nbe.toml",
        ));
    }
    findings.extend(notes);
    findings
}

fn judge_table(document: &Document, table: &TableNode) -> Option<Finding> {
    let path: Vec<&str> = table.path.iter().map(String::as_str).collect();
    let name = path.join(".");
    let list = table.form == Form::ArrayElement;
    let finding = match path[..] {
        [] => return None,
        ["dongle"] | ["dongle", "bluegiga" | "bleuio"] if !list => return None,
        ["dongle"] | ["dongle", "bluegiga" | "bleuio"] => Finding::error(
            "wrong-type",
            format!("[[{name}]] is a list of tables; NBE reads one table [{name}]"),
            format!("write [{name}] with single brackets"),
        ),
        [.., key] if holds_parameters(&path[..path.len() - 1]) && Parameter::from_key(key).is_some() => {
            Finding::error(
                "wrong-type",
                format!("{key} is a table, not a whole number"),
                format!("write {key} = NUMBER"),
            )
        }
        [AGENT_URL] => return None,
        _ => Finding::note(
            "unknown-table",
            format!("this tool does not know the table [{name}]; NBE may"),
            match meant_dongle(&path) {
                Some(dongle) => {
                    format!("kept as it is; if the dongle's table is meant, its name is [dongle.{dongle}]")
                }
                None => "nothing to do; it is kept as it is".into(),
            },
        ),
    };
    Some(finding.at(document.position(table.span.start)).of(name))
}

fn judge_entry(document: &Document, entry: &Entry, meant_for_agent_url: Option<&Entry>) -> Option<Finding> {
    let path: Vec<&str> = entry.table.iter().map(String::as_str).collect();
    let key = entry.key.as_str();
    let table = path.join(".");
    let right_place = holds_parameters(&path);
    let finding = if let Some(right) = spelling::near_miss(key) {
        Finding::error(
            "misspelt-key",
            format!("NBE does not know this key; did you mean {right}?"),
            match right_place {
                true => format!("rename {key} to {right}"),
                false => format!("rename {key} to {right} and move it {}", right_table(&path)),
            },
        )
    } else if Parameter::from_key(key).is_some() {
        if right_place {
            return None;
        }
        Finding::error(
            "wrong-table",
            format!("{key} stands in [{table}], where NBE does not look for it"),
            format!("move it {}", right_table(&path)),
        )
    } else if path.is_empty() && key == "dongle"
        || path == ["dongle"] && Dongle::ALL.iter().any(|d| d.name() == key)
    {
        let name = path.iter().chain([&key]).copied().collect::<Vec<_>>().join(".");
        Finding::error(
            "wrong-type",
            format!("{name} is a value; NBE reads a table here"),
            format!("write it as a table: [{}]", if path.is_empty() { "dongle.bluegiga" } else { &name }),
        )
    } else if path.is_empty() && key == AGENT_URL
        || meant_for_agent_url.is_some_and(|meant| std::ptr::eq(meant, entry))
    {
        // `agent_url` says what there is to say of it.
        return None;
    } else {
        Finding::note(
            "unknown-key",
            match path.is_empty() {
                true => format!("this tool does not know the key {key}; NBE may"),
                false => format!("this tool does not know the key {key} in [{table}]; NBE may"),
            },
            "nothing to do; it is kept as it is",
        )
    };
    Some(finding.at(document.position(entry.key_span.start)).of(key))
}

fn holds_parameters(path: &[&str]) -> bool {
    matches!(path, [] | ["dongle", "bluegiga" | "bleuio"])
}

fn right_table(path: &[&str]) -> String {
    match meant_dongle(path) {
        Some(dongle) => format!("to [dongle.{dongle}]"),
        None => "to [dongle.bluegiga] or [dongle.bleuio], whichever dongle it is for".into(),
    }
}

/// The dongle whose table a name such as `bluegiga`, `dongle.Bluegiga` or `dongles.bleuio` means.
fn meant_dongle(path: &[&str]) -> Option<Dongle> {
    path.iter().find_map(|name| {
        Dongle::ALL.into_iter().find(|d| d.name() == *name).or_else(|| spelling::near_miss_of_dongle(name))
    })
}

/// `agent_url` must be there whenever the file is used, and lead to a WebSocket.
pub fn agent_url(document: &Document, context: Context) -> Option<Finding> {
    if let Some(table) = document.tree().find_table(&[AGENT_URL]) {
        let at = document.position(table.span.start);
        return Some(invalid_agent_url("agent_url is a table, not a text").at(at).of(AGENT_URL));
    }
    let Some(entry) = document.tree().find(&[], AGENT_URL) else {
        return Some(missing_agent_url(document, context).of(AGENT_URL));
    };
    let problem = match &entry.content {
        Content::Text(url) => problem_of_agent_url(url)?,
        _ => "agent_url is not a text in quotes".into(),
    };
    Some(invalid_agent_url(&problem).at(document.position(entry.value_span.start)).of(AGENT_URL))
}

fn invalid_agent_url(problem: &str) -> Finding {
    let remedy = "write the address of the Nymi Agent, as in agent_url = \"ws://127.0.0.1:9120/socket/websocket\"; a central agent has its own host";
    Finding::error("agent-url-invalid", problem, remedy)
}

/// Why `url` cannot be an agent's address: it must be `ws://HOST…` or `wss://HOST…`.
pub fn problem_of_agent_url(url: &str) -> Option<String> {
    let scheme_length = ["ws://", "wss://"]
        .into_iter()
        .find(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
        .map(str::len);
    let Some(scheme_length) = scheme_length else {
        return Some(format!("agent_url \"{url}\" is no ws:// or wss:// address"));
    };
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some(format!("agent_url \"{}\" has a blank in it", url.escape_debug()));
    }
    let authority = url[scheme_length..].split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() {
        return Some(format!("agent_url \"{url}\" names no host"));
    }
    match port {
        Some(port) if port.parse::<u16>().is_err() => {
            Some(format!("agent_url \"{url}\" has a port that is no number from 0 to 65535"))
        }
        _ => None,
    }
}

/// What is meant for `agent_url`, where that is missing: one inside a table, or misspelt.
fn agent_url_elsewhere(document: &Document) -> Option<&Entry> {
    if document.tree().find(&[], AGENT_URL).is_some() || document.tree().find_table(&[AGENT_URL]).is_some() {
        return None;
    }
    document.tree().entries.iter().find(|entry| {
        entry.key == AGENT_URL || entry.table.is_empty() && spelling::resembles(&entry.key, AGENT_URL)
    })
}

fn missing_agent_url(document: &Document, context: Context) -> Finding {
    let elsewhere = agent_url_elsewhere(document);
    let message = "agent_url is missing, and must be there whenever the file is used";
    let finding = match elsewhere {
        Some(entry) if entry.key == AGENT_URL => Finding::error(
            "agent-url-missing",
            format!("agent_url stands in [{}], where NBE does not look for it", entry.table.join(".")),
            "move it to the top of the file, above the first [table]",
        )
        .at(document.position(entry.key_span.start)),
        Some(entry) => {
            Finding::error("agent-url-missing", message, format!("rename {} to agent_url", entry.key))
                .at(document.position(entry.key_span.start))
        }
        None => Finding::error(
            "agent-url-missing",
            message,
            "add it at the top of the file: agent_url = \"ws://127.0.0.1:9120/socket/websocket\" for an agent on this terminal, or the central agent's address",
        ),
    };
    if context.is_default_file {
        let remedy = "nothing to do here; a copy of this file that is used as nbe.toml needs it";
        return Finding { severity: Severity::Note, remedy: remedy.into(), ..finding };
    }
    finding
}
