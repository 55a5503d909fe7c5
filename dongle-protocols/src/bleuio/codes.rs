//! The verdicts of line A (verbose mode page of the vendor's documentation).

use std::fmt;

/// `err` of line A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u32);

impl ErrorCode {
    /// Done.
    pub const OK: Self = Self(0);
    /// Failed.
    pub const FAILED: Self = Self(1);
    /// It was so already.
    pub const ALREADY: Self = Self(2);
    /// Another such command is running.
    pub const IN_PROGRESS: Self = Self(3);
    /// Invalid parameter.
    pub const INVALID_PARAMETER: Self = Self(4);
    /// Not in this role or state.
    pub const NOT_ALLOWED: Self = Self(5);
    /// Not a command of this firmware.
    pub const NOT_SUPPORTED: Self = Self(7);
    /// Busy.
    pub const BUSY: Self = Self(9);

    /// Whether things are now as the command wanted them.
    pub fn is_fulfilled(self) -> bool {
        matches!(self, Self::OK | Self::ALREADY)
    }

    /// Whether the same command may well succeed a little later.
    pub fn is_passing(self) -> bool {
        matches!(self, Self::IN_PROGRESS | Self::BUSY)
    }

    /// The meaning of the number; `None` for numbers that are not documented.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "ok",
            1 => "failed",
            2 => "already done",
            3 => "in progress",
            4 => "invalid parameter",
            5 => "not allowed",
            6 => "not connected",
            7 => "not supported",
            8 => "not accepted",
            9 => "busy",
            10 => "timed out",
            11 => "not supported by peer",
            12 => "cancelled by user",
            13 => "encryption key missing",
            14 => "insufficient resources",
            15 => "not found",
            16..=18 => "no L2CAP resources or bandwidth",
            _ => return None,
        })
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "error {}, {name}", self.0),
            None => write!(f, "error {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_they_mean() {
        assert_eq!(ErrorCode::BUSY.to_string(), "error 9, busy");
        assert_eq!(ErrorCode(99).to_string(), "error 99");
        assert!(ErrorCode::ALREADY.is_fulfilled() && !ErrorCode::FAILED.is_fulfilled());
        assert!(ErrorCode::IN_PROGRESS.is_passing() && !ErrorCode::NOT_SUPPORTED.is_passing());
    }
}
