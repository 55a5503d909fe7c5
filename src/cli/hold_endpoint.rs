//! The hidden subcommand that holds the endpoint's service stopped for another tapbench.

use std::net::{Shutdown, SocketAddr};

use super::{Exit, Failure};
use crate::service::{Manager, holder};

/// Hold the endpoint service stopped until the caller ends; tapbench runs this itself
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the caller listens
    #[arg(long)]
    connect: SocketAddr,
    /// What the caller knows us by
    #[arg(long)]
    token: String,
    /// The unit of systemd
    #[arg(long)]
    unit: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let manager = match &args.unit {
        Some(unit) => Manager::Systemd { unit: unit.clone() },
        None => Manager::Windows,
    };
    let served = holder::serve(args.connect, &args.token, manager, |line| {
        // Told to end, it first starts the service.
        let line = line.try_clone()?;
        let handled = ctrlc::set_handler(move || {
            // The line may be cut already.
            let _ = line.shutdown(Shutdown::Read);
        });
        handled.map_err(std::io::Error::other)
    });
    served.map(|()| Exit::Done).map_err(|error| Failure {
        exit: Exit::NoDevice,
        what: format!("nobody to hold the service for: {error}"),
        remedy: Some("tapbench record --stop-endpoint runs this itself".into()),
    })
}
