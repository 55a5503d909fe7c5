//! `tapbench doctor` on terminals that are well, ill and silent.

use std::net::TcpListener;

use super::Terminal;

const UNIT: &str = "nymi-bluetooth-endpoint.service";

/// A systemd whose endpoint is in some state.
fn systemd(terminal: &Terminal, active: &str) {
    terminal.command(
        "systemctl",
        &format!(
            "case \"$*\" in\n\
             list-unit-files*) echo '{UNIT} enabled enabled';;\n\
             *UnitFileState*) echo LoadState=loaded; echo UnitFileState=enabled;;\n\
             *ModemManager*) echo LoadState=not-found; echo ActiveState=inactive;;\n\
             *{UNIT}) echo LoadState=loaded; echo ActiveState={active};;\n\
             *) exit 1;;\nesac"
        ),
    );
}

fn state(terminal: &Terminal, code: &str) -> String {
    terminal.finding(code, &[]).0
}

#[test]
fn the_endpoints_state_is_read_and_a_stopped_one_is_a_problem() {
    let terminal = Terminal::new();
    systemd(&terminal, "active");
    assert_eq!(state(&terminal, "endpoint-service"), "ok");
    assert_eq!(state(&terminal, "endpoint-start"), "ok");
    assert_eq!(state(&terminal, "modem-manager"), "ok");
    systemd(&terminal, "inactive");
    let (state, command) = terminal.finding("endpoint-service", &[]);
    assert_eq!((state.as_str(), command), ("problem", Some(format!("sudo systemctl start {UNIT}"))));
}

#[test]
fn silent_commands_are_never_ok() {
    let terminal = Terminal::new();
    for script in ["exit 0", "exit 1", "echo garbage; printf '\\377\\376'", "kill -9 $$"] {
        terminal.command("systemctl", script);
        terminal.command("id", script);
        for code in ["endpoint-service", "modem-manager", "rights"] {
            let (state, command) = terminal.finding(code, &[]);
            assert_eq!(state, "could_not_tell", "{code} of {script}");
            assert!(command.is_some(), "{code}");
        }
    }
}

#[test]
fn rights_and_a_broken_nbe_toml_are_problems() {
    let terminal = Terminal::new();
    terminal.command("id", "echo 'uid=1000(ada) gid=1000(ada) groups=1000(ada),27(sudo)'");
    let (state, command) = terminal.finding("rights", &[]);
    assert_eq!((state.as_str(), command.as_deref()), ("warning", Some("sudo usermod -aG dialout $USER")));
    terminal.folder.write("nbe.toml", "agent_url = 5\n");
    assert_eq!(terminal.finding("nbe-toml", &["--config", "nbe.toml"]).0, "problem");
    assert_eq!(terminal.finding("nbe-toml", &["--config", "none.toml"]).0, "problem");
}

#[test]
fn the_agent_is_tried_only_when_asked() {
    let terminal = Terminal::new();
    let agent = TcpListener::bind("127.0.0.1:0").unwrap();
    agent.set_nonblocking(true).unwrap();
    let url = format!("agent_url = \"ws://{}/socket/websocket\"\n", agent.local_addr().unwrap());
    terminal.folder.write("nbe.toml", url);
    let look = |options: &[&str]| terminal.finding("agent", &[&["--config", "nbe.toml"], options].concat()).0;
    assert_eq!(look(&[]), "could_not_tell");
    assert!(agent.accept().is_err(), "it was tried");
    assert_eq!(look(&["--try-agent"]), "ok");
    assert!(agent.accept().is_ok());
    drop(agent);
    assert_eq!(look(&["--try-agent"]), "problem");
}

#[test]
fn logs_are_explained_and_one_that_cannot_be_read_is_reported() {
    let terminal = Terminal::new();
    terminal
        .folder
        .write("logs/a.log", "fine\nERROR - Leaving channel: due to: \"Channel already joined\"\n");
    terminal.folder.write("logs/b.log", [0xFF, 0x00, b'\n', 0x80]);
    let ran = terminal.run(&["doctor", "--log", "logs/*.log", "--log", "none.log"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("none.log: cannot be read"), "{ran:?}");
    assert!(ran.stdout.contains("a.log:2: ERROR - Leaving channel"), "{ran:?}");
    assert!(ran.stdout.contains("cause 1: two terminals have the same IP address"), "{ran:?}");
    assert!(ran.stdout.contains("b.log: 2 lines, none that the vendor's guide explains"), "{ran:?}");
}

#[test]
fn events_exported_on_one_line_and_other_return_codes_are_explained() {
    let terminal = Terminal::new();
    let event = |minute: u32, text: &str| {
        format!(
            "<Event><System><TimeCreated SystemTime='2026-11-20T08:{minute:02}:02Z'/></System><Data>{text}</Data></Event>"
        )
    };
    let others: String =
        (0..50).map(|_| event(0, &"the service entered the running state. ".repeat(10))).collect();
    let code = |code: &str| {
        format!("Couldn't get device ID of smart card of the reader \"X\". Return code is {code}.")
    };
    let [read, gone] = [code("2148532329"), code("2148532247")];
    let log = format!("<Events>{others}{}{}{}</Events>", event(1, &read), event(2, &gone), event(3, &read));
    terminal.folder.write("events.xml", log);
    let ran = terminal.run(&["doctor", "--log", "events.xml"]);
    for said in [
        "and 1 more of the same kind, the last in line 1, 2026-11-20T08:03:02Z",
        "first: 2026-11-20T08:01:02Z",
        "cause: the reader is gone or asleep",
        "first: 2026-11-20T08:02:02Z",
    ] {
        assert!(ran.stdout.contains(said), "{said}\nin\n{}", ran.stdout);
    }
}
