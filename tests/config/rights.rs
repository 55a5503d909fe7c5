//! Promise: where this user may not write, nothing is written unless the person says so; then it is
//! written as if this user might, and whoever is killed meanwhile, the file is the old or the new one.
//! The user is `nobody` here where the tests run as root; `sudo` is a script of the test that lets the
//! folder be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Bench, GOOD, Run};

const NOBODY: u32 = 65_534;
const SET: &str = "set locked/nbe.toml --dongle bluegiga rssi_tap_threshold=-50";
const LIMIT: Duration = Duration::from_secs(30);

/// Lets the folder be written, and runs what it is told to run.
const AGREES: &str = "[ \"$1\" = -- ] || exit 2; shift; chmod 755 locked; exec \"$@\"";

/// A folder that may not be written, and a program that all may run.
struct Locked {
    bench: Bench,
    is_root: bool,
}

impl Locked {
    fn new(sudo: &str) -> Self {
        let bench = Bench::new();
        bench.put("locked/nbe.toml", GOOD);
        bench.put("bin/sudo", format!("#!/bin/sh\necho \"$@\" >> asked\n{sudo}\n"));
        fs::copy(env!("CARGO_BIN_EXE_tapbench"), bench.path("tapbench")).unwrap();
        let locked = Self { is_root: rustix::process::geteuid().is_root(), bench };
        for (name, mode) in [("", 0o755), ("bin/sudo", 0o755), ("locked", 0o555), ("locked/nbe.toml", 0o644)]
        {
            let path = locked.bench.path(name);
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            if locked.is_root {
                chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        locked
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(self.bench.path("tapbench"));
        command.arg("config").args(line.split_whitespace()).current_dir(self.bench.path(""));
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.bench.path("bin").display()));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    fn run(&self, line: &str) -> Run {
        Run::of(self.command(line).output().unwrap())
    }

    fn text(&self) -> String {
        self.bench.text("locked/nbe.toml")
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.bench.path("locked")).unwrap().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    fn was_asked(&self) -> bool {
        self.bench.path("asked").exists()
    }

    /// Waits for the helper that sudo runs, and for its number.
    fn helper(&self) -> u32 {
        let begun = Instant::now();
        loop {
            let written = fs::read_to_string(self.bench.path("pid")).unwrap_or_default();
            if let Ok(pid) = written.trim().parse() {
                return pid;
            }
            assert!(begun.elapsed() < LIMIT, "no helper");
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }
}

fn ended(child: Child) -> Run {
    Run::of(child.wait_with_output().unwrap())
}

#[test]
fn without_consent_the_command_is_printed_and_nobody_is_asked() {
    let locked = Locked::new(AGREES);
    locked.run(SET).exits(2).says("sudo ").says("or add --elevate");
    assert!(!locked.was_asked());
    assert_eq!((locked.text().as_str(), locked.files().len()), (GOOD, 1));
}

#[test]
fn with_consent_it_is_written_with_a_backup_and_the_same_words() {
    let locked = Locked::new(AGREES);
    let said = locked.run(&format!("{SET} --elevate")).exits(0).says("sudo asks");
    assert_eq!(locked.text(), GOOD.replace("-42", "-50"));
    let backup = locked.files().into_iter().find(|name| name != "nbe.toml").unwrap();
    assert_eq!(locked.bench.text(&format!("locked/{backup}")), GOOD);
    // As if this user might have written it.
    let own = Bench::new();
    own.put("locked/nbe.toml", GOOD);
    let own = own.run(SET).exits(0);
    let stamp = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains("sudo asks"));
        lines.map(|line| line.split(".bak-").next().unwrap_or(line).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(stamp(&said.err), stamp(&own.err));

    fs::set_permissions(locked.bench.path("locked"), Permissions::from_mode(0o555)).unwrap();
    locked.run("restore locked/nbe.toml --elevate").exits(0).says("restored from locked/nbe.toml.bak-");
    assert_eq!((locked.text().as_str(), locked.files().len()), (GOOD, 3));
}

#[test]
fn a_no_is_said_in_words_and_leaves_the_file() {
    let locked = Locked::new("echo 'sudo: 3 incorrect password attempts' >&2; exit 1");
    let line = format!("{SET} --elevate");
    locked.run(&line).exits(4).says("sudo did not let it run as root").says("the file is as it was");
    // One who says yes, and cannot write either.
    let locked = Locked::new("shift; exec \"$@\"");
    locked.run(&line).exits(2).says("cannot write locked/nbe.toml");
    assert_eq!((locked.text().as_str(), locked.files().len()), (GOOD, 1));
}

#[test]
fn what_the_helper_would_not_write_nobody_is_asked_for() {
    let locked = Locked::new(AGREES);
    let bad = "agent_url = 5\n";
    locked.bench.put("bad.toml", bad);
    locked.run("restore locked/nbe.toml --to bad.toml --elevate").exits(2).says("it would have an error");
    fs::rename(locked.bench.path("locked"), locked.bench.path("open")).unwrap();
    fs::set_permissions(locked.bench.path("open"), Permissions::from_mode(0o755)).unwrap();
    fs::rename(locked.bench.path("open/nbe.toml"), locked.bench.path("open/passwd")).unwrap();
    fs::set_permissions(locked.bench.path("open"), Permissions::from_mode(0o555)).unwrap();
    let other = "set open/passwd --dongle bluegiga rssi_tap_threshold=-50 --elevate";
    locked.run(other).exits(2).says("only files called nbe.toml");
    assert!(!locked.was_asked());
    assert_eq!(locked.bench.text("open/passwd"), GOOD);
}

#[test]
fn a_file_that_changes_while_sudo_asks_is_left_alone() {
    let locked = Locked::new("shift; chmod 755 locked; echo '# theirs' > locked/nbe.toml; exec \"$@\"");
    locked.run(&format!("{SET} --elevate")).exits(2).says("another program changed it in the meantime");
    assert_eq!((locked.text().as_str(), locked.files().len()), ("# theirs\n", 1));
}

#[test]
fn a_stranger_at_the_end_of_the_line_gets_nothing_done() {
    // Who can call may know the port, but not the secret.
    let locked = Locked::new(
        "shift; chmod 755 locked; exec \"$1\" helper --connect \"$4\" --secret 00000000000000000000000000000000",
    );
    let begun = Instant::now();
    let child = locked.command(&format!("{SET} --elevate")).spawn().unwrap();
    let run = ended(child);
    assert!(run.exit == 4 && begun.elapsed() < LIMIT, "{run:?}");
    assert_eq!((locked.text().as_str(), locked.files().len()), (GOOD, 1));
}

#[test]
fn whoever_is_killed_the_file_is_the_old_or_the_new_one() {
    let new = GOOD.replace("-42", "-50");
    for kill_caller in [true, false] {
        for delay_ms in [0, 1, 3, 10, 30] {
            let locked = Locked::new("echo $$ > pid; shift; chmod 755 locked; exec \"$@\"");
            let child = locked.command(&format!("{SET} --elevate")).spawn().unwrap();
            let helper = locked.helper();
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(delay_ms) {
                std::hint::spin_loop();
            }
            // Either may have ended by itself.
            let victim = if kill_caller { child.id() } else { helper };
            let _ = Command::new("kill").args(["-KILL", &victim.to_string()]).stderr(Stdio::null()).status();
            let run = ended(child);
            if kill_caller {
                gone(helper);
            }
            let text = locked.text();
            assert!(text == GOOD || text == new, "{text:?}");
            if run.exit == 0 {
                assert_eq!(text, new);
            }
            for name in locked.files().iter().filter(|name| name.contains(".bak-")) {
                assert_eq!(locked.bench.text(&format!("locked/{name}")), GOOD);
            }
        }
    }
}

/// Nobody is left who could still write.
fn gone(pid: u32) {
    let begun = Instant::now();
    let lives = || fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    while lives() {
        assert!(begun.elapsed() < LIMIT, "the helper stays");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}
