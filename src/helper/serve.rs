//! The helper's end: connects, shows that it is ours, does what it is asked for, and ends with the
//! line. A service that it holds is then started again.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::message::{Answer, read_line};
use super::seal::Secret;
use super::serving::{Serving, Step};
use crate::service::{Hold, Manager, marker};
use crate::system::Commands;

/// How long to wait for the caller at its address.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How long to wait for something to do, while no service is held.
const IDLE_LIMIT: Duration = Duration::from_secs(30);

/// Serves the caller at `address`; `on_line` is given the line before anything is done.
///
/// # Errors
/// When nobody is there, or the line is cut before anything was asked; nothing was done then.
pub fn serve(
    address: SocketAddr,
    secret: &Secret,
    on_line: impl FnOnce(&TcpStream) -> io::Result<()>,
) -> io::Result<()> {
    if !address.ip().is_loopback() {
        return Err(io::ErrorKind::AddrNotAvailable.into());
    }
    let stream = TcpStream::connect_timeout(&address, CONNECT_LIMIT)?;
    on_line(&stream)?;
    stream.set_read_timeout(Some(IDLE_LIMIT))?;
    stream.set_write_timeout(Some(IDLE_LIMIT))?;
    let mut line = BufReader::new(stream);
    let mut serving = Serving::new(secret);
    say(&line, &mut serving, &Answer::Ready)?;
    let mut hold = None;
    let mut was_asked = false;
    loop {
        // An end without a word is one, too.
        let heard = read_line(&mut line).unwrap_or_default();
        let answer = match serving.hear(&heard) {
            Step::End if !was_asked => return Err(io::ErrorKind::ConnectionAborted.into()),
            Step::End => break,
            Step::Hold { unit } => match take(unit) {
                Ok(held) => {
                    hold = Some(held);
                    // For as long as a recording lasts.
                    line.get_ref().set_read_timeout(None)?;
                    Answer::Stopped
                }
                Err(why) => Answer::NotStopped(why),
            },
            Step::Write(request) => match request.carry_out() {
                Ok(backup) => Answer::Written { backup: backup.map(|path| path.display().to_string()) },
                Err(why) => Answer::NotWritten(why),
            },
        };
        was_asked = true;
        // One who is gone already is found out by reading.
        let _ = say(&line, &mut serving, &answer);
    }
    if let Some(hold) = hold {
        let last = match hold.release() {
            Ok(()) => Answer::Started,
            Err(why) => Answer::Down(why),
        };
        // Nobody listens when the bench was killed.
        let _ = say(&line, &mut serving, &last);
    }
    Ok(())
}

fn take(unit: Option<String>) -> Result<Hold, crate::service::NotHeld> {
    let manager = match unit {
        Some(unit) => Manager::Systemd { unit },
        None => Manager::Windows,
    };
    Hold::take(Commands::of_the_system(), manager, &marker::folders())
}

fn say(line: &BufReader<TcpStream>, serving: &mut Serving, answer: &Answer) -> io::Result<()> {
    let mut stream = line.get_ref();
    stream.write_all(&serving.say(answer)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_far_away_is_served() {
        let far = "192.0.2.1:9".parse().unwrap();
        assert!(serve(far, &Secret::random(), |_| Ok(())).is_err());
    }
}
