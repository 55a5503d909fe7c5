//! The settings of OMNIKEY 5022 readers against the vendor's guide: read, compared, backed up,
//! written and proven by reading them back. Nothing here prints or asks.

mod backup;
mod change;
mod reader;
mod settle;

pub use backup::{Backup, NotABackup};
pub use change::{Change, Comparison, Missing, RECOMMENDED};
pub use reader::{Identity, Reader, ReaderError, is_candidate};
pub use settle::{Left, NotSettled, Settled, found, settle};

use std::collections::BTreeMap;

use dongle_protocols::omnikey::Setting;

/// Settings with their bytes, as far as a reader knows them.
pub type Settings = BTreeMap<Setting, Vec<u8>>;
