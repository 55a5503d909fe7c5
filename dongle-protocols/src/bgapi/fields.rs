use crate::advertising::{address_from_le, address_to_le};
use crate::inline_bytes::InlineBytes;

use super::ResultCode;

/// Message type and length, class and id ("BGAPI protocol packet format").
pub const HEADER_LEN: usize = 4;

/// The longest packet that is sent either way: the documented limit for commands; the longest that
/// a scanner meets, a scan response, has 46.
pub const MAX_PACKET: usize = 64;

/// The longest payload.
pub(super) const MAX_PAYLOAD: usize = MAX_PACKET - HEADER_LEN;

/// The highest class: 9, firmware update.
pub(super) const MAX_CLASS: u8 = 9;

/// One message as bytes.
pub type Packet = InlineBytes<MAX_PACKET>;

/// A `uint8array`: as long as fits into a packet with the fields around it.
pub type Bytes = InlineBytes<57>;

/// The first byte of commands and responses, and of events, without a payload above 255 bytes.
pub(super) const COMMAND: u8 = 0x00;
pub(super) const EVENT: u8 = 0x80;

/// Class and number of a message; a response has those of its command, events count on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId {
    /// 0 system, 1 flash, 2 attribute database, 3 connection, 4 attribute client, 5 security
    /// manager, 6 GAP, 7 hardware, 8 test, 9 firmware update.
    pub class: u8,
    /// The number within the class.
    pub number: u8,
}

/// Something that stands in a payload: integers little-endian, addresses least significant byte first.
pub(super) trait Field: Sized {
    /// The fewest and the most bytes it takes.
    const LEN: (usize, usize);
    /// Adds it to a packet. All messages fit by their types; what does not is left out.
    fn put(&self, packet: &mut Packet);
    /// Takes it from the front of a payload; `None` when that is too short or says nonsense.
    fn take(payload: &mut &[u8]) -> Option<Self>;
}

fn put_bytes(packet: &mut Packet, bytes: &[u8]) {
    let fits = packet.extend(bytes);
    debug_assert!(fits.is_ok(), "messages fit by their types");
}

fn take_bytes<const N: usize>(payload: &mut &[u8]) -> Option<[u8; N]> {
    payload.split_off(..N)?.try_into().ok()
}

macro_rules! integer_field {
    ($($Type:ty),*) => {$(
        impl Field for $Type {
            const LEN: (usize, usize) = (size_of::<Self>(), size_of::<Self>());
            fn put(&self, packet: &mut Packet) {
                put_bytes(packet, &self.to_le_bytes());
            }
            fn take(payload: &mut &[u8]) -> Option<Self> {
                take_bytes(payload).map(Self::from_le_bytes)
            }
        }
    )*};
}

integer_field!(u8, i8, u16);

impl Field for ResultCode {
    const LEN: (usize, usize) = u16::LEN;
    fn put(&self, packet: &mut Packet) {
        self.0.put(packet);
    }
    fn take(payload: &mut &[u8]) -> Option<Self> {
        u16::take(payload).map(Self)
    }
}

/// A 48-bit device address: BGAPI has no 64-bit integers.
impl Field for u64 {
    const LEN: (usize, usize) = (6, 6);
    fn put(&self, packet: &mut Packet) {
        put_bytes(packet, &address_to_le(*self));
    }
    fn take(payload: &mut &[u8]) -> Option<Self> {
        take_bytes(payload).map(address_from_le)
    }
}

/// A `uint8array`: its length, then its bytes.
impl<const N: usize> Field for InlineBytes<N> {
    const LEN: (usize, usize) = (1, 1 + N);
    fn put(&self, packet: &mut Packet) {
        put_bytes(packet, &[self.len()]);
        put_bytes(packet, self.as_slice());
    }
    fn take(payload: &mut &[u8]) -> Option<Self> {
        let len = u8::take(payload)?;
        Self::new(payload.split_off(..usize::from(len))?).ok()
    }
}

/// A structure of fields, in the order of the wire.
macro_rules! record {
    (
        $(#[$attribute:meta])*
        pub struct $Name:ident { $($(#[$field_attribute:meta])* pub $field:ident: $Type:ty,)* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $Name { $($(#[$field_attribute])* pub $field: $Type,)* }

        impl $crate::bgapi::fields::Field for $Name {
            const LEN: (usize, usize) = (
                0 $(+ <$Type as $crate::bgapi::fields::Field>::LEN.0)*,
                0 $(+ <$Type as $crate::bgapi::fields::Field>::LEN.1)*,
            );
            fn put(&self, packet: &mut $crate::bgapi::fields::Packet) {
                $($crate::bgapi::fields::Field::put(&self.$field, packet);)*
            }
            fn take(payload: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::bgapi::fields::Field::take(payload)?,)* })
            }
        }
    };
}

/// One table per kind of message: variant, class and number, fields in the order of the wire.
/// Gives the enum, its encoder and its decoder, so that neither can know a layout of its own.
macro_rules! messages {
    (
        $(#[$attribute:meta])*
        pub enum $Name:ident as $first_byte:ident {
            $(
                $(#[$variant_attribute:meta])*
                $class:literal/$number:literal
                $Variant:ident { $($(#[$field_attribute:meta])* $field:ident: $Type:ty,)* }
            )*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Name {
            $($(#[$variant_attribute])* $Variant { $($(#[$field_attribute])* $field: $Type,)* },)*
        }

        impl $Name {
            /// Class and number.
            pub fn id(&self) -> $crate::bgapi::fields::MessageId {
                let (class, number) = match self { $(Self::$Variant { .. } => ($class, $number),)* };
                $crate::bgapi::fields::MessageId { class, number }
            }

            /// The bytes of the packet.
            pub fn encode(&self) -> $crate::bgapi::fields::Packet {
                use $crate::bgapi::fields::{Field, MessageId, Packet, $first_byte};
                let mut payload = Packet::EMPTY;
                match self {
                    $(Self::$Variant { $($field,)* } => { $($field.put(&mut payload);)* })*
                }
                let MessageId { class, number } = self.id();
                let mut packet = Packet::EMPTY;
                for byte in [$first_byte, payload.len(), class, number] {
                    byte.put(&mut packet);
                }
                let fits = packet.extend(payload.as_slice());
                debug_assert!(fits.is_ok(), "messages fit by their types");
                packet
            }

            /// The shortest and longest payload of a message; `None` when there is none of this id.
            pub(super) fn payload_len(id: $crate::bgapi::fields::MessageId) -> Option<(usize, usize)> {
                #[allow(unused_imports, reason = "a table of messages without fields needs no fields")]
                use $crate::bgapi::fields::Field;
                match (id.class, id.number) {
                    $(($class, $number) => Some((0 $(+ <$Type>::LEN.0)*, 0 $(+ <$Type>::LEN.1)*)),)*
                    _ => None,
                }
            }

            /// Reads a payload; `None` when the id is not known or the payload does not fit it to the byte.
            pub(super) fn decode(id: $crate::bgapi::fields::MessageId, mut payload: &[u8]) -> Option<Self> {
                use $crate::bgapi::fields::Field;
                let message = match (id.class, id.number) {
                    $(($class, $number) => Self::$Variant { $($field: Field::take(&mut payload)?,)* },)*
                    _ => return None,
                };
                payload.is_empty().then_some(message)
            }
        }
    };
}

pub(super) use {messages, record};
