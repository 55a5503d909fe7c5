//! One connection to the Nymi Agent, when asked for.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use crate::doctor::config::Agent;

/// How long its name may take to be found and its port to answer, all in all.
const LIMIT: Duration = Duration::from_secs(5);

/// For each of its addresses.
const PER_ADDRESS: Duration = Duration::from_secs(2);

/// Connects and closes; the error is why it did not.
pub fn connect(agent: &Agent) -> Result<(), String> {
    let (sender, result) = sync_channel(1);
    let (host, port) = (agent.host.clone(), agent.port);
    // The system looks up names without a limit, so it is done where nobody waits for it.
    let tried = thread::Builder::new().name("agent".into()).spawn(move || {
        // Nobody listens when time is up.
        let _ = sender.send(try_all(&host, port));
    });
    tried.map_err(|error| error.to_string())?;
    result.recv_timeout(LIMIT).unwrap_or_else(|_| Err(format!("no answer in {} s", LIMIT.as_secs())))
}

fn try_all(host: &str, port: u16) -> Result<(), String> {
    let addresses =
        (host, port).to_socket_addrs().map_err(|error| format!("its name is not known: {error}"))?;
    let mut last = Err("its name has no address".to_owned());
    for address in addresses {
        match TcpStream::connect_timeout(&address, PER_ADDRESS) {
            Ok(_) => return Ok(()),
            Err(error) => last = Err(error.to_string()),
        }
    }
    last
}
