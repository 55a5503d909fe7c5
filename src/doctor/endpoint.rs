//! The second of the guide's three conditions: the Nymi Bluetooth Endpoint service is started; and
//! how its debug log is turned on.

use jiff::Timestamp;

use super::Finding;
use crate::service::marker::Left;
use crate::service::{Manager, State, WINDOWS_NAME};
use crate::system::Captured;

/// The registry key of the service.
pub const REGISTRY_KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\NymiBluetoothEndpoint";

/// The level that the guide gives.
const DEBUG_LEVEL: &str = "5";

/// Who can start it without being an administrator.
const STATUS_INDICATOR: &str =
    "without administrator rights: right-click the Status Indicator in the system tray, then Restart";

/// Whether it is started.
pub fn started(manager: &Manager, state: &Result<State, String>) -> Finding {
    const CODE: &str = "endpoint-service";
    let name = manager.name();
    let down = |what: &str| {
        Finding::problem(CODE, format!("the service {name} {what}"))
            .why("NBE detects no tap and locks no desktop while it is down")
            .remedy(match manager {
                Manager::Windows => {
                    format!("start it in a prompt opened with \"Run as administrator\"; {STATUS_INDICATOR}")
                }
                Manager::Systemd { .. } => "start it".to_owned(),
            })
            .command(manager.start_by_hand())
    };
    match state {
        Ok(State::Running) => Finding::ok(CODE, format!("the service {name} is started")),
        Ok(State::Stopped) => down("is stopped"),
        Ok(State::Paused) => down("is paused"),
        Ok(State::Starting) => Finding::warning(CODE, format!("the service {name} is still starting"))
            .why("it was started a moment ago, or hangs")
            .remedy("wait, and run this again")
            .command(manager.query()),
        Ok(State::Stopping) => Finding::warning(CODE, format!("the service {name} is stopping"))
            .why("it was stopped a moment ago, or hangs")
            .remedy("wait, and start it again")
            .command(manager.start_by_hand()),
        Ok(State::NotInstalled) => Finding::problem(CODE, format!("there is no service {name}"))
            .why("the Nymi Bluetooth Endpoint is not installed here; a recording can be made, but nothing on this terminal reads nbe.toml")
            .remedy("install the Nymi Bluetooth Endpoint, or calibrate on a terminal that has it")
            .command(manager.query()),
        Err(why) => Finding::could_not_tell(CODE, format!("whether the service {name} is started"))
            .why(why)
            .remedy("look at the Status Indicator, or ask the service manager")
            .command(manager.query()),
    }
}

/// Whether the bench itself has stopped it; nothing where it has not, or where it runs again.
pub fn stopped_by_us(
    left: Option<&Left>,
    manager: Option<&Manager>,
    state: Option<State>,
    now: Timestamp,
) -> Option<Finding> {
    const CODE: &str = "stopped-by-tapbench";
    let left = left.filter(|_| state != Some(State::Running))?;
    let name = left.marker.as_ref().map(|marker| marker.service.as_str()).or(manager.map(Manager::name));
    let since = left.marker.as_ref().map_or("an unknown time".to_owned(), |marker| marker.since(now));
    let what =
        format!("the service {}: stopped by tapbench since {since}", name.unwrap_or("of the endpoint"));
    if left.is_held {
        return Some(
            Finding::warning(CODE, what)
                .why("a recording is running, and starts it again at its end")
                .remedy("end the recording with Ctrl-C"),
        );
    }
    let start =
        left.marker.as_ref().map(|marker| marker.start.clone()).or(manager.map(Manager::start_by_hand));
    let finding = Finding::problem(CODE, what)
        .why("that recording was killed, and what should have started it again too")
        .remedy(format!("start it; {STATUS_INDICATOR}"));
    Some(Finding { command: start, ..finding })
}

/// Of systems where no unit is found that looks like the endpoint.
pub fn no_unit(units: &Result<Vec<String>, String>) -> Finding {
    let why = match units {
        Ok(_) => {
            "no unit has the vendor's name in its own; the guide does not say what it is called on Linux"
                .to_owned()
        }
        Err(why) => format!("systemctl {why}"),
    };
    Finding::could_not_tell("endpoint-service", "whether the Nymi Bluetooth Endpoint is started")
        .why(why)
        .remedy("look for it among the services, and for its program among the processes")
        .command("systemctl list-units --type=service --all; ps -e")
}

