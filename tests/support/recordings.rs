//! Recordings to test with, and running commands on them.
#![allow(dead_code, reason = "not every test needs every helper")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub const HEADER: &str =
    r#"{"rssi_recording":1,"site":"ward","odd":[1.5],"sources":[{"id":"b1","kind":"bluegiga"}]}"#;

/// The same numbers on every run.
pub struct Dice(pub u64);

impl Dice {
    /// From 0 up to, not including, `below`.
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below.max(1)
    }
}

pub fn row(t_us: usize, rssi: i32) -> String {
    format!("{{\"t_us\":{t_us},\"source\":\"b1\",\"band\":\"C6:05:04:03:02:01\",\"rssi\":{rssi}}}\n")
}

pub fn rows(count: usize, step_us: usize) -> String {
    (0..count).map(|i| row(i * step_us, -30 - [0, 7, 31, 59][i % 4])).collect()
}

/// Far, near, away: a tap, and marks around it, an observation, a gap, an odd row and the end.
pub fn session(step_us: usize) -> String {
    let t = |i: usize| i * step_us;
    let mut text = format!("{HEADER}\n");
    for i in 0..100 {
        if i == 40 {
            text += &format!(
                "{{\"t_us\":{},\"mark\":\"begin\",\"id\":3,\"intent\":\"tap\",\"band\":\"C6:05:04:03:02:01\"}}\n",
                t(i)
            );
        }
        text += &row(t(i), if (45..65).contains(&i) { -30 } else { -75 });
        if i == 70 {
            text += &format!("{{\"t_us\":{},\"observed\":\"tap\",\"by\":\"operator\"}}\n", t(i));
            text += &format!("{{\"t_us\":{},\"mark\":\"end\",\"id\":3}}\n", t(i));
            text += &format!(
                "{{\"t_us\":{},\"source\":\"b1\",\"source_event\":\"dropped\",\"count\":2}}\n",
                t(i)
            );
            text += &format!("{{\"t_us\":{}, \"odd\": 1.50}}\n", t(i));
        }
    }
    text + &format!("{{\"t_us\":{},\"end\":true,\"samples\":100}}\n", t(2000))
}

pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap())
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::File::create(&path).unwrap().write_all(bytes.as_ref()).unwrap();
        path
    }
}

/// Runs a command with this on its standard input.
pub fn fed(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    output
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
