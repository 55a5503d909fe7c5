//! Lines that only the two ends of one connection can make: each is sealed with the secret that the
//! helper was given on its command line, and counts, so none can be guessed, changed or said twice.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Hexadecimal digits of a secret: 128 bits.
const SECRET_DIGITS: usize = 32;

/// What only the caller and its helper know; good for one connection.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What nobody else on this machine can guess: the system's random numbers.
    pub fn random() -> Self {
        let number = || RandomState::new().build_hasher().finish();
        Self(format!("{:016x}{:016x}", number(), number()))
    }

    /// As it is given on a command line.
    pub(super) fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_one = text.len() == SECRET_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_one { Ok(Self(text.to_owned())) } else { Err(format!("{SECRET_DIGITS} digits are needed")) }
    }
}

/// Who says a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Caller,
    Helper,
}

impl Side {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Caller => b"caller",
            Self::Helper => b"helper",
        }
    }
}

/// One direction of the connection, at either end.
#[derive(Debug)]
pub(super) struct Sealing {
    secret: Secret,
    side: Side,
    /// Lines so far.
    count: u64,
}

impl Sealing {
    /// What `side` says, from its first line on.
    pub fn new(secret: &Secret, side: Side) -> Self {
        Self { secret: secret.clone(), side, count: 0 }
    }

    /// The next line: the seal, a blank, the message, a line break.
    pub fn seal(&mut self, message: &impl Serialize) -> serde_json::Result<Vec<u8>> {
        let body = serde_json::to_vec(message)?;
        let code = self.code(&body).map(|code| code.finalize().into_bytes());
        self.count += 1;
        let mut line: Vec<u8> =
            code.iter().flatten().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect();
        line.push(b' ');
        line.extend(body);
        line.push(b'\n');
        Ok(line)
    }

    /// What the next line says; `None` where it is not a whole one of ours. It counts only if it is.
    pub fn open<T: DeserializeOwned>(&mut self, line: &[u8]) -> Option<T> {
        let line = line.strip_suffix(b"\n")?;
        let blank = line.iter().position(|byte| *byte == b' ')?;
        let (digits, body) = (&line[..blank], &line[blank + 1..]);
        self.code(body)?.verify_slice(&bytes(digits)?).ok()?;
        let message = serde_json::from_slice(body).ok()?;
        self.count += 1;
        Some(message)
    }

    fn code(&self, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut code = Hmac::<Sha256>::new_from_slice(self.secret.0.as_bytes()).ok()?;
        code.update(self.side.name());
        code.update(&self.count.to_be_bytes());
        code.update(body);
        Some(code)
    }
}

fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.chunks(2);
    pairs.map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ends(secret: &Secret) -> (Sealing, Sealing) {
        (Sealing::new(secret, Side::Caller), Sealing::new(secret, Side::Caller))
    }

    #[test]
    fn a_line_is_good_once_in_its_place_and_in_its_direction() {
        let secret = Secret::random();
        let (mut out, mut into) = ends(&secret);
        let lines = [out.seal(&"a").unwrap(), out.seal(&"b").unwrap()];
        assert_eq!(into.open::<String>(&lines[1]), None, "too early");
        assert_eq!(into.open::<String>(&lines[0]).as_deref(), Some("a"));
        assert_eq!(into.open::<String>(&lines[0]), None, "twice");
        assert_eq!(into.open::<String>(&lines[1]).as_deref(), Some("b"));
        let mut back = Sealing::new(&secret, Side::Helper);
        assert_eq!(back.open::<String>(&lines[0]), None, "said by the other side");
        assert_eq!(Sealing::new(&Secret::random(), Side::Caller).open::<String>(&lines[0]), None);
    }

    #[test]
    fn a_secret_is_given_in_digits_and_not_shown() {
        let secret = Secret::random();
        assert_eq!(secret.digits().parse(), Ok(secret.clone()));
        assert_ne!(secret, Secret::random());
        assert_eq!(format!("{secret:?}"), "Secret");
        for wrong in ["", "0123", "0123456789abcdef0123456789abcdeg"] {
            assert!(wrong.parse::<Secret>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_line_with_any_byte_changed_is_not_ours(at in 0usize..90, to in any::<u8>()) {
            let secret = Secret::random();
            let (mut out, mut into) = ends(&secret);
            let good = out.seal(&"write nbe.toml").unwrap();
            let mut line = good.clone();
            let at = at.min(line.len() - 1);
            line[at] = to;
            let said = into.open::<String>(&line);
            // A digit of the seal in upper case is the same digit.
            prop_assert_eq!(said.is_some(), line.eq_ignore_ascii_case(&good) && line[65..] == good[65..]);
        }

        #[test]
        fn garbage_is_not_ours(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Sealing::new(&Secret::random(), Side::Caller).open::<String>(&line), None);
        }
    }
}
