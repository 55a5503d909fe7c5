//! The serial drivers of the Windows program: a virtual dongle of this system at a COM port of wine's.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::Wine;
use crate::steps::Done;

/// Any that wine does not give to a port of this machine.
const COM_PORT: u32 = 77;

/// What the scenario `two-bands` lets any dongle hear, ten times a second each.
const SCENARIO: &str = "two-bands";
const HEARD: [&str; 2] =
    ["\"band\":\"C6:05:04:03:02:01\",\"rssi\":-45}", "\"band\":\"C6:05:04:03:02:02\",\"rssi\":-67}"];

/// For how long is recorded, and of each band at least so many rows.
const DURATION: &str = "3s";
const ROWS_MIN: usize = 25;

/// Records from each kind of dongle with the Windows program; fails where the recording is not what
/// the scenario says.
pub fn records(wine: &Wine, exe: &Path, native: &Path) -> Result<Done, String> {
    for kind in ["bluegiga", "bleuio"] {
        let dongle = Simulated::start(native, kind)?;
        wine.add_com_port(COM_PORT, &dongle.port)?;
        let out = super::toolchain::target_folder().join(format!("{kind}.rssi.jsonl"));
        let name = out.to_str().ok_or("the target folder's name is not UTF-8")?;
        let source = format!("{kind}:COM{COM_PORT}");
        let options = ["--source", &source, "--duration", DURATION, "--all", "--force"];
        let (status, _) = wine.output(exe, &[&["record", name], &options[..]].concat())?;
        if !status.success() {
            return Err(format!("{source}: record ended with {status}"));
        }
        let text = fs::read_to_string(&out).map_err(|why| format!("{name}: {why}"))?;
        println!("{source}: {}", judged(&text).map_err(|why| format!("{source}: {why}\n{text}"))?);
    }
    Ok(Done::Holds)
}

/// What a recording holds, if that is what the scenario says, whole and closed.
fn judged(text: &str) -> Result<String, String> {
    let mut counts = [0; HEARD.len()];
    let (_header, rows) = text.split_once('\n').ok_or("it is empty")?;
    let mut is_closed = false;
    for row in rows.lines() {
        is_closed = row.contains("\"end\":true");
        match HEARD.iter().position(|heard| row.ends_with(heard)) {
            Some(band) => counts[band] += 1,
            None if is_closed => {}
            None => return Err(format!("a row that the scenario does not say: {row}")),
        }
    }
    match (is_closed, counts.iter().all(|count| *count >= ROWS_MIN)) {
        (false, _) => Err("it was not closed".into()),
        (_, false) => Err(format!("too few rows: {counts:?}")),
        _ => Ok(format!("{counts:?} rows as the scenario says")),
    }
}

/// A virtual dongle; gone with this.
struct Simulated {
    child: Child,
    port: String,
}

impl Simulated {
    fn start(native: &Path, kind: &str) -> Result<Self, String> {
        let mut command = Command::new(native);
        command.args(["simulate", kind, "--scenario", SCENARIO]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = command.spawn().map_err(|why| format!("{}: {why}", native.display()))?;
        let mut dongle = Self { child, port: String::new() };
        let mut line = String::new();
        if let Some(stdout) = dongle.child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(|why| why.to_string())?;
        }
        line.trim().clone_into(&mut dongle.port);
        if dongle.port.is_empty() { Err(format!("simulate {kind}: named no port")) } else { Ok(dongle) }
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        // One that has ended by itself is gone too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_scenario_says_passes() {
        let rows = |count: usize| {
            HEARD.iter().map(|heard| format!("{{\"t_us\":1,{heard}\n").repeat(count)).collect::<String>()
        };
        let end = "{\"t_us\":9,\"end\":true,\"samples\":1}\n";
        assert!(judged(&format!("header\n{}{end}", rows(30))).is_ok());
        let stray = "{\"t_us\":1,\"band\":\"C6:05:04:03:02:01\",\"rssi\":-46}\n";
        for text in [
            String::new(),
            format!("header\n{}", rows(30)),
            format!("header\n{}{end}", rows(3)),
            format!("header\n{}{stray}{end}", rows(30)),
        ] {
            assert!(judged(&text).is_err(), "{text}");
        }
    }
}
