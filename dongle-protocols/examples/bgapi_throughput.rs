//! Decodes a file of BGAPI bytes and prints what it held and how long that took, as JSON:
//! `bgapi_throughput FILE`. Beside it, how long reading the bytes alone takes.
#![expect(clippy::print_stdout, reason = "its output is its result")]

use std::fs::File;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use dongle_protocols::bgapi::{Decoder, Event, Message};

/// Bytes that one read asks for.
const PIECE: usize = 65_536;

/// Sums over all advertisements, for a comparison with another decoder's.
#[derive(Default)]
struct Sums {
    events: u64,
    rssi_dbm: i64,
    address: u64,
    data: u64,
}

fn sum(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().map(u64::from).sum()
}

fn timed(path: &str, mut each: impl FnMut(&[u8])) -> io::Result<Duration> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    let started = Instant::now();
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(started.elapsed()),
            read => each(piece.get(..read).unwrap_or_default()),
        }
    }
}

fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).ok_or_else(|| io::Error::other("which file?"))?;
    let mut total = 0;
    let read = timed(&path, |bytes| total += sum(bytes.iter().copied()))?;
    let (mut decoder, mut sums) = (Decoder::new(), Sums::default());
    let decode = timed(&path, |bytes| {
        decoder.push(bytes, |message| {
            if let Message::Event(Event::GapScanResponse { packet }) = message {
                sums.events += 1;
                sums.rssi_dbm += i64::from(packet.rssi);
                sums.address += sum(packet.sender.to_be_bytes());
                sums.data += sum(packet.data.as_slice().iter().copied());
            }
        });
    })?;
    let Sums { events, rssi_dbm, address, data } = sums;
    let skipped = decoder.counters().bytes_skipped;
    println!(
        "{{\"events\":{events},\"rssi\":{rssi_dbm},\"address\":{address},\"data\":{data},\"skipped\":{skipped},\
         \"bytes_sum\":{total},\"read_s\":{},\"decode_s\":{}}}",
        read.as_secs_f64(),
        decode.as_secs_f64()
    );
    Ok(())
}
