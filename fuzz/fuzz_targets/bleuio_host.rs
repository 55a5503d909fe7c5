//! Any lines at any times: the host never panics, never sends what resets a dongle, and once it was
//! asked to stop it ends, whatever it hears without end.

#![no_main]

use dongle_protocols::bleuio::Decoder;
use dongle_protocols::bleuio::host::{Host, Request, State};
use libfuzzer_sys::fuzz_target;

/// What a byte of the input stands for where it asks for no byte of its own; `#` is the number of
/// the command that is being answered.
const LINES: [&str; 20] = [
    "AT\rOK\r\n",
    "\r\nERROR\r\n",
    "\r\nVERBOSE ON\r\n",
    "\r\nVERBOSE OFF\r\n",
    "\r\nECHO OFF\r\n",
    "\r\nFirmware Version: 2.1.3.0\r\n",
    "\r\nNot Advertising\r\n",
    "\r\nSCANNING...\r\n",
    "\r\nSCAN COMPLETE\r\n",
    "\r\nRSSI: -57 [30:63:C5:D0:B1:DE] Device Data [ADV]: 020106\r\n",
    "{\"SF\":#,\"rssi\":-57,\"addr\":\"30:63:C5:D0:B1:DE\",\"type\":0,\"data\":\"020106\"}\r\n",
    "{\"SF\":#,\"addr\":\"30:63:C5:D0:B1:DE\",\"type\":0,\"data\":\"020106\"}\r\n",
    "{\"A\":#,\"err\":0,\"errMsg\":\"ok\"}\r\n",
    "{\"A\":#,\"err\":7,\"errMsg\":\"no\"}\r\n",
    "{\"A\":#,\"err\":9,\"errMsg\":\"busy\"}\r\n",
    "{\"R\":#,\"fwVer\":\"2.7.9.51\"}\r\n",
    "{\"R\":#,\"action\":\"scanning\"}\r\n",
    "{\"R\":#,\"evt\":{\"action\":\"scanning\"}}\r\n",
    "{\"E\":#,\"nol\":4}\r\n",
    "{\"SE\":#,\"evt\":{\"action\":\"scan completed\"}}\r\n",
];

/// As long as a conversation may take to end, in turns of the host's own clock.
const TURNS: usize = 1_000;

/// The host, and what its last command's number and words would be to a dongle.
struct Bench {
    host: Host,
    decoder: Decoder,
    now_us: u64,
    commands: u32,
}

impl Bench {
    fn hear(&mut self, bytes: &[u8]) {
        let (host, now_us) = (&mut self.host, self.now_us);
        self.decoder.push(bytes, |line| host.on_line(line, now_us));
    }

    /// Reads what the host wrote; with `echo`, answers each command with its line C.
    fn read(&mut self, echo: bool) {
        let out = self.host.take_output();
        for command in out.split(|&byte| byte == b'\r') {
            let command: Vec<u8> = command.iter().copied().filter(|byte| *byte >= b' ').collect();
            assert!(!command.starts_with(b"ATR") && !command.starts_with(b"ATB"));
            if !command.is_empty() {
                self.commands = self.commands.wrapping_add(1);
                if echo {
                    let command = String::from_utf8_lossy(&command).into_owned();
                    self.hear(format!("{{\"C\":{},\"cmd\":\"{command}\"}}\r\n", self.commands).as_bytes());
                }
            }
        }
    }
}

fuzz_target!(|input: (bool, Vec<(Vec<u8>, u16)>, Vec<u8>)| {
    let (echo, steps, last) = input;
    let host = Host::new(Request::default(), 0);
    let mut bench = Bench { host, decoder: Decoder::default(), now_us: 0, commands: 0 };
    for (bytes, wait_ms) in steps {
        for &byte in &bytes {
            match LINES.get(usize::from(byte.wrapping_sub(0x80))) {
                Some(line) => bench.hear(line.replace('#', &bench.commands.to_string()).as_bytes()),
                None => bench.hear(&[byte]),
            }
            bench.read(echo);
        }
        bench.now_us += u64::from(wait_ms) * 1_000;
        bench.host.on_time(bench.now_us);
        bench.read(echo);
    }
    bench.host.stop(bench.now_us);
    let mut last = last.into_iter().cycle();
    for _ in 0..TURNS {
        if matches!(bench.host.state(), State::Stopped { .. } | State::Failed(_)) {
            return;
        }
        bench.read(echo);
        if let Some(line) = last.next().and_then(|byte| LINES.get(usize::from(byte))) {
            bench.hear(line.replace('#', &bench.commands.to_string()).as_bytes());
        }
        bench.now_us = bench.host.wake_at_us().unwrap_or(bench.now_us).max(bench.now_us + 1);
        bench.host.on_time(bench.now_us);
    }
    panic!("it was asked to stop and does not: {:?}", bench.host);
});
