//! A virtual display, and the program on it.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::LIMIT;

/// Mesa's software Vulkan.
pub const LAVAPIPE: &str = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";

/// Looks again until there is an answer.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < LIMIT, "not {what}");
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

/// A display, ended with this.
pub struct Display {
    server: Child,
    pub name: String,
}

impl Display {
    /// Starts one; says what is missing where that cannot be.
    pub fn start() -> Option<Self> {
        let display = Self::of_xvfb();
        let has = |program, argument| display.as_ref().is_some_and(|d| d.run(program, &[argument]).is_some());
        if has("xdotool", "version") && has("xclip", "-version") && has("import", "-version") {
            return display;
        }
        assert!(
            std::env::var_os("CI").is_none(),
            "CI has a display: apt-get install xvfb xdotool xclip imagemagick"
        );
        println!("skipped: apt-get install xvfb xdotool xclip imagemagick");
        None
    }

    // By default it would start anew when its last client leaves, under the feet of the next.
    fn of_xvfb() -> Option<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take()?).read_line(&mut number).ok()?;
        Some(Self { server, name: format!(":{}", number.trim()) })
    }

    /// Runs a program on it, and gives what it says.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(program).args(arguments).env("DISPLAY", &self.name).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The program's window, once it is shown.
    pub fn window(&self) -> String {
        until("shown", || {
            let found = self.run("xdotool", &["search", "--onlyvisible", "--name", "^tapbench$"])?;
            found.lines().next().map(str::to_owned)
        })
    }

    /// How many colours a picture of it has, which is kept in `picture`: a blank one has one or two.
    pub fn colors(&self, picture: &Path) -> Option<u32> {
        let picture = picture.to_str()?;
        self.run("import", &["-window", "root", picture])?;
        self.run("identify", &["-format", "%k", picture])?.trim().parse().ok()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// tapbench, ended with this.
pub struct Program {
    pub child: Child,
    said: PathBuf,
}

impl Program {
    /// Starts it on `display`, or on none, with `home` as its folder.
    pub fn start(
        display: Option<&Display>,
        home: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tapbench"));
        command.args(arguments).current_dir(home).env("HOME", home).env("XDG_DATA_HOME", home);
        for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(name);
        }
        command.envs(display.map(|display| ("DISPLAY", &display.name))).envs(environment.iter().copied());
        // A file, as a pipe that nobody reads would hold it up.
        let said = home.join("stderr.txt");
        command.stdin(Stdio::null()).stderr(File::create(&said).unwrap());
        Self { child: command.spawn().unwrap(), said }
    }

    /// Its exit status and what it said, once it has ended by itself.
    pub fn ended(&mut self) -> (Option<i32>, String) {
        let status = until("closed", || self.child.try_wait().unwrap());
        (status.code(), std::fs::read_to_string(&self.said).unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
