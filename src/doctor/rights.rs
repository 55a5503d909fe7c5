//! What keeps this user, or a helpful service, from the dongle's port on Linux: the group of serial
//! ports, and ModemManager, which takes every new serial port for a modem.

use super::Finding;
use crate::service::{Manager, State};
use crate::system::Captured;

/// The group of serial ports on Debian and its kin.
pub const USUAL_GROUP: &str = "dialout";

/// Whether this user may open serial ports, by `id`; `groups` are those that the dongles' ports
/// belong to, and `is_open` whether one was opened after all.
pub fn groups(id: &Captured, groups: &[String], is_open: bool) -> Finding {
    const CODE: &str = "rights";
    let usual = [USUAL_GROUP.to_owned()];
    let wanted = if groups.is_empty() { &usual } else { groups };
    let text = match id.success() {
        Ok(text) if text.trim_start().starts_with("uid=") => text,
        Ok(_) => return unclear("`id` is not understood"),
        Err(why) => return unclear(&format!("`id` {why}")),
    };
    if text.trim_start().starts_with("uid=0(") {
        return Finding::ok(CODE, "root may open any serial port");
    }
    let has = |group: &str| text.contains(&format!("({group})"));
    if let Some(missing) = wanted.iter().find(|group| !has(group)) {
        if is_open {
            return Finding::ok(CODE, "this user may open the dongle's port");
        }
        let what = format!("this user is not in the group {missing}, which may open serial ports");
        let finding =
            if groups.is_empty() { Finding::warning(CODE, what) } else { Finding::problem(CODE, what) };
        return finding
            .why("the system lets root and that group open a dongle's port")
            .remedy("add the user, then log in again")
            .command(format!("sudo usermod -aG {missing} $USER"));
    }
    Finding::ok(CODE, format!("this user is in the group {}, which may open serial ports", wanted.join(", ")))
}

fn unclear(why: &str) -> Finding {
    Finding::could_not_tell("rights", "whether this user may open serial ports")
        .why(why)
        .remedy("look for the group of the port among those of the user")
        .command("id; ls -l /dev/ttyACM*")
}

/// Whom to ask about ModemManager.
pub fn modem_manager() -> Manager {
    Manager::Systemd { unit: "ModemManager.service".to_owned() }
}

/// Whether ModemManager is there to take the port.
pub fn modems(answer: &Captured) -> Finding {
    const CODE: &str = "modem-manager";
    let manager = modem_manager();
    match manager.state(answer) {
        Ok(State::NotInstalled) => Finding::ok(CODE, "ModemManager is not installed"),
        Ok(State::Stopped) => Finding::ok(CODE, "ModemManager is not running"),
        Ok(_) => Finding::warning(CODE, "ModemManager is running")
            .why("it opens each new serial port and sends modem commands to it, for up to half a minute")
            .remedy(
                "stop it where no modem is used; or leave the dongles out by a udev rule: \
                 ATTRS{idVendor}==\"2dcf\", ENV{ID_MM_DEVICE_IGNORE}=\"1\" (and \"2458\")",
            )
            .command(manager.stop_by_hand()),
        Err(why) => Finding::could_not_tell(CODE, "whether ModemManager takes the dongle's port")
            .why(why)
            .remedy("look for its process")
            .command("pgrep -a ModemManager"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State as Look;

    fn ran(status: i32, stdout: &str) -> Captured {
        Captured::Ran { status: Some(status), stdout: stdout.into(), stderr: String::new() }
    }

    #[test]
    fn rights_come_from_groups() {
        let me = ran(0, "uid=1000(ada) gid=1000(ada) groups=1000(ada),20(dialout)\n");
        let no = ran(0, "uid=1000(ada) gid=1000(ada) groups=1000(ada),27(sudo)\n");
        let of = |id: &Captured, ports: &[&str], is_open| {
            groups(id, &ports.iter().map(|g| (*g).to_owned()).collect::<Vec<_>>(), is_open).state
        };
        assert_eq!(of(&me, &[], false), Look::Ok);
        assert_eq!(of(&no, &[], false), Look::Warning);
        assert_eq!(of(&no, &["dialout"], false), Look::Problem);
        assert_eq!(of(&no, &["dialout"], true), Look::Ok);
        assert_eq!(of(&me, &["uucp"], false), Look::Problem);
        assert_eq!(of(&ran(0, "uid=0(root) gid=0(root) groups=0(root)\n"), &["dialout"], false), Look::Ok);
        for unclear in [ran(0, ""), ran(1, "uid=0(root)"), Captured::NotFound] {
            assert_eq!(of(&unclear, &[], false), Look::CouldNotTell);
        }
    }

    #[test]
    fn a_modem_manager_that_runs_is_warned_of() {
        assert_eq!(modems(&ran(0, "LoadState=loaded\nActiveState=active\n")).state, Look::Warning);
        assert_eq!(modems(&ran(0, "LoadState=not-found\nActiveState=inactive\n")).state, Look::Ok);
        let no_systemd = "System has not been booted with systemd as init system (PID 1). Can't operate.\n";
        assert_eq!(modems(&ran(1, no_systemd)).state, Look::CouldNotTell);
    }
}
