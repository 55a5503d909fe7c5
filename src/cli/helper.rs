//! The hidden subcommand that is the helper of another tapbench.

use std::net::{Shutdown, SocketAddr};

use super::{Exit, Failure};
use crate::helper::{self, Secret};

/// Do for another tapbench what it may not do itself; tapbench runs this itself
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the caller listens, on this machine
    #[arg(long)]
    connect: SocketAddr,
    /// What only the caller knows
    #[arg(long)]
    secret: Secret,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let served = helper::serve(args.connect, &args.secret, |line| {
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
        what: format!("nobody to do anything for: {error}"),
        remedy: Some(
            "tapbench record --stop-endpoint and tapbench config set --elevate run this themselves".into(),
        ),
    })
}
