//! What the checks judge is gathered here: the system's commands are run, each with a limit, ports
//! are opened for a moment, files are read. Nothing is changed.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use serialport::SerialPortInfo;

use super::{Args, agent};
use crate::doctor::config::{self, Agent, File};
use crate::doctor::dongles::{self, Answer, OnUsb};
use crate::doctor::{Finding, endpoint, nfc, power, rights};
use crate::drivers;
use crate::drivers::discovery::{self, Found, Model};
use crate::drivers::dongle::Dongle;
use crate::drivers::serial::{self, Reason};
use crate::drivers::{Driver, Scan};
use crate::nbe_config;
use crate::service::{self, Manager, marker};
use crate::session::Stream;
use crate::system::{Captured, CommandLine, Commands};

/// How long a command may take: a terminal that starts is slow.
const LIMIT: Duration = Duration::from_secs(10);

/// Where Linux lists what is on USB.
const USB_DEVICES: &str = "/sys/bus/usb/devices";

/// The class of an interface to a reader of smart cards (CCID).
const SMART_CARD_CLASS: &str = "0b";

/// All findings, those of the guide's three conditions first.
pub fn findings(args: &Args) -> Vec<Finding> {
    let commands = Commands::of_the_system();
    let ports = serial::list();
    let dongles = dongles(args, ports.as_deref().unwrap_or_default(), &commands);
    let mut found = Vec::new();
    let usb = if cfg!(target_os = "linux") { usb_devices(Path::new(USB_DEVICES)) } else { Ok(Vec::new()) };
    let is_listed = ports.as_ref().map(|_| ()).map_err(String::as_str);
    let pnputil = cfg!(windows).then(|| commands.run(&pnputil(), LIMIT));
    found.push(dongles::adapter(&dongles, is_listed, &on_usb(&usb, pnputil.as_ref()), driver_command()));
    let manager = service::manager(&commands, LIMIT);
    let state = manager.as_ref().ok().map(|manager| manager.state(&commands.run(&manager.query(), LIMIT)));
    let known = state.as_ref().and_then(|state| state.as_ref().ok()).copied();
    let stop = manager.as_ref().map_or_else(|_| "tapbench devices".to_owned(), Manager::stop_by_hand);
    found.extend(dongles.iter().map(|dongle| dongles::port(dongle, known, &stop)));
    found.extend(dongles.iter().filter_map(dongles::firmware));
    match (&manager, &state) {
        (Ok(manager), Some(state)) => {
            found.push(endpoint::started(manager, state));
            let answer = commands.run(&manager.query_configuration(), LIMIT);
            found.extend(endpoint::start_type(manager, state, &answer));
        }
        (Err(units), _) if cfg!(target_os = "linux") => found.push(endpoint::no_unit(units)),
        _ => {}
    }
    let left = marker::left(&marker::folders());
    found.extend(endpoint::stopped_by_us(left.as_ref(), manager.as_ref().ok(), known, Timestamp::now()));
    let image_path = CommandLine::new("reg", ["query", endpoint::REGISTRY_KEY, "/v", "ImagePath"]);
    let image_path = cfg!(windows).then(|| commands.run(&image_path, LIMIT));
    found.extend(toml_and_agent(
        args,
        image_path.as_ref().and_then(|answer| endpoint::image_path(answer).ok()),
    ));
    found.extend(image_path.as_ref().map(endpoint::debug_log));
    if cfg!(windows) {
        found.push(power::selective_suspend(&commands.run(&power::query(), LIMIT)));
    }
    found.extend(of_nfc(&usb, pnputil.as_ref(), &commands));
    if cfg!(target_os = "linux") {
        found.extend(of_linux(&dongles, usb.unwrap_or_default(), &commands));
    }
    found
}

fn dongles(args: &Args, ports: &[SerialPortInfo], commands: &Commands) -> Vec<dongles::Dongle> {
    let mut all = discovery::recognise(ports);
    let named = args.source.iter().filter(|named| all.iter().all(|found| found.port != named.port));
    let named: Vec<_> = named.cloned().collect();
    all.extend(named);
    let look = |found: Found| {
        let obstacle = discovery::obstacle(&found);
        let lsof = CommandLine::new("lsof", ["-F", "pcn", "--", &found.port]);
        let is_busy = obstacle == Some(Reason::Busy) && cfg!(unix);
        let holder = is_busy.then(|| commands.run(&lsof, LIMIT));
        let answer = obstacle.is_none().then(|| ask(&found));
        dongles::Dongle { found, obstacle, holder, answer }
    };
    all.into_iter().map(look).collect()
}

