//! Settings of HID's OMNIKEY 5022 family over PC/SC: commands, answers and a simulated reader.
//! Sources: HID's own sample programs and published read-outs of readers; the vendor's developer
//! guide was not at hand, and no reader.

mod command;
pub mod device;
mod reply;
mod setting;

pub use command::{Capability, Command, Malformed};
pub use reply::{Answer, ReplyError, answer, value};
pub use setting::{
    ISO14443A_ONLY, SLEEP_POLLING_41_HZ, Setting, SettingError, Technology, search_order_name,
    sleep_polling_name,
};
