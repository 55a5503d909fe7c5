//! `tapbench` without a command or with files, and `tapbench demo`: the window.

use std::path::Path;

use super::{Exit, Failure};

/// Open the window on the simulated bench: no hardware needed
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tapbench demo")]
pub struct Args {
    /// Forget first what the window kept: theme, sizes, values, recordings opened lately
    #[arg(long)]
    pub fresh: bool,
}

/// What the window begins with.
#[derive(Debug)]
pub enum Start<'a> {
    /// Nothing.
    Empty,
    /// The simulated bench.
    Demo(&'a Args),
    /// Recordings.
    Recordings(Vec<String>),
}

/// The recordings that the window is to be opened with, where there is nothing else on the command line:
/// a file manager gives their paths alone. What is no command and not there is wrong usage.
pub fn recordings(arguments: impl Iterator<Item = std::ffi::OsString>) -> Option<Vec<String>> {
    let paths: Option<Vec<_>> = arguments.map(|argument| argument.into_string().ok()).collect();
    paths.filter(|paths| !paths.is_empty() && paths.iter().all(|path| Path::new(path).exists()))
}

/// Opens the window.
#[cfg(feature = "gui")]
pub fn run(start: Start<'_>) -> Result<Exit, Failure> {
    use crate::app::{self, Begin, NoWindow};
    let (begin, demo) = match start {
        Start::Empty => (Begin::Empty, None),
        Start::Demo(args) => (Begin::Simulated, Some(args)),
        Start::Recordings(paths) => (Begin::Recordings(paths), None),
    };
    if demo.is_some_and(|args| args.fresh) {
        app::forget().map_err(|why| Failure::bad_input(why).remedy("remove it by hand"))?;
    }
    app::run(&begin).map(|()| Exit::Done).map_err(|why| {
        let hint = match &why {
            NoWindow::NoDisplay(_) => "start it at the screen, or set DISPLAY",
            NoWindow::NoRenderer { .. } => "a newer graphics driver brings one of them",
            NoWindow::Lost(_) => "start it again; a recording that was open is kept",
        };
        no_window(format!("the window cannot be shown: {why}"), hint)
    })
}

/// Says that this program has none.
#[cfg(not(feature = "gui"))]
pub fn run(_: Start<'_>) -> Result<Exit, Failure> {
    Err(no_window("this program was built without the window".into(), "cargo build --features gui has it"))
}

fn no_window(what: String, why: &str) -> Failure {
    let remedy = format!(
        "{why}; without a window, tapbench record, tune, replay and report do the same: tapbench --help"
    );
    Failure { exit: Exit::NoDevice, what, remedy: Some(remedy) }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[test]
    fn only_files_that_are_there_open_the_window() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let of = |arguments: &[&str]| recordings(arguments.iter().map(OsString::from));
        assert_eq!(of(&[here, env!("CARGO_MANIFEST_DIR")]).map(|paths| paths.len()), Some(2));
        assert_eq!((of(&[]), of(&["replya"]), of(&[here, "--quiet"])), (None, None, None));
    }
}