/// Starts a dongle as a recording does, and stops it; the driver limits the time.
fn ask(found: &Found) -> Answer {
    let driver: Box<dyn Driver> =
        Box::new(Dongle::new(found.model, found.port.clone(), "dongle".into(), Scan::Passive));
    let stream = match Stream::start(vec![driver]) {
        Ok(stream) => stream,
        Err(error) => return Answer::Failed(error.to_string()),
    };
    let opened = stream.opened(&AtomicBool::new(false), |_| {});
    stream.close();
    match opened {
        Ok(origins) => {
            let firmware =
                origins.first().and_then(|origin| origin.header.get("sources")?.get(0)?.get("firmware"));
            Answer::Streams { firmware: firmware.and_then(|text| Some(text.as_str()?.to_owned())) }
        }
        Err(error) => Answer::Failed(error.to_string()),
    }
}

/// The loader of the driver of USB serial ports.
fn driver_command() -> &'static str {
    if cfg!(windows) { "pnputil /scan-devices" } else { "sudo modprobe cdc_acm" }
}

fn pnputil() -> CommandLine {
    CommandLine::new("pnputil", ["/enum-devices", "/connected"])
}

fn on_usb(usb: &Result<Vec<UsbDevice>, String>, pnputil_said: Option<&Captured>) -> OnUsb {
    if let Some(said) = pnputil_said {
        return dongles::on_usb_of_windows(said).map_err(|why| format!("`{}` {why}", pnputil()));
    }
    if cfg!(target_os = "linux") {
        return usb
            .as_ref()
            .map(|devices| devices.iter().filter_map(|device| device.kind.model()).collect())
            .map_err(Clone::clone);
    }
    Err("this system is not asked for its USB devices".to_owned())
}

/// What is known of the NFC readers, and what that means.
fn of_nfc(
    usb: &Result<Vec<UsbDevice>, String>,
    pnputil_said: Option<&Captured>,
    commands: &Commands,
) -> Vec<Finding> {
    let listed = drivers::nfc::readers(drivers::nfc::system().as_ref());
    let is_reader = |device: &UsbDevice| device.kind == Kind::Reader;
    let on_usb = match (pnputil_said, usb) {
        (Some(said), _) => nfc::on_usb_of_windows(said),
        (None, Ok(devices)) if cfg!(target_os = "linux") => Some(devices.iter().any(is_reader)),
        _ => None,
    };
    let readers = nfc::Readers {
        listed: listed.map(|states| states.into_iter().map(|state| state.name).collect()),
        on_usb,
        service: nfc::service_state(&commands.run(&nfc::service_query(), LIMIT)),
    };
    let mut found = vec![nfc::service(&readers), nfc::plugged_in(&readers)];
    if cfg!(windows) {
        let [wmi, registry] =
            [nfc::power_query(), nfc::registry_query()].map(|query| commands.run(&query, LIMIT));
        found.extend(nfc::power(&readers, &wmi, &registry));
    }
    found
}

/// What a USB device is, of those that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Dongle(Model),
    Reader,
}

impl Kind {
    fn model(self) -> Option<Model> {
        match self {
            Self::Dongle(model) => Some(model),
            Self::Reader => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Dongle(model) => model.name(),
            Self::Reader => "NFC reader",
        }
    }
}

/// A dongle or reader in Linux's list of USB devices.
struct UsbDevice {
    name: String,
    kind: Kind,
    /// Its `power/control`.
    control: Option<String>,
}

fn usb_devices(folder: &Path) -> Result<Vec<UsbDevice>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut devices = Vec::new();
    for entry in entries.flatten() {
        let read = |name: &str| std::fs::read_to_string(entry.path().join(name)).ok();
        let id = |name: &str| u16::from_str_radix(read(name)?.trim(), 16).ok();
        let (Some(vid), Some(pid)) = (id("idVendor"), id("idProduct")) else { continue };
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_reader = || {
            let class = folder.join(format!("{name}:1.0/bInterfaceClass"));
            std::fs::read_to_string(class).is_ok_and(|class| class.trim() == SMART_CARD_CLASS)
        };
        let kind = match Model::among(|v, p| (v, p) == (vid, pid)).first() {
            Some(model) => Kind::Dongle(*model),
            None if is_reader() => Kind::Reader,
            None => continue,
        };
        devices.push(UsbDevice { name, kind, control: read("power/control") });
    }
    Ok(devices)
}

