//! USB selective suspend: the system puts the dongle to sleep, and taps are dead until someone logs
//! in (Troubleshooting Guide, "Cannot unlock the terminal after bringing it out of sleep mode").

use super::Finding;
use crate::system::{Captured, CommandLine};

const CODE: &str = "usb-suspend";
const USB_SETTINGS: &str = "2a737441-1930-4402-8d77-b2bebba308a3";
const SELECTIVE_SUSPEND: &str = "48e6b7a6-50f5-4782-a5d4-53bb8f07e226";
const WHY: &str = "to save power the system suspends USB devices, and after sleep it does not wake them before someone logs in";

/// Asks Windows for the setting of the power plan in use.
pub fn query() -> CommandLine {
    CommandLine::new("powercfg", ["/q", "SCHEME_CURRENT", USB_SETTINGS, SELECTIVE_SUSPEND])
}

/// Whether Windows may suspend USB devices. The labels are translated: the last two numbers are the
/// settings in force, plugged in and on battery.
pub fn selective_suspend(answer: &Captured) -> Finding {
    let (plugged_in, on_battery) = match settings(answer) {
        Ok(found) => found,
        Err(why) => {
            return Finding::could_not_tell(CODE, "whether Windows suspends USB devices")
                .why(format!("`powercfg` {why}"))
                .remedy("look at Power Options > advanced settings > USB settings > USB selective suspend setting")
                .command(query());
        }
    };
    let when = match (plugged_in, on_battery) {
        (false, false) => return Finding::ok(CODE, "Windows does not suspend USB devices"),
        (true, false) => "when plugged in",
        (false, true) => "on battery",
        (true, true) => "when plugged in and on battery",
    };
    let set = |which| format!("powercfg /{which} SCHEME_CURRENT {USB_SETTINGS} {SELECTIVE_SUSPEND} 0");
    let orders = [(plugged_in, "setacvalueindex"), (on_battery, "setdcvalueindex")];
    let orders = orders.into_iter().filter(|(is_on, _)| *is_on).map(|(_, which)| set(which));
    let orders: Vec<_> = orders.chain(["powercfg /setactive SCHEME_CURRENT".to_owned()]).collect();
    Finding::warning(CODE, format!("Windows may suspend USB devices {when}"))
        .why(WHY)
        .remedy(
            "turn USB selective suspend off, by group policy or in a command prompt opened as administrator:",
        )
        .command(orders.join(" && "))
}

fn settings(answer: &Captured) -> Result<(bool, bool), String> {
    let text = answer.success()?;
    let values: Vec<u32> = text
        .lines()
        .filter_map(|line| line.rsplit_once(':')?.1.trim().strip_prefix("0x"))
        .filter_map(|digits| u32::from_str_radix(digits, 16).ok())
        .collect();
    match values.as_slice() {
        [.., plugged_in @ (0 | 1), on_battery @ (0 | 1)] => Ok((*plugged_in == 1, *on_battery == 1)),
        _ => Err("does not show the setting".to_owned()),
    }
}

/// Whether Linux may suspend a device, which is a `kind`: `power/control` of its USB device.
pub fn autosuspend(kind: &str, device: &str, control: Option<&str>) -> Finding {
    let path = format!("/sys/bus/usb/devices/{device}/power/control");
    let turn_off = format!("echo on | sudo tee {path}");
    match control.map(str::trim) {
        Some("on") => Finding::ok(CODE, format!("the system does not suspend USB device {device} ({kind})")),
        Some("auto") => {
            Finding::warning(CODE, format!("the system may suspend USB device {device} ({kind})"))
                .why("a device that sleeps is woken late or not at all: bands are not heard, taps are missed")
                .remedy("turn it off (until the next start; for good by a udev rule)")
                .command(turn_off)
        }
        _ => {
            Finding::could_not_tell(CODE, format!("whether the system suspends USB device {device} ({kind})"))
                .why("its power/control cannot be read")
                .remedy("read it: \"auto\" suspends, \"on\" does not")
                .command(format!("cat {path}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn look(status: i32, stdout: &[u8]) -> Finding {
        let stdout = String::from_utf8_lossy(stdout).into_owned();
        selective_suspend(&Captured::Ran { status: Some(status), stdout, stderr: String::new() })
    }

    #[test]
    fn the_setting_is_read_in_any_language() {
        let both = look(0, include_bytes!("fixtures/powercfg-enabled-en.txt"));
        assert!(both.state == State::Warning && both.what.ends_with("when plugged in and on battery"));
        assert_eq!(both.command.unwrap().matches(" && ").count(), 2);
        let battery = look(0, include_bytes!("fixtures/powercfg-battery-only-de.txt"));
        assert!(battery.state == State::Warning && battery.what.ends_with("USB devices on battery"));
        assert!(!battery.command.unwrap().contains("setacvalueindex"));
        assert_eq!(look(0, include_bytes!("fixtures/powercfg-disabled-fr.txt")).state, State::Ok);
    }

    #[test]
    fn what_does_not_show_the_setting_is_not_ok() {
        let absent = include_bytes!("fixtures/powercfg-absent-de.txt");
        for finding in [look(1, absent), look(0, absent), look(0, b""), look(0, b"a: 0x00000000\n")] {
            assert_eq!(finding.state, State::CouldNotTell);
            assert_eq!(finding.command, Some(query().to_string()));
        }
        assert_eq!(selective_suspend(&Captured::NotFound).state, State::CouldNotTell);
    }

    #[test]
    fn linux_says_it_for_each_device() {
        assert_eq!(autosuspend("dongle", "1-2", Some("on\n")).state, State::Ok);
        assert_eq!(autosuspend("dongle", "1-2", Some("auto\n")).state, State::Warning);
        assert_eq!(autosuspend("dongle", "1-2", None).state, State::CouldNotTell);
    }
}
