//! Running other programs: shown before they run, an error if they fail.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// Shows the command and runs it, its output going straight through.
pub fn run(command: &mut Command) -> Result<(), String> {
    show(command);
    let status = command.status().map_err(|why| cannot_start(command, &why))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", line(command))) }
}

/// What a program said while it ran, and whether it ended well.
pub struct Heard {
    pub text: String,
    pub success: bool,
}

/// Shows the command and runs it; its output is passed on line by line and kept.
pub fn run_heard(command: &mut Command) -> Result<Heard, String> {
    show(command);
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| cannot_start(command, &why))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let text = Mutex::new(String::new());
    thread::scope(|scope| {
        scope.spawn(|| pass_on(out, std::io::stdout(), &text));
        scope.spawn(|| pass_on(err, std::io::stderr(), &text));
    });
    let status = child.wait().map_err(|why| cannot_start(command, &why))?;
    Ok(Heard { text: text.into_inner().unwrap_or_default(), success: status.success() })
}

fn pass_on(from: Option<impl Read>, mut to: impl Write, kept: &Mutex<String>) {
    let Some(from) = from else { return };
    for bytes in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&bytes) + "\n";
        // A closed terminal must not stop the run: the counts are still wanted.
        let _ = to.write_all(line.as_bytes());
        if let Ok(mut kept) = kept.lock() {
            kept.push_str(&line);
        }
    }
}

/// Runs the command unseen and gives its standard output.
pub fn output(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|why| cannot_start(command, &why))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` ended with {}\n{}", line(command), output.status, said.trim_end()))
}

/// Prints the command as the user would type it.
pub fn show(command: &Command) {
    println!("$ {}", line(command));
}

fn cannot_start(command: &Command, why: &std::io::Error) -> String {
    format!("`{}` cannot be run: {why}", line(command))
}

fn line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    // rustup names its cargo by its full path; what the user types is `cargo`.
    let program = if program.ends_with("/bin/cargo") && !program.starts_with("/usr/") {
        "cargo".into()
    } else {
        program
    };
    let mut text = program.into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        let plain =
            !argument.is_empty() && !argument.contains(|c: char| c.is_whitespace() || "'\"[]$*?".contains(c));
        let _ = if plain { write!(text, " {argument}") } else { write!(text, " '{argument}'") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        let mut command = Command::new("/opt/rust/bin/cargo");
        command.args(["run", "--config", "a=[\"b\"]", ""]);
        assert_eq!(line(&command), "cargo run --config 'a=[\"b\"]' ''");
    }
}
