//! The project's own commands, one file each; `cargo xtask` lists them.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's tool: its output is its result"
)]

mod apt;
mod bench;
mod clients;
mod demo;
#[cfg(test)]
mod dependencies;
mod dist;
mod host;
mod notices;
mod process;
mod python;
mod runner;
mod screenshots;
mod steps;
mod test;
mod test_counts;
mod tree;
mod windows;

use std::process::ExitCode;

/// How a command ends: the exit status where it has said all itself, else what went wrong.
type Outcome = Result<ExitCode, String>;

struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command { name: "demo", about: demo::ABOUT, run: demo::run },
    Command { name: "test", about: test::ABOUT, run: test::run },
    Command { name: "windows", about: windows::ABOUT, run: windows::run },
    Command { name: "clients", about: clients::ABOUT, run: clients::run },
    Command { name: "dist", about: dist::ABOUT, run: dist::run },
    Command { name: "bench", about: bench::ABOUT, run: bench::run },
    Command { name: "screenshots", about: screenshots::ABOUT, run: screenshots::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(exit) => exit,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    };
    if name == windows::WINE_RUN {
        return windows::wine_run(rest);
    }
    if ["help", "-h", "--help"].contains(&name.as_str()) {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    }
    let command = COMMANDS
        .iter()
        .find(|command| command.name == name)
        .ok_or_else(|| format!("there is no command `{name}`\n\n{}", help()))?;
    if rest.iter().any(|argument| argument == "-h" || argument == "--help") {
        println!("cargo xtask {name}: {}", command.about);
        return Ok(ExitCode::SUCCESS);
    }
    std::env::set_current_dir(host::root()).map_err(|why| format!("{}: {why}", host::root().display()))?;
    (command.run)(rest)
}

fn help() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND\n\n");
    for command in COMMANDS {
        text += &format!("  {:<11} {}\n", command.name, command.about);
    }
    text
}

/// Refuses what a command does not know; gives which of `known` were passed.
fn flags<const N: usize>(arguments: &[String], known: [&str; N]) -> Result<[bool; N], String> {
    if let Some(stray) = arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        return Err(format!("unknown argument `{stray}`; this command takes: {}", known.join(" ")));
    }
    Ok(known.map(|flag| arguments.iter().any(|argument| argument == flag)))
}
