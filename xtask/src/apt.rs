//! System packages on Debian: which are missing, and installing them after saying so.

use std::process::{Command, Stdio};

use crate::{host, process};

/// A Debian package and how to tell that what it brings is there.
pub struct Need {
    package: &'static str,
    because: &'static str,
    program: Option<&'static str>,
}

impl Need {
    /// The package itself must be installed.
    pub const fn package(package: &'static str, because: &'static str) -> Self {
        Self { package, because, program: None }
    }

    /// Any program of this name on the PATH will do.
    pub const fn program(package: &'static str, program: &'static str, because: &'static str) -> Self {
        Self { package, because, program: Some(program) }
    }

    fn is_met(&self) -> bool {
        match self.program {
            Some(program) => host::has_program(program),
            None => is_installed(self.package),
        }
    }
}

/// What compiling for this machine takes besides Rust.
pub const BUILD: &[Need] = &[Need::program("gcc", "cc", "the C compiler that zstd and libdbus need")];

/// What some tests take; without it they skip themselves.
pub const TESTS: &[Need] = &[
    Need::program("dbus-daemon", "dbus-daemon", "the bus of the mocked Bluetooth service"),
    Need::package("python3-dbusmock", "mocks the Bluetooth service"),
    Need::program("pcscd", "pcscd", "the smart-card service that the tests on NFC readers run"),
    Need::package("vsmartcard-vpcd", "its virtual reader"),
    Need::program("xvfb", "Xvfb", "the display of the window's test"),
    Need::program("xdotool", "xdotool", "presses the keys of the window's test"),
    Need::program("xclip", "xclip", "reads what the window copied"),
    Need::program("imagemagick", "import", "takes the picture of the window's test"),
    Need::package("mesa-vulkan-drivers", "draws pictures, and the window where OpenGL is missing"),
];

/// What the window loads when it opens on Linux; a desktop has it all.
pub const WINDOW: &[Need] = &[
    Need::package("libgl1", "draws the window"),
    Need::package("libgl1-mesa-dri", "draws the window without a graphics card"),
    Need::package("libx11-xcb1", "opens the window"),
    Need::package("libxcursor1", "opens the window"),
    Need::package("libxi6", "opens the window"),
    Need::package("libxkbcommon-x11-0", "reads the window's keys"),
];

/// Installs what is missing; says what and why before, and does nothing where all is there.
pub fn ensure(needs: &[Need]) -> Result<(), String> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing on this machine:");
    for need in &missing {
        println!("  {:<28} {}", need.package, need.because);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !host::has_program("apt-get") {
        return Err(format!(
            "missing: {}; this system has no apt-get (the recipe is Debian 12's), so install their like by hand",
            packages.join(", ")
        ));
    }
    if process::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(format!("only root can install packages; run `sudo {by_hand}`, then this again"));
    }
    println!("Installing them.");
    apt(&["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    let mut command = Command::new("apt-get");
    // Another apt run may hold the lock: wait for it rather than fail.
    command.args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    process::show(&command);
    process::output(&mut command).map(drop)
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f", "${Status}", package]).stderr(Stdio::null());
    process::output(&mut query).is_ok_and(|status| status.ends_with("ok installed"))
}
