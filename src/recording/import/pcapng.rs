//! pcapng, Wireshark's capture file: sections of either endianness, any clock resolution;
//! blocks that hold no packets are passed over by their length (draft-ietf-opsawg-pcapng).

use std::io::Read;

use super::bytes::{Endian, Filled, MAX_RECORD, fill};
use super::collector::{Collector, LinkType};
use super::pcap::unsupported;
use super::{ImportError, Imported, Loss, Skip};

mod block {
    pub const SECTION_HEADER: u32 = 0x0A0D_0D0A;
    pub const INTERFACE: u32 = 1;
    pub const OLD_PACKET: u32 = 2;
    pub const SIMPLE_PACKET: u32 = 3;
    pub const ENHANCED_PACKET: u32 = 6;
}

mod option {
    pub const END: u16 = 0;
    pub const TIME_RESOLUTION: u16 = 9;
    pub const TIME_OFFSET: u16 = 14;
}

/// One interface of a section.
struct Interface {
    number: u32,
    link: Option<LinkType>,
    snap_len: u32,
    resolution: Resolution,
    offset_s: i64,
}

/// What a time stamp counts.
#[derive(Clone, Copy)]
enum Resolution {
    /// 10^-n seconds.
    Decimal(u8),
    /// 2^-n seconds.
    Binary(u8),
}

impl Interface {
    /// From the body of an interface description block; `None` when it is too short.
    fn parse(endian: Endian, body: &[u8]) -> Option<Self> {
        let number = u32::from(endian.u16(body, 0)?);
        let mut interface = Self {
            number,
            link: LinkType::from_number(number),
            snap_len: endian.u32(body, 4)?,
            resolution: Resolution::Decimal(6),
            offset_s: 0,
        };
        let mut rest = body.get(8..).unwrap_or_default();
        // Some writers leave garbage behind their options: whatever does not fit ends the list.
        while let (Some(code), Some(len)) = (endian.u16(rest, 0), endian.u16(rest, 2)) {
            let len = usize::from(len);
            let Some(value) = rest.get(4..4 + len) else { break };
            match (code, value) {
                (option::END, _) => break,
                (option::TIME_RESOLUTION, &[exponent]) if exponent & 0x80 != 0 => {
                    interface.resolution = Resolution::Binary(exponent & 0x7F);
                }
                (option::TIME_RESOLUTION, &[exponent]) => {
                    interface.resolution = Resolution::Decimal(exponent);
                }
                (option::TIME_OFFSET, _) => interface.offset_s = endian.i64(value, 0).unwrap_or(0),
                _ => {}
            }
            rest = rest.get(4 + len.next_multiple_of(4)..).unwrap_or_default();
        }
        Some(interface)
    }

    /// Microseconds since 1970; `None` when the file's clock cannot be told in them.
    fn time_us(&self, high: u32, low: u32) -> Option<i64> {
        let ticks = u128::from(high) << 32 | u128::from(low);
        let us = match self.resolution {
            Resolution::Decimal(exponent) => {
                ticks.checked_mul(1_000_000)?.checked_div(10u128.checked_pow(exponent.into())?)?
            }
            Resolution::Binary(exponent) => (ticks * 1_000_000).checked_shr(exponent.into())?,
        };
        i64::try_from(us).ok()?.checked_add(self.offset_s.checked_mul(1_000_000)?)
    }
}

/// A file while its blocks are read.
struct Section {
    endian: Endian,
    interfaces: Vec<Interface>,
    collector: Collector,
    /// The first link type met, for words about the file.
    first_link: Option<(u32, Option<LinkType>)>,
    any_usable: bool,
}

/// Reads a file from its first byte on.
pub(super) fn read(mut input: impl Read) -> Result<Imported, ImportError> {
    let mut section = Section {
        endian: Endian::Little,
        interfaces: Vec::new(),
        collector: Collector::new("pcapng"),
        first_link: None,
        any_usable: false,
    };
    let mut buffer = Vec::new();
    for number in 1u64.. {
        match section.next_block(&mut input, &mut buffer)? {
            Block::Read => {}
            Block::End => break,
            Block::Cut | Block::Damaged if number == 1 => {
                return Err(ImportError::Unusable(
                    "a pcapng file that ends in its header or has none".into(),
                ));
            }
            Block::Cut => {
                section.collector.imported.loss = Some(Loss::CutOff(format!("in block {number}")));
                break;
            }
            Block::Damaged => {
                section.collector.imported.loss = Some(Loss::Damaged(format!("at block {number}")));
                break;
            }
        }
    }
    match section.first_link {
        Some((number, _)) if !section.any_usable => return Err(unsupported(number)),
        Some((_, Some(link))) => section.collector.imported.what = format!("pcapng, {}", link.words()),
        _ => {}
    }
    Ok(section.collector.imported)
}

