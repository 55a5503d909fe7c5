//! The `nbe.toml` of this terminal, and the third of the guide's three conditions: the Nymi Agent
//! that it names is reachable.

use std::path::Path;

use super::Finding;
use crate::nbe_config::{Context, Document, Severity, check};

/// The port that an address without one means; NBE's agent usually listens on 9120.
const PORT_OF_WS: u16 = 80;
const PORT_OF_WSS: u16 = 443;

/// What is at the place of `nbe.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    /// Nothing.
    Absent,
    /// The file.
    Bytes(Vec<u8>),
    /// It cannot be read, and why.
    Unreadable(String),
}

/// Whether it is clean; `path` is where it is looked for.
pub fn nbe_toml(path: &Path, file: &File) -> Finding {
    const CODE: &str = "nbe-toml";
    let shown = path.display();
    let look = format!("tapbench config check \"{shown}\"");
    let bytes = match file {
        File::Absent => {
            return Finding::ok(CODE, format!("{shown}: not there, so NBE uses its defaults"))
                .why("that is the normal case; on IGEL the values are partition parameters in UMS");
        }
        File::Unreadable(why) => {
            return Finding::could_not_tell(CODE, format!("{shown}: whether it is clean"))
                .why(why.as_str())
                .remedy("run this as a user who may read it")
                .command(look);
        }
        File::Bytes(bytes) => bytes,
    };
    let document = match Document::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            return Finding::problem(
                CODE,
                format!("{shown}:{}:{}: {}", error.at.line, error.at.column, error.message),
            )
            .why("NBE cannot read the file")
            .remedy("correct that line, or take back the last change: tapbench config restore")
            .command(look);
        }
    };
    let findings = check(&document, Context::default());
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let first = findings
        .iter()
        .find(|f| f.severity == Severity::Error || errors == 0 && f.severity == Severity::Warning);
    let Some(first) = first else { return Finding::ok(CODE, format!("{shown}: clean")) };
    let place = first.at.map_or(String::new(), |at| format!("{}:{}: ", at.line, at.column));
    let what = format!("{shown}: {errors} errors, {warnings} warnings; the first: {place}{}", first.message);
    let finding = if errors > 0 { Finding::problem(CODE, what) } else { Finding::warning(CODE, what) };
    finding.why("NBE does not read it as meant").remedy(first.remedy.as_str()).command(look)
}

/// Why no agent can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAgent {
    /// There is no file, or it names none.
    NotNamed,
    /// The file cannot be read.
    Unreadable,
    /// What the file names is no address of an agent.
    NoUrl,
}

/// Host and port of the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// As the file spells it.
    pub url: String,
    /// A name or an address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Agent {
    /// The one that the file names.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(file: &File) -> Result<Self, NoAgent> {
        let bytes = match file {
            File::Absent => return Err(NoAgent::NotNamed),
            File::Unreadable(_) => return Err(NoAgent::Unreadable),
            File::Bytes(bytes) => bytes,
        };
        let document = Document::parse(bytes).map_err(|_| NoAgent::Unreadable)?;
        Self::parse(document.agent_url().ok_or(NoAgent::NotNamed)?).ok_or(NoAgent::NoUrl)
    }

    fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let usual = match scheme {
            "ws" => PORT_OF_WS,
            "wss" => PORT_OF_WSS,
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, rest) = v6.split_once(']')?;
                (host, rest.strip_prefix(':').map_or(Ok(usual), str::parse).ok()?)
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, port.parse().ok()?),
                None => (authority, usual),
            },
        };
        (!host.is_empty()).then(|| Self { url: url.to_owned(), host: host.to_owned(), port })
    }

    fn try_by_hand(&self) -> String {
        if cfg!(windows) {
            format!("powershell tnc -p {} {}", self.port, self.host)
        } else {
            format!("nc -vz {} {}", self.host, self.port)
        }
    }
}

/// Whether the agent is reachable; `tried` is what came of connecting, where that was asked for, and
/// `config` the file where it was named by hand.
pub fn agent(
    agent: Result<&Agent, NoAgent>,
    tried: Option<&Result<(), String>>,
    config: Option<&Path>,
) -> Finding {
    const CODE: &str = "agent";
    let agent = match agent {
        Ok(agent) => agent,
        Err(no_agent) => return without_agent(CODE, no_agent),
    };
    let Agent { url, host, port } = agent;
    match tried {
        None => Finding::could_not_tell(CODE, format!("whether the Nymi Agent is reachable: {url}"))
            .why("its port is tried only when asked")
            .remedy("let tapbench connect to it once, or do it by hand:")
            .command(format!("tapbench doctor --try-agent{}; {}", named(config), agent.try_by_hand())),
        Some(Ok(())) => Finding::ok(CODE, format!("the Nymi Agent's port answers: {host} port {port}")),
        Some(Err(why)) => Finding::problem(CODE, format!("the Nymi Agent is not reachable at {url}: {why}"))
            .why("the agent's service is down, agent_url is wrong, or a firewall is between")
            .remedy(format!(
                "confirm that the Nymi Agent service runs on {host}; that agent_url names the right host; and that the \
                 firewalls allow port {port} both ways"
            ))
            .command(agent.try_by_hand()),
    }
}

