//! The real program on a virtual display. Without Xvfb this says so and is skipped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::LIMIT;

/// A display, ended with this.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn start() -> Option<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take()?).read_line(&mut number).ok()?;
        Some(Self { server, name: format!(":{}", number.trim()) })
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(program).args(arguments).env("DISPLAY", &self.name).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Looks again until there is an answer.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < LIMIT, "not {what}");
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

#[test]
fn demo_opens_streams_and_closes() {
    let Some(display) = Display::start() else {
        println!("skipped: there is no Xvfb here (apt-get install xvfb xdotool imagemagick)");
        return;
    };
    if display.run("xdotool", &["version"]).is_none() || display.run("import", &["-version"]).is_none() {
        println!("skipped: there is no xdotool or no import here (apt-get install xdotool imagemagick)");
        return;
    }
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // What was kept is damaged: the window opens all the same.
    let store = home.path().join("tapbench");
    std::fs::create_dir_all(&store).unwrap();
    let mut damaged = std::fs::File::create(store.join("app.ron")).unwrap();
    std::io::Write::write_all(&mut damaged, b"{\"egui\": \xff(((").unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_tapbench"))
        .arg("demo")
        .env("DISPLAY", &display.name)
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut program = Program(program);
    let window = until("shown", || {
        let found = display.run("xdotool", &["search", "--onlyvisible", "--name", "^tapbench$"])?;
        found.lines().next().map(str::to_owned)
    });
    let picture = home.path().join("window.png");
    let picture = picture.to_str().unwrap();
    let colors = |display: &Display| {
        display.run("import", &["-window", "root", picture])?;
        display.run("identify", &["-format", "%k", picture])?.trim().parse::<u32>().ok()
    };
    // A blank window has one colour or two; text and dots have many.
    until("drawn", || colors(&display).filter(|count| *count > 100));
    let before = std::fs::read(picture).unwrap();
    until("streaming", || {
        colors(&display)?;
        (std::fs::read(picture).unwrap() != before).then_some(())
    });
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.0.id())).unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    println!("peak memory: {peak}");
    display.run("xdotool", &["windowfocus", &window]);
    display.run("xdotool", &["key", "--delay", "100", "ctrl+q"]);
    let status = until("closed", || program.0.try_wait().unwrap());
    assert!(status.success(), "{status}");
}
