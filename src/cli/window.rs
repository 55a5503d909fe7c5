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
    use crate::app::{self, Begin, NoWindow};
    let begin = if demo.is_some() { Begin::Simulated } else { Begin::Empty };
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
pub fn run(_: Option<&Args>) -> Result<Exit, Failure> {
    Err(no_window("this program was built without the window".into(), "cargo build --features gui has it"))
}

fn no_window(what: String, why: &str) -> Failure {
    let remedy = format!(
        "{why}; without a window, tapbench record, tune, replay and report do the same: tapbench --help"
    );
    Failure { exit: Exit::NoDevice, what, remedy: Some(remedy) }
}
