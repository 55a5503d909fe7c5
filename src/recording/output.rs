//! Where converted and rewritten recordings go: a file, zstd-compressed where its name says so.

use std::io::{self, BufWriter, Write};
use std::path::Path;

/// zstd's own default: what a recording gains beyond it is not worth the wait.
const ZSTD_LEVEL: i32 = 3;

const BUFFER: usize = 256 << 10;

/// A recording being rewritten; plain or compressed.
pub struct Output<W: Write>(Kind<W>);

enum Kind<W: Write> {
    Plain(BufWriter<W>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<W>>),
}

impl<W: Write> Output<W> {
    /// Compresses if `name` ends in `.zst`.
    pub fn new(out: W, name: &Path) -> io::Result<Self> {
        let out = BufWriter::with_capacity(BUFFER, out);
        if !is_compressed(name) {
            return Ok(Self(Kind::Plain(out)));
        }
        let mut encoder = zstd::stream::write::Encoder::new(out, ZSTD_LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self(Kind::Zstd(encoder)))
    }

    /// Writes what is still held, the end of the compressed frame included.
    pub fn finish(self) -> io::Result<W> {
        let out = match self.0 {
            Kind::Plain(out) => out,
            Kind::Zstd(encoder) => encoder.finish()?,
        };
        out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// Whether a file of this name is written compressed.
pub fn is_compressed(name: &Path) -> bool {
    name.extension().is_some_and(|e| e.eq_ignore_ascii_case("zst"))
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Plain(out) => out.write(bytes),
            Kind::Zstd(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Plain(out) => out.flush(),
            Kind::Zstd(out) => out.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_name_decides_on_compression() {
        let text = b"{\"rssi_recording\":1}\n".repeat(1000);
        for (name, compressed) in [("a.rssi.jsonl", false), ("a.rssi.jsonl.zst", true), ("A.ZST", true)] {
            let mut output = Output::new(Vec::new(), Path::new(name)).unwrap();
            output.write_all(&text).unwrap();
            let bytes = output.finish().unwrap();
            assert_eq!(bytes.len() < text.len(), compressed, "{name}");
            let mut back = Vec::new();
            if compressed {
                zstd::stream::read::Decoder::new(&bytes[..]).unwrap().read_to_end(&mut back).unwrap();
            } else {
                back = bytes;
            }
            assert_eq!(back, text, "{name}");
        }
    }
}
