//! What kind of terminal a file belongs to, as far as its path tells, and so what unlocks it and
//! what comes after saving.

use std::path::Path;

/// A kind of terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `/usr/bin/nbe.toml`: the root file system is locked until `fsunlock`.
    HpThinPro,
    /// A path of Windows: administrator rights, and on a thin client a write filter.
    Windows,
    /// A copy somewhere.
    Other,
}

impl Place {
    /// By the path as given.
    pub fn of(path: &Path) -> Self {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        if absolute.starts_with("/usr/bin") {
            Self::HpThinPro
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Other
        }
    }

    /// What to do where the system refuses the write.
    pub fn remedy_for_no_rights(self) -> &'static str {
        match self {
            Self::HpThinPro => {
                "unlock the file system with `fsunlock`, run this again as root, and lock it again with `fslock`"
            }
            Self::Windows => "run this in a prompt opened with \"Run as administrator\"",
            Self::Other => "run this as the file's owner, or change the rights of the file and its folder",
        }
    }

    /// What to do where the file system is read-only.
    pub fn remedy_for_read_only_file_system(self) -> &'static str {
        match self {
            Self::HpThinPro => {
                "unlock the file system with `fsunlock`, run this again, and lock it again with `fslock`"
            }
            Self::Windows => "take the write protection off the drive, or edit a copy elsewhere",
            Self::Other => {
                "on HP ThinPro unlock the file system with `fsunlock`; elsewhere mount it writable, or edit a copy"
            }
        }
    }

    /// What to do after the file was saved.
    pub fn next_steps(self) -> &'static [&'static str] {
        const RESTART: &str = "restart the Nymi Bluetooth Endpoint service: NBE reads the file at start";
        match self {
            Self::Windows => &[
                "restart the Nymi Bluetooth Endpoint service: NBE reads the file at start (as administrator: net stop NymiBluetoothEndpoint && net start NymiBluetoothEndpoint)",
                "on a thin client, a write filter (UWF) may discard the file at the next reboot: commit it there (uwfmgr file commit PATH), or change it with the filter off",
            ],
            Self::HpThinPro => &[
                RESTART,
                "lock the file system again with `fslock`; after a reboot, look whether the file is still so (`tapbench config show`)",
            ],
            Self::Other => &[RESTART],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thin_client_is_never_told_to_run_as_administrator() {
        let place = Place::of(Path::new("/usr/bin/nbe.toml"));
        if cfg!(unix) {
            assert_eq!(place, Place::HpThinPro);
        }
        for text in
            [Place::HpThinPro.remedy_for_no_rights(), Place::HpThinPro.remedy_for_read_only_file_system()]
        {
            assert!(text.contains("fsunlock") && !text.contains("administrator"));
        }
    }
}
