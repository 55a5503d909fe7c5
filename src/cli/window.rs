//! `tapbench` without a command, and `tapbench demo`: the window.

use super::{Exit, Failure};

/// Open the window on the simulated bench: no hardware needed
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tapbench demo")]
pub struct Args {
    /// Forget first what the window kept: theme, sizes, values, recordings opened lately
    #[arg(long)]
    pub fresh: bool,
}

/// Opens the window: on the simulated bench if `demo` was asked for.
#[cfg(feature = "gui")]
pub fn run(demo: Option<&Args>) -> Result<Exit, Failure> {
    use crate::app::{self, Begin};
    let begin = if demo.is_some() { Begin::Simulated } else { Begin::Empty };
    app::run(begin, demo.is_some_and(|args| args.fresh)).map(|()| Exit::Done).map_err(|why| {
        let what = format!("the window cannot be shown: {why}");
        no_window(what, "it needs a display and OpenGL 2 (a remote desktop often has none)")
    })
}

/// Says that this program has none.
#[cfg(not(feature = "gui"))]
pub fn run(_: Option<&Args>) -> Result<Exit, Failure> {
    Err(no_window("this program was built without the window".into(), "cargo build --features gui has it"))
}

fn no_window(what: String, why: &str) -> Failure {
    let remedy = format!("{why}; the command line does all of it: tapbench --help");
    Failure { exit: Exit::NoDevice, what, remedy: Some(remedy) }
}