enum Block {
    Read,
    End,
    Cut,
    Damaged,
}

impl Section {
    fn next_block(&mut self, input: &mut impl Read, buffer: &mut Vec<u8>) -> Result<Block, ImportError> {
        match fill(input, buffer, 8)? {
            Filled::Whole => {}
            Filled::Nothing => return Ok(Block::End),
            Filled::Cut => return Ok(Block::Cut),
        }
        let head = buffer.clone();
        // The section header's type reads the same in both endiannesses, and its first field
        // tells which one its length and all that follows have.
        let is_section = Endian::Big.u32(&head, 0) == Some(block::SECTION_HEADER);
        let mut already = 8;
        if is_section {
            if fill(input, buffer, 4)? != Filled::Whole {
                return Ok(Block::Cut);
            }
            already = 12;
            self.endian = match buffer.first_chunk::<4>() {
                Some([0x1A, 0x2B, 0x3C, 0x4D]) => Endian::Big,
                Some([0x4D, 0x3C, 0x2B, 0x1A]) => Endian::Little,
                _ => return Ok(Block::Damaged),
            };
        }
        let kind = self.endian.u32(&head, 0).unwrap_or_default();
        let total = self.endian.u32(&head, 4).unwrap_or_default();
        let len = usize::try_from(total).unwrap_or(usize::MAX);
        if len < already + 4 || len > MAX_RECORD {
            return Ok(Block::Damaged);
        }
        if fill(input, buffer, len - already)? != Filled::Whole {
            return Ok(Block::Cut);
        }
        let body_len = buffer.len() - 4;
        if self.endian.u32(buffer, body_len) != Some(total) {
            return Ok(Block::Damaged);
        }
        if is_section {
            self.interfaces.clear();
            return Ok(Block::Read);
        }
        let body = &buffer[..body_len];
        if kind == block::INTERFACE {
            let Some(interface) = Interface::parse(self.endian, body) else { return Ok(Block::Damaged) };
            self.interface(interface);
        } else if self.packet_block(kind, body).is_none() {
            self.collector.skip(Skip::Malformed);
        }
        Ok(Block::Read)
    }

    fn interface(&mut self, interface: Interface) {
        self.first_link.get_or_insert((interface.number, interface.link));
        if interface.link.is_some() && !self.any_usable {
            self.first_link = Some((interface.number, interface.link));
            self.any_usable = true;
        }
        self.interfaces.push(interface);
    }

    /// Takes the body of a block that may hold a packet; `None` when it is too short for that.
    fn packet_block(&mut self, kind: u32, body: &[u8]) -> Option<()> {
        let field = |at| self.endian.u32(body, at);
        match kind {
            block::ENHANCED_PACKET => {
                let bytes = body.get(20..)?.get(..usize::try_from(field(12)?).ok()?)?;
                self.packet(field(0)?, Some((field(4)?, field(8)?)), bytes);
            }
            block::OLD_PACKET => {
                let interface = u32::from(self.endian.u16(body, 0)?);
                let bytes = body.get(20..)?.get(..usize::try_from(field(12)?).ok()?)?;
                self.packet(interface, Some((field(4)?, field(8)?)), bytes);
            }
            block::SIMPLE_PACKET => {
                let snap_len = self.interfaces.first().map_or(0, |i| i.snap_len);
                let limit = if snap_len == 0 { u32::MAX } else { snap_len };
                let len = usize::try_from(field(0)?.min(limit)).ok()?;
                self.packet(0, None, body.get(4..)?.get(..len)?);
            }
            _ => {}
        }
        Some(())
    }

    fn packet(&mut self, interface: u32, time: Option<(u32, u32)>, bytes: &[u8]) {
        let interface = usize::try_from(interface).ok().and_then(|at| self.interfaces.get(at));
        let time_us = interface.zip(time).and_then(|(interface, (high, low))| interface.time_us(high, low));
        let link = interface.and_then(|interface| interface.link);
        self.collector.packet(link, time_us, bytes);
    }
}

#[cfg(test)]
mod tests;
