//! What the terminal does to an NFC reader: the smart-card service, how many readers are plugged in,
//! and whether the system lets the reader sleep (Troubleshooting Guide, "Inconsistent Nymi Band Tap
//! Behaviour with HID Omnikey 5022 Readers").

use super::Finding;
use crate::drivers::nfc::{self, Code};
use crate::service::{Manager, State};
use crate::system::{Captured, CommandLine};

/// Its device on USB, as Windows spells it.
const USB_ID: &str = r"VID_076B&PID_5022";
/// Where Windows keeps the settings of its instances, plugged in or not.
const REGISTRY_KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Enum\USB\VID_076B&PID_5022";
/// Values by which drivers are told that a device may sleep.
const SLEEPS: [&str; 3] = ["IdleInWorkingState", "SelectiveSuspendEnabled", "EnhancedPowerManagementEnabled"];

const READER: &str = "nfc-reader";
const POWER: &str = "nfc-power";
const BY_HAND: &str = "Device Manager > Smart card readers > the reader > Properties > Power Management: clear \
    \"Allow the computer to turn off this device to save power\"";
const WHY_POWER: &str =
    "a reader in power saving looks for a band seldom: taps are slow or missed, or dead after sleep";

/// What is known of the readers of this terminal.
#[derive(Clone, Debug)]
pub struct Readers {
    /// Those that the smart-card service lists, or why it does not.
    pub listed: Result<Vec<String>, Code>,
    /// Whether one is on USB; `None` where that cannot be told.
    pub on_usb: Option<bool>,
    /// What the service's manager says of it.
    pub service: Result<State, String>,
}

/// Asks the manager about the smart-card service.
pub fn service_query() -> CommandLine {
    if cfg!(windows) {
        CommandLine::new("sc", ["queryex", "SCardSvr"])
    } else {
        Manager::Systemd { unit: "pcscd.socket".to_owned() }.query()
    }
}

/// What the manager's answer means.
///
/// # Errors
/// In words, why it cannot be told.
pub fn service_state(answer: &Captured) -> Result<State, String> {
    // Both managers answer alike for every service.
    let manager =
        if cfg!(windows) { Manager::Windows } else { Manager::Systemd { unit: "pcscd.socket".to_owned() } };
    manager.state(answer).map_err(|_| match answer.success() {
        Ok(_) => format!("the answer of `{}` is not understood", service_query()),
        Err(why) => format!("`{}` {why}", service_query()),
    })
}

/// Whether the smart-card service answers.
pub fn service(readers: &Readers) -> Finding {
    const CODE: &str = "smart-card-service";
    let code = match &readers.listed {
        Ok(_) => return Finding::ok(CODE, "the smart-card service answers"),
        Err(Code::NOT_IN_THIS_BUILD) => {
            return not_in_this_build(CODE, "whether the smart-card service works");
        }
        Err(code) => code,
    };
    let start = match *code {
        _ if cfg!(windows) => "net start SCardSvr",
        Code::SERVICE_HANGS => "sudo systemctl restart pcscd",
        _ => "sudo systemctl start pcscd.socket",
    };
    let install = if cfg!(windows) { "services.msc" } else { "sudo apt-get install pcscd" };
    let (what, command) = match &readers.service {
        Ok(State::Running | State::Starting) => ("runs, but does not answer", start),
        Ok(State::Stopped | State::Stopping | State::Paused) => ("is not running", start),
        Ok(State::NotInstalled) => ("is not installed", install),
        Err(why) => {
            return Finding::could_not_tell(CODE, "whether the smart-card service works")
                .why(format!("{why}; asked for the readers, it says: {code}"))
                .remedy(code.remedy())
                .command(service_query());
        }
    };
    if readers.on_usb == Some(false) {
        return Finding::ok(CODE, format!("the smart-card service {what}; no NFC reader needs it"));
    }
    Finding::warning(CODE, format!("the smart-card service {what}"))
        .why(format!("without it no tap on an NFC reader is seen: {code}"))
        .remedy(code.remedy())
        .command(command)
}

/// Of a program that cannot ask the service.
fn not_in_this_build(code: &'static str, what: &str) -> Finding {
    let why = Code::NOT_IN_THIS_BUILD;
    Finding::could_not_tell(code, what).why(why.to_string()).remedy(why.remedy())
}

