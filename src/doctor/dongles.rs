//! The first of the guide's three conditions: the Bluetooth adapter is there, with a driver, free,
//! out of its bootloader and with a firmware that gives RSSI.

use dongle_protocols::bleuio::Version;

use super::Finding;
use crate::drivers::discovery::{Found, Model};
use crate::drivers::serial::Reason;
use crate::service;
use crate::system::Captured;

/// A dongle that has a serial port, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dongle {
    /// Which one.
    pub found: Found,
    /// What is in the way of opening it.
    pub obstacle: Option<Reason>,
    /// The answer of `lsof -F pcn PORT`, where it was asked.
    pub holder: Option<Captured>,
    /// What it answered, where it was asked.
    pub answer: Option<Answer>,
}

/// What a dongle answered when it was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It streams.
    Streams {
        /// Its firmware, where it told.
        firmware: Option<String>,
    },
    /// It does not; the driver's words.
    Failed(String),
}

/// Dongles on USB, whether they have a serial port or not.
///
/// # Errors
/// In words, why it cannot be told.
pub type OnUsb = Result<Vec<Model>, String>;

/// What `pnputil /enum-devices /connected` lists. Its labels are translated, its ids are not.
///
/// # Errors
/// In words, why it cannot be told.
pub fn on_usb_of_windows(answer: &Captured) -> OnUsb {
    let text = answer.success()?.to_ascii_uppercase();
    if !text.contains(r"USB\") {
        return Err("lists no USB device".to_owned());
    }
    Ok(Model::among(|vid, pid| text.contains(&format!(r"USB\VID_{vid:04X}&PID_{pid:04X}\"))))
}

/// Whether an adapter is plugged in; `ports` says whether the system lists its serial ports.
pub fn adapter(dongles: &[Dongle], ports: Result<(), &str>, on_usb: &OnUsb, driver_command: &str) -> Finding {
    const CODE: &str = "adapter";
    let look = if cfg!(windows) { "pnputil /enum-devices /connected" } else { "lsusb" };
    let plug = "plug it into a USB port of this terminal; if it is plugged in, take it out and put it in again, \
                or use another USB port";
    // One that was named by hand need not be there.
    let there = dongles.iter().filter(|dongle| dongle.obstacle != Some(Reason::Missing));
    let list: Vec<_> = there.map(|dongle| describe(&dongle.found)).collect();
    if !list.is_empty() {
        return Finding::ok(CODE, format!("plugged in: {}", list.join(", ")));
    }
    match (on_usb, ports) {
        (Ok(models), _) if models.is_empty() => {
            Finding::problem(CODE, "no BLED112 and no BleuIO is plugged in")
                .why("the endpoint and this bench hear bands through such a dongle")
                .remedy(plug)
                .command("tapbench devices")
        }
        (Ok(models), _) => {
            let names: Vec<_> = models.iter().map(|model| model.name()).collect();
            Finding::problem(CODE, format!("on USB, but without a serial port: {}", names.join(", ")))
                .why("its serial port driver is missing or failed")
                .remedy(if cfg!(windows) {
                    "install the driver of the dongle's vendor (Device Manager shows it without one), then plug it in again"
                } else {
                    "load the driver of USB serial ports, then plug it in again"
                })
                .command(driver_command)
        }
        (Err(why), Ok(())) => Finding::problem(CODE, "no serial port of a BLED112 or BleuIO")
            .why(format!("it is not plugged in, or lacks its driver; which of them could not be told: {why}"))
            .remedy(plug)
            .command(look),
        (Err(why), Err(no_ports)) => {
            Finding::could_not_tell(CODE, "whether a BLED112 or BleuIO is plugged in")
                .why(format!("{no_ports}; {why}"))
                .remedy("look for the dongle in the list of USB devices")
                .command(look)
        }
    }
}

fn describe(found: &Found) -> String {
    format!("{} at {}", found.model.name(), found.port)
}

/// Whether a dongle can be opened; `endpoint` is what its service is doing, where that is known.
pub fn port(dongle: &Dongle, endpoint: Option<service::State>, stop_endpoint: &str) -> Finding {
    let Dongle { found, obstacle, holder, .. } = dongle;
    let at = describe(found);
    let Some(reason) = obstacle else { return Finding::ok("port", format!("{at}: free")) };
    let problem = |code| Finding::problem(code, format!("{at}: {reason}")).remedy(reason.remedy());
    match reason {
        Reason::Starting => problem("bootloader")
            .why("a BleuIO shows its bootloader for 10 to 15 s after it is plugged in; one that stays there has lost its firmware")
            .command("tapbench devices"),
        Reason::Busy => {
            let holders = holder.as_ref().map(holders).unwrap_or_default();
            let is_endpoint = endpoint == Some(service::State::Running);
            let busy = Finding::problem("port", format!("{at}: another program holds it"));
            match (holders.is_empty(), is_endpoint) {
                (false, _) => busy
                    .why(format!("held by {}", holders.join(", ")))
                    .remedy(if is_endpoint {
                        "end that program, or let the recording stop the service: tapbench record … --stop-endpoint"
                    } else {
                        "end that program"
                    })
                    .command(stop_endpoint),
                (true, true) => busy
                    .why("the Nymi Bluetooth Endpoint holds the dongle's port while it runs")
                    .remedy("tapbench record … --stop-endpoint stops it for the recording and starts it again; by hand:")
                    .command(stop_endpoint),
                (true, false) => busy
                    .why("which program could not be told")
                    .remedy("end the program that uses it")
                    .command(who_holds(&found.port)),
            }
        }
        Reason::NoRights if cfg!(unix) => problem("port").command("sudo usermod -aG dialout $USER"),
        _ => problem("port").command("tapbench devices"),
    }
}

fn who_holds(port: &str) -> String {
    if cfg!(windows) { service::Manager::Windows.query().to_string() } else { format!("sudo lsof {port}") }
}

/// The programs that `lsof -F pcn` names: lines that begin with p (number) and c (name).
fn holders(answer: &Captured) -> Vec<String> {
    let Ok(text) = answer.success() else { return Vec::new() };
    let mut found = Vec::new();
    let mut number = "";
    for line in text.lines() {
        if let Some(pid) = line.strip_prefix('p') {
            number = pid;
        } else if let Some(name) = line.strip_prefix('c') {
            found.push(format!("{name} (process {number})"));
        }
    }
    found
}

/// Whether a dongle's firmware is one that streams.
pub fn firmware(dongle: &Dongle) -> Option<Finding> {
    const CODE: &str = "firmware";
    let at = describe(&dongle.found);
    let ask = "tapbench record try.rssi.jsonl --duration 5s --all";
    if dongle.found.model == Model::BleuIoStarting {
        return None;
    }
    let update = "update it with the vendor's updater to 2.2.1 or newer (Pro: any)";
    Some(match &dongle.answer {
        None => Finding::could_not_tell(CODE, format!("{at}: its firmware; it was not asked"))
            .why("only a free dongle that this build has a driver for is asked")
            .remedy("free the port and run this again; a recording's header names the firmware too")
            .command(ask),
        Some(Answer::Failed(words)) => Finding::problem(CODE, format!("{at}: does not stream: {words}"))
            .why("its firmware is too old or of another kind, or the dongle is defective")
            .remedy(format!("unplug it and plug it in again; if that does not help, {update}"))
            .command("tapbench devices"),
        Some(Answer::Streams { firmware }) => {
            let version = firmware.as_deref().and_then(|text| Version::parse(text.as_bytes()));
            let told = firmware.as_deref().unwrap_or("which does not tell its version");
            match version {
                _ if dongle.found.model == Model::Bled112 => {
                    Finding::ok(CODE, format!("{at}: streams, firmware {told}"))
                }
                // Numbers below 2 are those of the Pro.
                Some(version) if version < Version::VERBOSE && version.0[0] >= 2 => Finding::warning(
                    CODE,
                    format!("{at}: firmware {told} is older than 2.2.1"),
                )
                .why("it mixes lines of text into its answers, and older ones have no RSSI; rows may be lost")
                .remedy(update),
                Some(_) => Finding::ok(CODE, format!("{at}: streams, firmware {told}")),
                None => Finding::could_not_tell(CODE, format!("{at}: streams; its firmware"))
                    .why("the dongle did not tell its version")
                    .remedy("only 2.2.1 and newer are known to be good")
                    .command(ask),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn dongle(model: Model, obstacle: Option<Reason>) -> Dongle {
        let found = Found { port: "COM3".into(), model, vid_pid: "2DCF:6002".into(), serial: None };
        Dongle { found, obstacle, holder: None, answer: None }
    }

    fn ran(status: i32, stdout: &[u8]) -> Captured {
        let stdout = String::from_utf8_lossy(stdout).into_owned();
        Captured::Ran { status: Some(status), stdout, stderr: String::new() }
    }

    #[test]
    fn a_missing_adapter_a_missing_driver_and_not_knowing_are_told_apart() {
        let listed = on_usb_of_windows(&ran(0, include_bytes!("fixtures/pnputil-bled112-de.txt")));
        assert_eq!(listed, Ok(vec![Model::Bled112]));
        let without = on_usb_of_windows(&ran(0, include_bytes!("fixtures/pnputil-none-en.txt")));
        assert_eq!(without, Ok(vec![]));
        for unclear in [ran(0, b""), ran(87, b"PNPUTIL [/add-driver]"), Captured::NotFound] {
            let finding = adapter(&[], Err("no list"), &on_usb_of_windows(&unclear), "x");
            assert!(finding.state == State::CouldNotTell && finding.command.is_some());
            let finding = adapter(&[], Ok(()), &on_usb_of_windows(&unclear), "x");
            assert!(finding.state == State::Problem && finding.why.unwrap().contains("could not be told"));
        }
        let finding = adapter(&[], Ok(()), &listed, "modprobe cdc_acm");
        assert!(finding.state == State::Problem && finding.what.contains("without a serial port"));
        let finding = adapter(&[], Ok(()), &without, "x");
        assert!(finding.state == State::Problem && finding.what.contains("no BLED112"));
        assert_eq!(adapter(&[dongle(Model::BleuIo, None)], Ok(()), &without, "x").state, State::Ok);
        let named = dongle(Model::BleuIo, Some(Reason::Missing));
        let finding = adapter(std::slice::from_ref(&named), Ok(()), &without, "x");
        assert!(finding.state == State::Problem && finding.what.contains("no BLED112"), "{finding:?}");
        let finding = adapter(&[named, dongle(Model::Bled112, None)], Ok(()), &without, "x");
        assert!(finding.state == State::Ok && !finding.what.contains("BleuIO"), "{finding:?}");
    }

    #[test]
    fn who_holds_the_port_is_said_as_far_as_it_is_known() {
        let mut busy = dongle(Model::BleuIo, Some(Reason::Busy));
        let running = port(&busy, Some(service::State::Running), "net stop NymiBluetoothEndpoint");
        assert!(running.why.is_some_and(|why| why.contains("Nymi Bluetooth Endpoint holds")));
        assert_eq!(running.command.as_deref(), Some("net stop NymiBluetoothEndpoint"));
        let unknown = port(&busy, None, "net stop NymiBluetoothEndpoint");
        assert!(unknown.why.is_some_and(|why| why.contains("could not be told")));
        busy.holder = Some(ran(0, b"p812\ncModemManager\nf9\nn/dev/ttyACM0\n"));
        let named = port(&busy, Some(service::State::Stopped), "x");
        assert_eq!(named.why.as_deref(), Some("held by ModemManager (process 812)"));
        busy.holder = Some(ran(1, b""));
        assert!(port(&busy, None, "x").why.is_some_and(|why| why.contains("could not be told")));
        assert_eq!(port(&dongle(Model::Bled112, None), None, "x").state, State::Ok);
        let starting = port(&dongle(Model::BleuIoStarting, Some(Reason::Starting)), None, "x");
        assert_eq!((starting.code, starting.state), ("bootloader", State::Problem));
    }

    #[test]
    fn old_firmware_is_warned_of_and_unknown_firmware_is_not_ok() {
        let of = |model, firmware: Option<&str>| {
            let answer = Some(Answer::Streams { firmware: firmware.map(str::to_owned) });
            firmware_state(Dongle { answer, ..dongle(model, None) })
        };
        assert_eq!(of(Model::BleuIo, Some("2.7.9.51")), Some(State::Ok));
        assert_eq!(of(Model::BleuIo, Some("2.2.0.0")), Some(State::Warning));
        assert_eq!(of(Model::BleuIo, Some("1.0.5.6")), Some(State::Ok));
        assert_eq!(of(Model::BleuIo, None), Some(State::CouldNotTell));
        assert_eq!(of(Model::Bled112, None), Some(State::Ok));
        assert_eq!(firmware_state(dongle(Model::BleuIo, Some(Reason::Busy))), Some(State::CouldNotTell));
        assert_eq!(firmware_state(dongle(Model::BleuIoStarting, Some(Reason::Starting))), None);
        let answer = Some(Answer::Failed("gives no RSSI".into()));
        assert_eq!(firmware_state(Dongle { answer, ..dongle(Model::BleuIo, None) }), Some(State::Problem));
    }

    fn firmware_state(dongle: Dongle) -> Option<State> {
        firmware(&dongle).map(|finding| finding.state)
    }
}
