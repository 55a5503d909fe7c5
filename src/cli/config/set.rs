//! `tapbench config set` and `tapbench config diff`, which is the same without writing.

use std::path::{Path, PathBuf};

use super::rights::{self, CommandLine, Consent};
use super::{difference, listing, words};
use crate::cli::{Exit, Failure, Terminal};
use crate::engine::parameters::{Dongle, Parameter};
use crate::nbe_config::{ChangeError, Layout, Outcome, Place, Plan, Request, near_miss};

/// What diff and set have in common.
#[derive(Debug, clap::Args)]
struct Wish {
    /// The nbe.toml
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// New values, such as rssi_tap_threshold=-50; several are judged together
    #[arg(required = true, value_name = "KEY=VALUE")]
    values: Vec<String>,
    /// Whose values
    #[arg(long, value_enum)]
    dongle: Dongle,
    /// Where to write them; default: the layout that the file has
    #[arg(long, value_enum)]
    layout: Option<Layout>,
    /// Make the file if it is missing and there is no nbe.default.toml to copy; needs --agent-url
    #[arg(long)]
    create: bool,
    /// The Nymi Agent of a file to be made: ws://HOST:PORT/socket/websocket
    #[arg(long, value_name = "URL", requires = "create")]
    agent_url: Option<String>,
}

/// Print what `set` would change, as a unified diff
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tapbench config diff nbe.toml --dongle bluegiga rssi_tap_threshold=-50")]
pub struct DiffArgs {
    #[command(flatten)]
    wish: Wish,
}

/// Change values in place: nothing else changes, the old file is kept beside it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  tapbench config set nbe.toml --dongle bluegiga rssi_tap_threshold=-50 rssi_window_tap=12\n  \
                  tapbench config set nbe.toml --dongle bleuio rssi_cutoff_far=-85 --create --agent-url ws://127.0.0.1:9120/socket/websocket"
)]
pub struct SetArgs {
    #[command(flatten)]
    wish: Wish,
    /// Only print the diff
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
}

/// Runs `config diff`.
pub fn diff(args: &DiffArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let plan = args.wish.plan(terminal)?;
    difference::print_diff(&plan, &args.wish.file, terminal)?;
    Ok(Exit::Done)
}

/// Runs `config set`.
pub fn set(args: &SetArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let plan = args.wish.plan(terminal)?;
    if args.dry_run {
        difference::print_diff(&plan, &args.wish.file, terminal)?;
        listing::mention(terminal, &args.wish.file, &plan.findings());
        return Ok(Exit::Done);
    }
    write(&plan, &args.wish.file, &args.wish.command(), args.consent, terminal)
}

/// Writes a plan and says what was done and what comes next; `command` is what would do the same.
pub(in crate::cli) fn write(
    plan: &Plan,
    file: &Path,
    command: &CommandLine,
    consent: Consent,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let outcome = rights::write(&plan.replacement(), command, consent, terminal)?;
    match &outcome {
        Outcome::Unchanged => {
            terminal.note(format!("{}: nothing to change", file.display()));
        }
        Outcome::Written { backup } => {
            match plan.copied_from() {
                Some(source) => terminal.note(format!(
                    "{}: written, a copy of {} with these values",
                    file.display(),
                    source.display()
                )),
                None => terminal.note(format!("{}: written", file.display())),
            }
            if let Some(backup) = backup {
                terminal.note(format!("{}: what it was before", backup.display()));
            }
        }
    }
    listing::mention(terminal, file, &plan.findings());
    if outcome != Outcome::Unchanged {
        for step in Place::of(file).next_steps() {
            terminal.note(format!("next: {step}"));
        }
    }
    Ok(Exit::Done)
}

impl Wish {
    fn command(&self) -> CommandLine {
        let create = self.create.then(|| "--create".to_owned());
        let agent = self.agent_url.iter().flat_map(|url| ["--agent-url".to_owned(), url.clone()]);
        let words = create.into_iter().chain(agent).chain(self.values.iter().cloned());
        CommandLine::new("set", &self.file).of(self.dongle, self.layout).and(words)
    }

    fn plan(&self, terminal: &Terminal) -> Result<Plan, Failure> {
        let assignments = assignments(&self.values)?;
        let mut values = Vec::new();
        let mut not_whole = Vec::new();
        for (parameter, text) in assignments {
            match text.parse::<i64>() {
                Ok(value) => values.push((parameter, value)),
                Err(_) => not_whole.push(parameter.refusal(text)),
            }
        }
        let request = Request {
            path: &self.file,
            dongle: self.dongle,
            layout: self.layout,
            values: &values,
            agent_url: self.agent_url.as_deref().filter(|_| self.create),
        };
        let plan = Plan::set(&request);
        if !not_whole.is_empty() {
            let mut reasons = not_whole.join("; ");
            match plan {
                // An input that cannot be read outweighs a value that is refused.
                Err(error) if !matches!(error, ChangeError::Refused(_)) => {
                    return Err(words::of_change(&error));
                }
                Err(error) => reasons = format!("{reasons}; {error}"),
                Ok(_) => {}
            }
            return Err(Failure::did_not_hold(format!("refused: {reasons}"))
                .remedy("give whole numbers inside the domain, such as rssi_tap_threshold=-50"));
        }
        let plan = plan.map_err(|error| words::of_change(&error))?;
        if self.agent_url.is_some() && !plan.creates() {
            terminal.note(format!("{} exists: --create and --agent-url are not used", self.file.display()));
        }
        Ok(plan)
    }
}

/// Splits KEY=VALUE; a KEY that is none of the five, or given twice, is wrong usage.
pub fn assignments(values: &[String]) -> Result<Vec<(Parameter, &str)>, Failure> {
    let mut assignments: Vec<(Parameter, &str)> = Vec::new();
    for text in values {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            Failure::bad_input(format!("{text} is not KEY=VALUE"))
                .remedy("write it as in rssi_tap_threshold=-50")
        })?;
        let (key, value) = (key.trim(), value.trim());
        let parameter = Parameter::from_key(key).ok_or_else(|| {
            let remedy = match near_miss(key) {
                Some(right) => format!("did you mean {right}?"),
                None => format!("the five keys are {}", Parameter::ALL.map(Parameter::key).join(", ")),
            };
            Failure::bad_input(format!("{key} is none of NBE's five RSSI keys")).remedy(remedy)
        })?;
        if assignments.iter().any(|(given, _)| *given == parameter) {
            return Err(Failure::bad_input(format!("{parameter} is given twice")).remedy("give it once"));
        }
        assignments.push((parameter, value));
    }
    Ok(assignments)
}