fn of_linux(dongles: &[dongles::Dongle], usb: Vec<UsbDevice>, commands: &Commands) -> Vec<Finding> {
    let group_of = |dongle: &dongles::Dongle| {
        let stat = CommandLine::new("stat", ["--dereference", "--format=%G", &dongle.found.port]);
        Some(commands.run(&stat, LIMIT).success().ok()?.trim().to_owned())
    };
    let groups: BTreeSet<_> = dongles.iter().filter_map(group_of).collect();
    let is_open = dongles.iter().any(|dongle| dongle.obstacle.is_none());
    let id = commands.run(&CommandLine::new("id", []), LIMIT);
    let mut found = vec![
        rights::groups(&id, &groups.into_iter().collect::<Vec<_>>(), is_open),
        rights::modems(&commands.run(&rights::modem_manager().query(), LIMIT)),
    ];
    found.extend(
        usb.iter()
            .map(|device| power::autosuspend(device.kind.words(), &device.name, device.control.as_deref())),
    );
    found
}

fn toml_and_agent(args: &Args, image_path: Option<(String, String)>) -> [Finding; 2] {
    let folder = image_path.as_ref().and_then(|(_, command)| endpoint::folder_of(command));
    let usual = if cfg!(windows) {
        let folder =
            expanded(folder.unwrap_or(r"C:\Nymi\Bluetooth_Endpoint"), |name| std::env::var(name).ok());
        PathBuf::from(format!(r"{folder}\nbe.toml"))
    } else {
        PathBuf::from("/usr/bin/nbe.toml")
    };
    let path = args.config.clone().unwrap_or(usual);
    let file = match nbe_config::read(&path) {
        Ok(bytes) => File::Bytes(bytes),
        Err(error) if error.source.kind() == io::ErrorKind::NotFound => File::Absent,
        Err(error) => File::Unreadable(error.to_string()),
    };
    let named = Agent::of(&file);
    let tried = named.as_ref().ok().filter(|_| args.try_agent).map(agent::connect);
    let mut toml = config::nbe_toml(&path, &file);
    if args.config.is_some() && file == File::Absent {
        toml = Finding::problem(toml.code, format!("{}: there is no such file", path.display()))
            .why("--config names it")
            .remedy("check the path");
    }
    [
        toml,
        config::agent(named.as_ref().map_err(|no_agent| *no_agent), tried.as_ref(), args.config.as_deref()),
    ]
}

/// A path of the registry, its `%NAME%` replaced.
fn expanded(path: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let parts = path.split('%').enumerate().map(|(number, part)| match number % 2 {
        0 => part.to_owned(),
        _ => variable(part).unwrap_or_else(|| format!("%{part}%")),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_in_the_registry_are_replaced() {
        let known = |name: &str| (name == "SystemDrive").then(|| "D:".to_owned());
        assert_eq!(expanded(r"%SystemDrive%\Nymi\%odd%", known), r"D:\Nymi\%odd%");
        assert_eq!(expanded(r"C:\Nymi", known), r"C:\Nymi");
    }

    #[test]
    fn dongles_and_readers_are_found_in_the_list_of_usb_devices() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
        };
        put("1-2/idVendor", "2dcf\n");
        put("1-2/idProduct", "6002\n");
        put("1-2/power/control", "auto\n");
        put("1-3/idVendor", "10c4\n");
        put("1-3/idProduct", "ea60\n");
        put("1-4/idVendor", "076b\n");
        put("1-4/idProduct", "5022\n");
        put("1-4:1.0/bInterfaceClass", "0b\n");
        put("usb1/idVendor", "odd");
        let mut found = usb_devices(folder.path()).unwrap();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let found: Vec<_> = found.iter().map(|d| (d.name.as_str(), d.kind, d.control.as_deref())).collect();
        assert_eq!(
            found,
            [("1-2", Kind::Dongle(Model::BleuIo), Some("auto\n")), ("1-4", Kind::Reader, None)]
        );
        assert!(usb_devices(&folder.path().join("none")).is_err());
    }
}