/// Whether the system starts it by itself; nothing where there is no such service.
pub fn start_type(manager: &Manager, state: &Result<State, String>, answer: &Captured) -> Option<Finding> {
    const CODE: &str = "endpoint-start";
    if *state == Ok(State::NotInstalled) {
        return None;
    }
    let name = manager.name();
    let automatic = match manager {
        Manager::Windows => format!("sc.exe config {WINDOWS_NAME} start= auto"),
        Manager::Systemd { unit } => format!("sudo systemctl enable {unit}"),
    };
    Some(match manager.configuration(answer) {
        Ok(found) if found.is_disabled => Finding::problem(CODE, format!("the service {name} is disabled"))
            .why("it cannot be started, and is not after a restart of the terminal")
            .remedy("let the system start it")
            .command(automatic),
        Ok(found) if !found.starts_by_itself => {
            Finding::warning(CODE, format!("the service {name} is started by hand only"))
                .why("after a restart of the terminal it is down")
                .remedy("let the system start it")
                .command(automatic)
        }
        Ok(_) => Finding::ok(CODE, format!("the system starts the service {name} by itself")),
        Err(why) => Finding::could_not_tell(CODE, format!("whether the system starts {name} by itself"))
            .why(why)
            .remedy("ask the service manager")
            .command(manager.query_configuration()),
    })
}

/// The value of ImagePath and its type, from `reg query KEY /v ImagePath`.
///
/// # Errors
/// In words, why it cannot be told.
pub fn image_path(answer: &Captured) -> Result<(String, String), String> {
    let text = answer.success()?;
    let line = text.lines().find_map(|line| {
        let (_, rest) = line.split_once("ImagePath")?;
        let (kind, value) = rest.trim_start().split_once(char::is_whitespace)?;
        Some((kind.to_owned(), value.trim().to_owned())).filter(|_| kind.starts_with("REG_"))
    });
    line.ok_or_else(|| "shows no ImagePath".to_owned())
}

/// The folder of the program in a service's command.
pub fn folder_of(command: &str) -> Option<&str> {
    let command = command.trim();
    let program = match command.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => {
            let end = command.to_ascii_lowercase().find(".exe").map(|at| at + ".exe".len());
            command.get(..end.unwrap_or(command.len()))?
        }
    };
    program.rsplit_once('\\').map(|(folder, _)| folder)
}

/// Whether the debug log is on, and how to turn it on or off: ImagePath exists, and is edited.
pub fn debug_log(answer: &Captured) -> Finding {
    const CODE: &str = "debug-log";
    let query = format!(r"reg query {REGISTRY_KEY} /v ImagePath");
    let (kind, path) = match image_path(answer) {
        Ok(found) => found,
        Err(why) => {
            return Finding::could_not_tell(CODE, "whether the endpoint writes its debug log")
                .why(format!("`{query}` {why}"))
                .remedy("look at the value ImagePath of the service in the registry")
                .command(query);
        }
    };
    let level = debug_level(&path);
    let edited = match level {
        Some(_) => without_level(&path),
        None => format!("{path} --log {DEBUG_LEVEL}"),
    };
    let command = format!(
        "reg add {REGISTRY_KEY} /v ImagePath /t {kind} /d \"{}\" /f && net stop {WINDOWS_NAME} && net start {WINDOWS_NAME}",
        edited.replace('"', "\\\"")
    );
    let folder = folder_of(&path).unwrap_or(r"C:\Nymi\Bluetooth_Endpoint");
    let log = format!(r"{folder}\logs\nymi_bluetooth_endpoint.log");
    match level {
        Some(level) => Finding::ok(CODE, format!("the endpoint's debug log is on (level {level}): {log}"))
            .remedy("to turn it off, in a command prompt opened as administrator:")
            .command(command),
        None => Finding::ok(CODE, format!("the endpoint's debug log is off; its log is {log}"))
            .remedy(
                "to turn it on, in a command prompt opened as administrator (ImagePath exists and is edited, the service restarted):",
            )
            .command(command),
    }
}

/// What follows `--log`.
fn debug_level(image_path: &str) -> Option<&str> {
    let mut words = image_path.split_whitespace();
    words.find(|word| *word == "--log")?;
    words.next()
}

