//! How UIDs stand in a recording: hashed, unless asked otherwise.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How UIDs stand in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UidForm {
    /// As they are.
    Plain,
    /// `hmac:` and the first 16 bytes of HMAC-SHA-256, keyed with this salt. It keeps recordings
    /// apart; a UID of 4 bytes can still be guessed by whoever has the salt.
    Hashed([u8; 16]),
}

impl UidForm {
    /// Hashed with a new salt.
    pub fn hashed() -> Self {
        // Keyed by the system's random numbers.
        let half = || RandomState::new().hash_one(0u8).to_ne_bytes();
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&half());
        salt[8..].copy_from_slice(&half());
        Self::Hashed(salt)
    }

    /// The salt as the header has it.
    pub fn salt(&self) -> Option<String> {
        match self {
            Self::Plain => None,
            Self::Hashed(salt) => Some(hex(salt)),
        }
    }

    /// A UID as a row has it.
    pub fn spell(&self, uid: &[u8]) -> String {
        match self {
            Self::Plain => hex(uid).to_uppercase(),
            Self::Hashed(salt) => {
                // A key of any length will do.
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(salt) else { return String::new() };
                mac.update(uid);
                let code = mac.finalize().into_bytes();
                format!("hmac:{}", hex(code.get(..16).unwrap_or_default()))
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_needs_the_salt() {
        let (a, b) = (UidForm::Hashed([1; 16]), UidForm::Hashed([2; 16]));
        assert_eq!(a.spell(&[1, 2]), a.spell(&[1, 2]));
        assert_ne!(a.spell(&[1, 2]), b.spell(&[1, 2]));
        assert_eq!(a.spell(&[1, 2]).len(), "hmac:".len() + 32);
        assert_eq!(UidForm::Plain.spell(&[0x0A, 0xFF]), "0AFF");
        assert_ne!(UidForm::hashed(), UidForm::hashed());
    }
}
