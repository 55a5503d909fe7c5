//! `tapbench` without a command, and `tapbench demo`: the window.

use super::{Exit, Failure};

/// Open the window on the simulated bench: no hardware needed
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tapbench demo")]
pub struct Args {}

/// Opens the window; on the simulated bench if `is_demo`.
#[cfg(feature = "gui")]
pub fn run(is_demo: bool) -> Result<Exit, Failure> {
    use crate::app::{self, Begin, NoWindow};
    let begin = if is_demo { Begin::Simulated } else { Begin::Empty };
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
pub fn run(_: bool) -> Result<Exit, Failure> {
    Err(no_window("this program was built without the window".into(), "cargo build --features gui has it"))
}

fn no_window(what: String, why: &str) -> Failure {
    let remedy = format!(
        "{why}; without a window, tapbench record, tune, replay and report do the same: tapbench --help"
    );
    Failure { exit: Exit::NoDevice, what, remedy: Some(remedy) }
}