fn named(config: Option<&Path>) -> String {
    config.map_or(String::new(), |path| format!(" --config \"{}\"", path.display()))
}

fn without_agent(code: &'static str, no_agent: NoAgent) -> Finding {
    const INDICATOR: &str =
        "the Status Indicator shows it: right-click it, then Info; the agent's port is 9120 unless changed";
    let (why, remedy) = match no_agent {
        NoAgent::NotNamed => {
            ("no nbe.toml here names it, so NBE uses the address it was installed with", INDICATOR)
        }
        NoAgent::Unreadable => (
            "nbe.toml could not be read, so which agent it names is not known",
            "see what is said of nbe.toml first",
        ),
        NoAgent::NoUrl => (
            "the agent_url of nbe.toml is no address of an agent",
            "correct it first, as in ws://127.0.0.1:9120/socket/websocket",
        ),
    };
    Finding::could_not_tell(code, "whether the Nymi Agent is reachable")
        .why(why)
        .remedy(remedy)
        .command(if cfg!(windows) { "powershell tnc -p 9120 127.0.0.1" } else { "nc -vz 127.0.0.1 9120" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn file(text: &str) -> File {
        File::Bytes(text.into())
    }

    const AGENT: &str = "agent_url = \"ws://127.0.0.1:9120/socket/websocket\"\n";

    #[test]
    fn a_file_is_judged_by_the_checker() {
        let look = |file: &File| nbe_toml(Path::new("nbe.toml"), file).state;
        assert_eq!(look(&File::Absent), State::Ok);
        assert_eq!(look(&File::Unreadable("no rights".into())), State::CouldNotTell);
        assert_eq!(look(&file("agent_url = ")), State::Problem);
        assert_eq!(look(&file("[dongle.bluegiga]\nrssi_window_tap = 10\n")), State::Problem);
        assert_eq!(look(&file(AGENT)), State::Ok);
        assert_eq!(look(&file(&format!("{AGENT}rssi_window_tap = 10\n"))), State::Warning);
        let misspelt = nbe_toml(
            Path::new("nbe.toml"),
            &file(&format!("{AGENT}[dongle.bluegiga]\nrss_i_window_tap = 10\n")),
        );
        assert!(misspelt.what.contains("nbe.toml: 1 errors, 0 warnings; the first: 3:1: "), "{misspelt:?}");
    }

    #[test]
    fn the_agent_is_taken_from_its_url() {
        let of = |url: &str| Agent::parse(url).map(|agent| (agent.host, agent.port));
        assert_eq!(of("ws://127.0.0.1:9120/socket/websocket"), Some(("127.0.0.1".into(), 9120)));
        assert_eq!(of("wss://agent.example"), Some(("agent.example".into(), 443)));
        assert_eq!(of("ws://[::1]:9120/x"), Some(("::1".into(), 9120)));
        for bad in ["http://a:1/", "ws://", "ws://a:99999/", "9120"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_agent_that_was_not_tried_is_not_ok() {
        let named = Agent::of(&file(AGENT));
        let found = named.as_ref().map_err(|no_agent| *no_agent);
        for (file, why) in [
            (File::Absent, "no nbe.toml here"),
            (file("[x"), "could not be read"),
            (File::Unreadable("no rights".into()), "could not be read"),
            (file("agent_url = \"9120\""), "no address"),
        ] {
            let finding = agent(Agent::of(&file).as_ref().map_err(|no_agent| *no_agent), None, None);
            assert_eq!(finding.state, State::CouldNotTell);
            assert!(finding.why.as_ref().is_some_and(|said| said.contains(why)), "{finding:?}");
        }
        let untried = agent(found, None, Some(Path::new("my nbe.toml")));
        assert_eq!(untried.state, State::CouldNotTell);
        assert!(untried.command.is_some_and(|run| run.contains("--try-agent --config \"my nbe.toml\"")));
        assert_eq!(agent(found, Some(&Ok(())), None).state, State::Ok);
        let refused = agent(found, Some(&Err("connection refused".into())), None);
        assert_eq!(refused.state, State::Problem);
        assert!(refused.command.is_some_and(|command| command.contains("9120")));
    }
}