/// Which readers there are.
pub fn plugged_in(readers: &Readers) -> Finding {
    let none = || Finding::ok(READER, "no NFC reader is plugged in");
    if readers.listed == Err(Code::NOT_IN_THIS_BUILD) && readers.on_usb != Some(false) {
        return not_in_this_build(READER, "which NFC readers are plugged in");
    }
    let Ok(listed) = &readers.listed else {
        return match readers.on_usb {
            Some(true) => Finding::could_not_tell(READER, "which NFC readers are plugged in; one is on USB")
                .why("only the smart-card service knows them, and it does not answer"),
            Some(false) => none(),
            None => Finding::could_not_tell(READER, "whether an NFC reader is plugged in")
                .why("neither the smart-card service nor the list of USB devices can be read"),
        }
        .command("tapbench devices");
    };
    match nfc::devices(listed.iter().map(String::as_str)).as_slice() {
        [] if readers.on_usb == Some(true) => {
            let driver = if cfg!(windows) { "pnputil /scan-devices" } else { "sudo apt-get install libccid" };
            Finding::warning(READER, "an NFC reader is on USB, but the smart-card service does not list it")
                .why("its driver is missing, or it hangs")
                .remedy("unplug it and plug it in again; if that does not help, install its driver")
                .command(driver)
        }
        [] if !listed.is_empty() => {
            none().why(format!("these are for cards with contacts, or no devices: {}", listed.join(", ")))
        }
        [] => none(),
        [one] => Finding::ok(READER, format!("one NFC reader is plugged in: {one}")),
        several => too_many(several),
    }
}

/// That more than one of these readers is for NFC, where that is so.
pub fn several<'a>(listed: impl IntoIterator<Item = &'a str>) -> Option<Finding> {
    let devices = nfc::devices(listed);
    (devices.len() > 1).then(|| too_many(&devices))
}

fn too_many(devices: &[&str]) -> Finding {
    let what = format!("{} NFC readers are plugged in: {}", devices.len(), devices.join(", "));
    Finding::warning(READER, what)
        .why("the guide on Windows 7: \"Only one NFC reader can be plugged in at a time. More than one will cause failures.\"")
        .remedy("unplug those that are not used; a reader with two slots counts as one")
        .command("tapbench devices")
}

