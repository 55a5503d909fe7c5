use std::fmt;

/// A result or reason code (API documentation v2.3 section 5.9 "Error codes"; those from 0x018B to
/// 0x0191 are of later firmware). Any number may come; those not listed have no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResultCode(pub u16);

macro_rules! codes {
    ($($constant:ident = $code:literal $name:literal),* $(,)?) => {
        impl ResultCode {
            $(
                #[doc = concat!("`", stringify!($code), "`: ", $name, ".")]
                pub const $constant: Self = Self($code);
            )*

            /// What the code means, in a few words; `None` when it is not a documented one.
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($name),)*
                    Self(0x0300..=0x03FF) => Some("security manager error"),
                    Self(0x0400..=0x04FF) => Some("attribute protocol error"),
                    _ => None,
                }
            }
        }
    };
}

codes! {
    OK = 0x0000 "success",
    INVALID_PARAMETER = 0x0180 "invalid parameter",
    WRONG_STATE = 0x0181 "wrong state",
    OUT_OF_MEMORY = 0x0182 "out of memory",
    NOT_IMPLEMENTED = 0x0183 "not implemented",
    NOT_RECOGNISED = 0x0184 "command not recognised",
    TIMEOUT = 0x0185 "timeout",
    NOT_CONNECTED = 0x0186 "not connected",
    FLOW = 0x0187 "buffer overflow or underflow",
    USER_ATTRIBUTE = 0x0188 "user attribute",
    INVALID_LICENCE = 0x0189 "invalid licence key",
    TOO_LONG = 0x018A "command too long",
    NO_BOND_SPACE = 0x018B "no room for another bond",
    UNSPECIFIED = 0x018C "unspecified error",
    HARDWARE = 0x018D "hardware failure",
    BUFFERS_FULL = 0x018E "internal buffers full",
    DISCONNECTED = 0x018F "failed because of a disconnection",
    TOO_MANY_REQUESTS = 0x0190 "too many simultaneous requests",
    NOT_SUPPORTED = 0x0191 "not supported by this firmware",
    AUTHENTICATION_FAILURE = 0x0205 "authentication failure",
    KEY_MISSING = 0x0206 "PIN or key missing",
    MEMORY_CAPACITY = 0x0207 "memory capacity exceeded",
    CONNECTION_TIMEOUT = 0x0208 "connection timeout",
    CONNECTION_LIMIT = 0x0209 "connection limit exceeded",
    COMMAND_DISALLOWED = 0x020C "command disallowed",
    INVALID_COMMAND_PARAMETERS = 0x0212 "invalid command parameters",
    REMOTE_TERMINATED = 0x0213 "remote user terminated the connection",
    LOCAL_TERMINATED = 0x0216 "connection terminated by the local host",
    LINK_LAYER_TIMEOUT = 0x0222 "link layer response timeout",
    INSTANT_PASSED = 0x0228 "link layer instant passed",
    CONTROLLER_BUSY = 0x023A "controller busy",
    UNACCEPTABLE_INTERVAL = 0x023B "unacceptable connection interval",
    DIRECTED_TIMEOUT = 0x023C "directed advertising timeout",
    MIC_FAILURE = 0x023D "message integrity check failure",
    NOT_ESTABLISHED = 0x023E "connection failed to be established",
}

impl ResultCode {
    /// Whether the command was carried out.
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }

    /// Whether the same command may succeed a little later.
    pub fn is_busy(self) -> bool {
        [Self::BUFFERS_FULL, Self::TOO_MANY_REQUESTS, Self::CONTROLLER_BUSY].contains(&self)
    }

    /// Whether the firmware does not have the command at all.
    pub fn is_unknown_command(self) -> bool {
        [Self::NOT_IMPLEMENTED, Self::NOT_RECOGNISED, Self::NOT_SUPPORTED].contains(&self)
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04X} ({})", self.0, self.name().unwrap_or("not documented"))
    }
}

#[cfg(test)]
mod tests {
    use super::ResultCode;

    #[test]
    fn codes_speak() {
        let said = |code| ResultCode(code).to_string();
        assert_eq!(said(0x0181), "0x0181 (wrong state)");
        assert_eq!(said(0x0184), "0x0184 (command not recognised)");
        assert_eq!(said(0x0305), "0x0305 (security manager error)");
        assert_eq!(said(0x7777), "0x7777 (not documented)");
    }

    #[test]
    fn not_recognised_is_not_busy() {
        assert!(!ResultCode::NOT_RECOGNISED.is_busy() && ResultCode::NOT_RECOGNISED.is_unknown_command());
        assert!(ResultCode(0x018E).is_busy() && ResultCode(0x023A).is_busy());
    }
}
