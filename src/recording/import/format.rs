//! What a file is, by its first bytes.

use std::io::{self, Cursor, Read};

/// How much is looked at; enough for the first lines of a CSV file.
const LOOK: u64 = 64 << 10;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Android's and BlueZ's HCI log.
    Btsnoop,
    /// tcpdump's classic capture file.
    Pcap,
    /// Wireshark's capture file.
    Pcapng,
    /// A recording of this tool.
    Recording,
    /// Anything else that is text.
    Csv,
}

/// A file whose first bytes were looked at.
pub struct Sniffed<R> {
    /// What it is, or why it is nothing we read.
    pub format: Result<Format, &'static str>,
    /// The whole file.
    pub input: io::Chain<Cursor<Vec<u8>>, R>,
}

/// Looks at the first bytes of a (decompressed) file.
///
/// # Errors
/// When the stream fails.
pub fn sniff<R: Read>(mut input: R) -> io::Result<Sniffed<R>> {
    let mut first = Vec::new();
    match input.by_ref().take(LOOK).read_to_end(&mut first) {
        // Cut while compressed: the importer meets the end again and says what is missing.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            if first.is_empty() {
                let format = Err("compressed, and cut off before anything of it can be read");
                return Ok(Sniffed { format, input: Cursor::new(first).chain(input) });
            }
        }
        other => {
            other?;
        }
    }
    Ok(Sniffed { format: recognise(&first), input: Cursor::new(first).chain(input) })
}

fn recognise(first: &[u8]) -> Result<Format, &'static str> {
    if first.starts_with(b"btsnoop\0") {
        return Ok(Format::Btsnoop);
    }
    match first {
        [0x0A, 0x0D, 0x0D, 0x0A, ..] => return Ok(Format::Pcapng),
        [0xA1, 0xB2, 0xC3, 0xD4, ..]
        | [0xD4, 0xC3, 0xB2, 0xA1, ..]
        | [0xA1, 0xB2, 0x3C, 0x4D, ..]
        | [0x4D, 0x3C, 0xB2, 0xA1, ..] => return Ok(Format::Pcap),
        _ => {}
    }
    let text = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
    if text.starts_with(b"{\\rtf") {
        return Err("a rich text document: save it as plain text");
    }
    if text.starts_with(b"{") {
        return Ok(Format::Recording);
    }
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err("empty");
    }
    if first.starts_with(&[0xFF, 0xFE]) || first.starts_with(&[0xFE, 0xFF]) {
        return Err("UTF-16 text: save it as UTF-8");
    }
    if text.contains(&0) {
        return Err("neither btsnoop, pcap, pcapng, a recording nor text");
    }
    Ok(Format::Csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_format() {
        for (bytes, format) in [
            (&b"btsnoop\0\0\0\0\x01"[..], Ok(Format::Btsnoop)),
            (b"\xD4\xC3\xB2\xA1\x02\0", Ok(Format::Pcap)),
            (b"\xA1\xB2\x3C\x4D\0\x02", Ok(Format::Pcap)),
            (b"\x0A\x0D\x0D\x0A\x1C", Ok(Format::Pcapng)),
            (b"{\"rssi_recording\":1}", Ok(Format::Recording)),
            (b"\xEF\xBB\xBF{\"rssi_recording\":1}", Ok(Format::Recording)),
            (b"time,rssi\n", Ok(Format::Csv)),
            (b"", Err("empty")),
            (b" \r\n", Err("empty")),
        ] {
            assert_eq!(recognise(bytes), format, "{bytes:?}");
        }
        for bytes in [&b"{\\rtf1\\ansi"[..], b"\xFF\xFEt\0", b"SQLite format 3\0", b"\0\0\0\x1a\0"] {
            assert!(recognise(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn nothing_is_lost_by_looking() {
        let mut sniffed = sniff(&b"btsnoop\0rest"[..]).unwrap();
        let mut whole = Vec::new();
        sniffed.input.read_to_end(&mut whole).unwrap();
        assert_eq!(whole, b"btsnoop\0rest");
    }
}