fn without_level(image_path: &str) -> String {
    let Some((before, after)) = image_path.split_once(" --log ") else { return image_path.to_owned() };
    let rest = after.trim_start().split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
    format!("{} {rest}", before.trim_end()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State as Look;
    use crate::service::marker::Marker;

    fn ran(status: i32, stdout: &[u8]) -> Captured {
        let stdout = String::from_utf8_lossy(stdout).into_owned();
        Captured::Ran { status: Some(status), stdout, stderr: String::new() }
    }

    #[test]
    fn only_a_running_service_is_ok() {
        let look = |state| started(&Manager::Windows, &state).state;
        assert_eq!(look(Ok(State::Running)), Look::Ok);
        for down in [State::Stopped, State::Paused, State::NotInstalled] {
            assert_eq!(look(Ok(down)), Look::Problem);
        }
        assert_eq!(look(Ok(State::Starting)), Look::Warning);
        assert_eq!(look(Err("odd".into())), Look::CouldNotTell);
        let stopped = started(&Manager::Windows, &Ok(State::Stopped));
        assert_eq!(stopped.command.as_deref(), Some("net start NymiBluetoothEndpoint"));
        assert!(stopped.remedy.is_some_and(|remedy| remedy.contains("Status Indicator")));
        for units in [Ok(vec![]), Err("is not on this system".to_owned())] {
            assert_eq!(no_unit(&units).state, Look::CouldNotTell);
        }
    }

    #[test]
    fn a_service_that_we_stopped_is_ours_to_tell() {
        let marker = Marker {
            service: "NymiBluetoothEndpoint".into(),
            since: "2026-11-23T14:03:07Z".into(),
            start: "net start NymiBluetoothEndpoint".into(),
        };
        let now = "2026-11-23T14:15:08Z".parse().unwrap();
        let left = |is_held| Left { marker: Some(marker.clone()), is_held, path: "x".into() };
        let of = |left: &Left, state| stopped_by_us(Some(left), Some(&Manager::Windows), state, now);
        let killed = of(&left(false), Some(State::Stopped)).unwrap();
        assert_eq!(killed.state, Look::Problem);
        assert!(killed.what.contains("stopped by tapbench since 14:03 UTC"), "{}", killed.what);
        assert_eq!(killed.command, Some(marker.start.clone()));
        assert_eq!(of(&left(true), Some(State::Stopped)).map(|f| f.state), Some(Look::Warning));
        assert_eq!(of(&left(false), None).map(|f| f.state), Some(Look::Problem));
        assert_eq!(of(&left(false), Some(State::Running)), None);
        let torn = Left { marker: None, ..left(false) };
        assert_eq!(of(&torn, Some(State::Stopped)).and_then(|f| f.command), Some(marker.start));
        assert_eq!(stopped_by_us(None, None, Some(State::Stopped), now), None);
    }

    #[test]
    fn a_service_that_the_system_does_not_start_is_found() {
        let of = |answer: &Captured| {
            start_type(&Manager::Windows, &Ok(State::Stopped), answer).map(|finding| finding.state)
        };
        let auto = include_bytes!("../service/fixtures/sc-qc-auto-en.txt");
        assert_eq!(of(&ran(0, auto)), Some(Look::Ok));
        let disabled = include_bytes!("../service/fixtures/sc-qc-disabled-de.txt");
        assert_eq!(of(&ran(0, disabled)), Some(Look::Problem));
        assert_eq!(of(&ran(0, b"TYPE : 10\nSTART_TYPE : 3  DEMAND_START\n")), Some(Look::Warning));
        assert_eq!(of(&Captured::TimedOut), Some(Look::CouldNotTell));
        assert_eq!(start_type(&Manager::Windows, &Ok(State::NotInstalled), &ran(0, auto)), None);
    }

    #[test]
    fn the_debug_log_is_turned_on_by_editing_what_is_there() {
        let off = debug_log(&ran(0, include_bytes!("fixtures/reg-imagepath.txt")));
        assert!(off.state == Look::Ok && off.what.contains("is off"), "{off:?}");
        let command = off.command.unwrap();
        let wanted =
            r#"/v ImagePath /t REG_EXPAND_SZ /d "C:\Nymi\Bluetooth_Endpoint\lbe.exe --service --log 5" /f"#;
        assert!(command.contains(wanted), "{command}");
        let quoted = br#"    ImagePath    REG_SZ    "D:\Nymi BLE\lbe.exe" --log 5 --service"#;
        let on = debug_log(&ran(0, quoted));
        assert!(on.what.contains(r"(level 5): D:\Nymi BLE\logs\"), "{on:?}");
        assert!(on.command.unwrap().contains(r#"/t REG_SZ /d "\"D:\Nymi BLE\lbe.exe\" --service" /f"#));
        let absent = ran(1, include_bytes!("fixtures/reg-absent-de.txt"));
        for unclear in [absent, ran(0, b""), ran(0, b"ImagePath"), Captured::NotFound] {
            let finding = debug_log(&unclear);
            assert_eq!(finding.state, Look::CouldNotTell);
            assert!(finding.command.is_some_and(|command| command.starts_with("reg query")));
        }
    }

    #[test]
    fn the_folder_is_that_of_the_program() {
        assert_eq!(
            folder_of(r"C:\Nymi\Bluetooth_Endpoint\lbe.exe --service"),
            Some(r"C:\Nymi\Bluetooth_Endpoint")
        );
        assert_eq!(folder_of(r#""C:\Program Files\N\lbe.exe" --log 5"#), Some(r"C:\Program Files\N"));
        assert_eq!(folder_of("lbe.exe"), None);
    }
}
