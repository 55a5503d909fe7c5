use super::fields::{COMMAND, EVENT, HEADER_LEN, MAX_CLASS, MAX_PACKET, MAX_PAYLOAD, MessageId};
use super::{Event, Response};

/// Numbers above this are taken by no class of messages.
const MAX_NUMBER: u8 = 31;

/// A packet and the header of the one after it.
const HELD_MAX: usize = MAX_PACKET + HEADER_LEN;

/// One message from the dongle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The answer to a command.
    Response(Response),
    /// Something the dongle says of its own accord.
    Event(Event),
    /// Well-formed, and not in the tables: to be passed over.
    Unknown {
        /// Whether it is an event, else a response.
        event: bool,
        /// Class and number.
        id: MessageId,
    },
}

/// What a stream held, since the decoder was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages given, unknown ones too.
    pub messages: u64,
    /// Messages given that are not in the tables.
    pub unknown_messages: u64,
    /// Times the place in the stream was lost.
    pub resyncs: u64,
    /// Bytes that belong to no message.
    pub bytes_skipped: u64,
}

/// Finds the messages in what the dongle sends, however it is cut into reads.
///
/// BGAPI has neither a mark where packets start nor a checksum. A header is believed if its class,
/// number and length fit the tables or at least could be those of an event not listed; otherwise one
/// byte is passed over and the next is tried. After that a packet is believed only when it stands in
/// the tables and the header of another such packet follows it, or the line falls quiet
/// right behind it, so that a header which merely seems to stand in the middle of something else
/// rarely leads astray. What follows damage is read again after at most one packet's length.
#[derive(Clone, Debug)]
pub struct Decoder {
    held: [u8; HELD_MAX],
    held_len: usize,
    in_step: bool,
    counters: Counters,
}

/// What stands at the start of some bytes.
enum Found {
    /// A packet of this length.
    Packet(usize, Message),
    /// Not a packet.
    Nonsense,
    /// More bytes are needed to tell.
    Part,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// How long a line without bytes is quiet, in µs: a packet crosses USB in one piece.
    pub const QUIET_US: u64 = 50_000;

    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self { held: [0; HELD_MAX], held_len: 0, in_step: true, counters: Counters::default() }
    }

    /// What the stream held so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Whether bytes are held back that are no whole message yet: then [`Decoder::quiet`] is due
    /// after [`Decoder::QUIET_US`] without bytes.
    pub fn holds_bytes(&self) -> bool {
        self.held_len > 0
    }

    /// Reads on and gives every message that is complete.
    pub fn push(&mut self, mut bytes: &[u8], mut give: impl FnMut(Message)) {
        while !bytes.is_empty() {
            if self.held_len == 0 {
                let used = self.read(bytes, &mut give);
                bytes = bytes.get(used..).unwrap_or_default();
            }
            let Some(room) = self.held.get_mut(self.held_len..) else { return };
            let taken = room.len().min(bytes.len());
            let (now, later) = bytes.split_at(taken);
            room.iter_mut().zip(now).for_each(|(slot, byte)| *slot = *byte);
            self.held_len += taken;
            bytes = later;
            self.read_held(&mut give);
        }
    }

    /// Tells that no bytes came for [`Decoder::QUIET_US`]. The dongle sends packets whole, so one that is cut stays
    /// cut: it is passed over. A packet that waited for another to follow is given.
    pub fn quiet(&mut self, mut give: impl FnMut(Message)) {
        let (held, len) = (self.held, self.held_len);
        let mut rest = held.get(..len).unwrap_or_default();
        if self.in_step && !rest.is_empty() {
            self.counters.resyncs += 1;
        }
        while !self.in_step && !rest.is_empty() {
            match find(rest, self.in_step) {
                Found::Packet(packet_len, message) if packet_len == rest.len() => {
                    self.count(&message);
                    give(message);
                    rest = &[];
                }
                _ => {
                    self.counters.bytes_skipped += 1;
                    rest = rest.get(1..).unwrap_or_default();
                }
            }
        }
        self.counters.bytes_skipped += rest.len() as u64;
        self.held_len = 0;
        self.in_step = true;
    }

    fn read_held(&mut self, give: &mut impl FnMut(Message)) {
        let held = self.held;
        let bytes = held.get(..self.held_len).unwrap_or_default();
        let used = self.read(bytes, give);
        self.held.copy_within(used..self.held_len, 0);
        self.held_len -= used;
    }

    /// Reads as far as these bytes tell and says how many are done with.
    fn read(&mut self, bytes: &[u8], give: &mut impl FnMut(Message)) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() {
            match find(rest, self.in_step) {
                Found::Part => break,
                Found::Packet(len, message) if self.in_step => {
                    self.count(&message);
                    give(message);
                    rest = rest.get(len..).unwrap_or_default();
                }
                Found::Packet(len, message) => match header(rest.get(len..).unwrap_or_default()) {
                    Header::Part => break,
                    Header::Known(_) => {
                        self.in_step = true;
                        self.count(&message);
                        give(message);
                        rest = rest.get(len..).unwrap_or_default();
                    }
                    Header::Unknown(_) | Header::Nonsense => rest = self.skip(rest),
                },
                Found::Nonsense => rest = self.skip(rest),
            }
        }
        bytes.len() - rest.len()
    }

    fn skip<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        if self.in_step {
            self.counters.resyncs += 1;
            self.in_step = false;
        }
        self.counters.bytes_skipped += 1;
        rest.get(1..).unwrap_or_default()
    }

    fn count(&mut self, message: &Message) {
        self.counters.messages += 1;
        self.counters.unknown_messages += u64::from(matches!(message, Message::Unknown { .. }));
    }
}