/// What `pnputil /enum-devices /connected` says of a reader.
pub fn on_usb_of_windows(answer: &Captured) -> Option<bool> {
    let text = answer.success().ok()?.to_ascii_uppercase();
    text.contains(r"USB\").then(|| text.contains(USB_ID))
}

/// Asks Windows which devices it may turn off to save power: a line `"INSTANCE","True"` for each. Only
/// an administrator is told.
pub fn power_query() -> CommandLine {
    const SCRIPT: &str = "Get-CimInstance -Namespace root/wmi -ClassName MSPower_DeviceEnable -ErrorAction Stop | \
        Select-Object InstanceName, Enable | ConvertTo-Csv -NoTypeInformation";
    CommandLine::new("powershell", ["-NoProfile", "-NonInteractive", "-Command", SCRIPT])
}

/// The same from the registry, which anyone may read.
pub fn registry_query() -> CommandLine {
    CommandLine::new("reg", ["query", REGISTRY_KEY, "/s"])
}

/// Whether Windows may turn the reader off, by the answers to both questions; nothing where no
/// OMNIKEY 5022 is or was there.
pub fn power(readers: &Readers, wmi: &Captured, registry: &Captured) -> Option<Finding> {
    let order = r"Get-CimInstance -Namespace root/wmi -ClassName MSPower_DeviceEnable | Where-Object InstanceName -like 'USB\VID_076B&PID_5022*' | Set-CimInstance -Property @{Enable=$false}";
    let may_sleep = || {
        Finding::warning(POWER, "Windows may turn the NFC reader off to save power")
            .why(WHY_POWER)
            .remedy(format!("{BY_HAND}; or in a PowerShell opened as administrator:"))
            .command(order)
    };
    let stays_on = || Finding::ok(POWER, "Windows does not turn the NFC reader off to save power");
    match wmi.success().map(of_wmi) {
        Ok(Some(true)) => return Some(may_sleep()),
        Ok(Some(false)) => return Some(stays_on()),
        Ok(None) | Err(_) => {}
    }
    let why = match registry.success().map(of_registry) {
        Ok(Some(true)) => return Some(may_sleep()),
        Ok(Some(false)) => return Some(stays_on()),
        Ok(None) => "the registry does not say".to_owned(),
        // Its key is missing where no such reader was ever plugged in.
        Err(_) if readers.on_usb == Some(false) => return None,
        Err(why) => format!("`reg` {why}"),
    };
    let wmi =
        wmi.success().map_or_else(|why| format!("`powershell` {why}"), |_| "WMI does not list it".to_owned());
    let finding = Finding::could_not_tell(POWER, "whether Windows turns the NFC reader off to save power");
    Some(
        finding
            .why(format!("{wmi}; {why}"))
            .remedy(format!("run this as administrator: True means that it may; or look at {BY_HAND}"))
            .command(power_query()),
    )
}

/// Whether the reader may be turned off; `None` where it is not in the list.
fn of_wmi(text: &str) -> Option<bool> {
    let of_reader = text.lines().filter_map(|line| {
        let (instance, value) = line.trim().rsplit_once(',')?;
        let value = || value.trim_matches(['"', ' ']).to_ascii_lowercase();
        instance.to_ascii_uppercase().contains(USB_ID).then(value)
    });
    let values: Vec<_> = of_reader.collect();
    if values.iter().any(|value| value == "true") {
        return Some(true);
    }
    (!values.is_empty() && values.iter().all(|value| value == "false")).then_some(false)
}

/// Whether an instance of the reader may sleep. It stays on only where every instance says so: which
/// of them is plugged in cannot be seen here.
fn of_registry(text: &str) -> Option<bool> {
    let mut instances: Vec<(String, Option<bool>)> = Vec::new();
    for line in text.lines() {
        let upper = line.to_ascii_uppercase();
        if let Some((_, rest)) = upper.split_once(&format!(r"{USB_ID}\")) {
            let instance = rest.split('\\').next().unwrap_or_default().trim().to_owned();
            if instances.iter().all(|(known, _)| *known != instance) {
                instances.push((instance, None));
            }
            // The lines below a key are its values, and keys of one instance follow each other.
            continue;
        }
        let mut words = line.split_whitespace();
        let (Some(name), Some(_), Some(value), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let number = u64::from_str_radix(value.trim_start_matches("0x"), 16).ok();
        let is_known = SLEEPS.iter().any(|known| known.eq_ignore_ascii_case(name));
        if let (Some(number), Some((_, sleeps)), true) = (number, instances.last_mut(), is_known) {
            *sleeps = Some(sleeps.unwrap_or(false) || number != 0);
        }
    }
    if instances.iter().any(|(_, sleeps)| *sleeps == Some(true)) {
        return Some(true);
    }
    (!instances.is_empty() && instances.iter().all(|(_, sleeps)| *sleeps == Some(false))).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State as Look;

    fn ran(status: i32, stdout: &[u8]) -> Captured {
        let stdout = String::from_utf8_lossy(stdout).into_owned();
        Captured::Ran { status: Some(status), stdout, stderr: String::new() }
    }

    fn readers(
        listed: Result<&[&str], Code>,
        on_usb: Option<bool>,
        service: Result<State, String>,
    ) -> Readers {
        let listed = listed.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        Readers { listed, on_usb, service }
    }

    #[test]
    fn the_service_is_looked_at_where_a_reader_needs_it() {
        let none = || Err(Code::NO_SERVICE);
        let unknown = || Err("`sc` did not answer in time".to_owned());
        for (listed, on_usb, state, look) in [
            (Ok(&["a"][..]), Some(true), unknown(), Look::Ok),
            (none(), Some(true), Ok(State::Stopped), Look::Warning),
            (none(), Some(true), Ok(State::NotInstalled), Look::Warning),
            (none(), Some(true), Ok(State::Running), Look::Warning),
            (none(), None, Ok(State::Stopped), Look::Warning),
            (none(), Some(false), Ok(State::Stopped), Look::Ok),
            (none(), Some(false), unknown(), Look::CouldNotTell),
        ] {
            let finding = service(&readers(listed, on_usb, state));
            assert_eq!(finding.state, look, "{finding:?}");
            assert_eq!(finding.command.is_some(), look != Look::Ok, "{finding:?}");
        }
    }

    #[test]
    fn readers_are_counted() {
        let of = |listed: Result<&[&str], Code>, on_usb| {
            plugged_in(&readers(listed, on_usb, Ok(State::Running))).state
        };
        assert_eq!(of(Ok(&["a"]), Some(true)), Look::Ok);
        assert_eq!(of(Ok(&["a", "b"]), Some(true)), Look::Warning);
        assert_eq!(of(Ok(&["a 00 00", "a 00 01"]), Some(true)), Look::Ok, "two slots");
        assert_eq!(of(Ok(&["a 00 00", "a 01 00"]), Some(true)), Look::Warning, "two of a kind");
        assert_eq!(of(Ok(&["a 0", "a 1"]), Some(true)), Look::Warning, "two of a kind on Windows");
        let others = [
            "Windows Hello for Business 1",
            "Microsoft UICC ISO Reader 0000 0",
            "Microsoft IFD 0",
            "Microsoft Virtual Smart Card 0",
            "Broadcom Corp Contacted SmartCard 0",
            "ACS ACR1281 1S Dual Reader ICC 0",
            "Gemalto PC Twin Reader 00 00",
        ];
        assert_eq!(of(Ok(&others), Some(false)), Look::Ok);
        let none = plugged_in(&readers(Ok(&others), Some(false), Ok(State::Running)));
        assert!(none.what.starts_with("no NFC reader is plugged in"), "{none:?}");
        let one = [&others[..], &["HID Global OMNIKEY 5022 Smart Card Reader 0"]].concat();
        assert_eq!(of(Ok(&one), Some(true)), Look::Ok);
        assert_eq!(of(Ok(&others), Some(true)), Look::Warning, "one is on USB and not listed");
        assert_eq!(of(Ok(&[]), Some(false)), Look::Ok);
        assert_eq!(of(Ok(&[]), None), Look::Ok, "the service says so itself");
        assert_eq!(of(Ok(&[]), Some(true)), Look::Warning);
        assert_eq!(of(Err(Code::NO_SERVICE), Some(true)), Look::CouldNotTell);
        assert_eq!(of(Err(Code::NO_SERVICE), Some(false)), Look::Ok);
        assert_eq!(of(Err(Code::NO_SERVICE), None), Look::CouldNotTell);
    }

    #[test]
    fn a_build_without_readers_says_so_and_sends_nobody_after_the_service() {
        let without = readers(Err(Code::NOT_IN_THIS_BUILD), Some(true), Ok(State::Stopped));
        for finding in [service(&without), plugged_in(&without)] {
            assert_eq!((finding.state, &finding.command), (Look::CouldNotTell, &None), "{finding:?}");
            let text = format!("{finding:?}");
            assert!(text.contains("built without NFC readers") && text.contains("feature nfc"), "{text}");
        }
    }

    #[test]
    fn windows_says_whether_the_reader_may_sleep() {
        let denied = ran(1, include_bytes!("fixtures/wmi-power-denied-de.txt"));
        let absent = ran(0, include_bytes!("fixtures/wmi-power-without-reader.txt"));
        let on = ran(0, include_bytes!("fixtures/reg-reader-sleeps.txt"));
        let off = ran(0, include_bytes!("fixtures/reg-reader-awake.txt"));
        let mixed = ran(0, include_bytes!("fixtures/reg-reader-mixed.txt"));
        let no_key = ran(1, include_bytes!("fixtures/reg-absent-de.txt"));
        let of = |wmi: &Captured, registry: &Captured, on_usb| {
            power(&readers(Ok(&[]), on_usb, Ok(State::Running)), wmi, registry).map(|finding| finding.state)
        };
        let (yes, no) = (
            ran(0, include_bytes!("fixtures/wmi-power-on.txt")),
            ran(0, include_bytes!("fixtures/wmi-power-off.txt")),
        );
        assert_eq!(of(&yes, &off, Some(true)), Some(Look::Warning), "what is so now counts");
        assert_eq!(of(&no, &on, Some(true)), Some(Look::Ok));
        assert_eq!(of(&denied, &on, Some(true)), Some(Look::Warning));
        assert_eq!(of(&denied, &off, Some(true)), Some(Look::Ok));
        assert_eq!(of(&absent, &mixed, Some(true)), Some(Look::CouldNotTell));
        assert_eq!(of(&denied, &no_key, Some(false)), None, "there is none");
        for silent in [&no_key, &ran(0, b""), &Captured::TimedOut, &Captured::NotFound] {
            assert_eq!(of(&denied, silent, Some(true)), Some(Look::CouldNotTell));
            assert_eq!(of(&Captured::NotFound, silent, None), Some(Look::CouldNotTell));
        }
    }

    #[test]
    fn the_reader_is_found_on_usb() {
        assert_eq!(on_usb_of_windows(&ran(0, br"Id: USB\VID_076B&PID_5022\1")), Some(true));
        assert_eq!(on_usb_of_windows(&ran(0, br"Id: USB\VID_2458&PID_0001\1")), Some(false));
        assert_eq!(on_usb_of_windows(&ran(0, b"")), None);
        assert_eq!(on_usb_of_windows(&Captured::NotFound), None);
    }
}