/// What the first four bytes say; the lengths are those of payloads.
enum Header {
    Known(usize),
    Unknown(usize),
    Nonsense,
    Part,
}

fn header(bytes: &[u8]) -> Header {
    let first_is_possible = |byte: u8| byte == COMMAND || byte == EVENT;
    let len_is_possible = |byte: u8| usize::from(byte) <= MAX_PAYLOAD;
    let class_is_possible = |byte: u8| byte <= MAX_CLASS;
    let (first, len, class, number) = match *bytes {
        [] => return Header::Part,
        [first] if first_is_possible(first) => return Header::Part,
        [first, len] if first_is_possible(first) && len_is_possible(len) => return Header::Part,
        [first, len, class]
            if first_is_possible(first) && len_is_possible(len) && class_is_possible(class) =>
        {
            return Header::Part;
        }
        [first, len, class, number, ..]
            if first_is_possible(first) && len_is_possible(len) && class_is_possible(class) =>
        {
            (first, len, class, number)
        }
        _ => return Header::Nonsense,
    };
    let payload = usize::from(len);
    let id = MessageId { class, number };
    let known = if first == EVENT { Event::payload_len(id) } else { Response::payload_len(id) };
    match known {
        Some((least, most)) if (least..=most).contains(&payload) => Header::Known(payload),
        Some(_) => Header::Nonsense,
        None if number <= MAX_NUMBER => Header::Unknown(payload),
        None => Header::Nonsense,
    }
}

fn find(bytes: &[u8], in_step: bool) -> Found {
    let (payload_len, known) = match header(bytes) {
        Header::Part => return Found::Part,
        Header::Nonsense => return Found::Nonsense,
        Header::Known(len) => (len, true),
        Header::Unknown(len) if in_step => (len, false),
        Header::Unknown(_) => return Found::Nonsense,
    };
    let len = HEADER_LEN + payload_len;
    let (Some(&[first, _, class, number]), Some(payload)) =
        (bytes.first_chunk::<HEADER_LEN>(), bytes.get(HEADER_LEN..len))
    else {
        return Found::Part;
    };
    let (event, id) = (first == EVENT, MessageId { class, number });
    let message = if !known {
        Some(Message::Unknown { event, id })
    } else if event {
        Event::decode(id, payload).map(Message::Event)
    } else {
        Response::decode(id, payload).map(Message::Response)
    };
    message.map_or(Found::Nonsense, |message| Found::Packet(len, message))
}

#[cfg(test)]
mod tests;
