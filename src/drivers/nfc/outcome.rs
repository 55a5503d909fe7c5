//! How a tap on a reader went, and what the vendor's guide and the service's codes say of it.

/// How a tap went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The card answered the reader; where UIDs are read, its UID was, or it has none.
    Ok,
    /// It was gone before its UID was read.
    LeftEarly,
    /// Another program got in the way of reading its UID.
    Contention,
    /// Sensed, but it never answered.
    Mute,
    /// It came and went between two looks: only the service's count tells of it.
    Missed,
    /// The reader or the service went away meanwhile.
    Host,
}

impl Outcome {
    /// All, the good one first.
    pub const ALL: [Self; 6] =
        [Self::Ok, Self::LeftEarly, Self::Contention, Self::Mute, Self::Missed, Self::Host];

    /// The format's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::LeftEarly => "left_early",
            Self::Contention => "contention",
            Self::Mute => "mute",
            Self::Missed => "missed",
            Self::Host => "host",
        }
    }

    /// From the format's spelling.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// For people, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::LeftEarly => "left too early",
            Self::Contention => "another program was in the way",
            Self::Mute => "sensed, but it did not answer",
            Self::Missed => "too short to be seen",
            Self::Host => "the reader or its service went away",
        }
    }

    /// Why that is likely.
    pub fn cause(self) -> &'static str {
        match self {
            Self::Ok => "the card answered the reader",
            Self::LeftEarly => {
                "the band was moved away before it was read; Windows logs this as 2148532329 (0x80100069)"
            }
            Self::Contention => "another program held the card, or reset it, while it was to be read",
            Self::Mute => {
                "the band was at the edge of the field, held at an angle or too short, or another card or metal was near"
            }
            Self::Missed => {
                "it came and went between two looks: a very short tap, or a reader that saves power or polls slowly"
            }
            Self::Host => "the reader was unplugged or fell asleep, or the smart-card service stopped",
        }
    }

    /// What to do; nothing where all is well.
    pub fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Ok => None,
            Self::LeftEarly => Some(
                "hold the band on the reader for at least 1 second; let the reader poll at 41 Hz, ISO 14443 A only (tapbench nfc check)",
            ),
            Self::Contention => {
                Some("close the vendor's workbench and whatever else uses the reader, and tap again")
            }
            Self::Mute => Some(
                "hold the band flat on the middle of the reader; if that stays so, move the reader away from metal",
            ),
            Self::Missed => Some(
                "hold the band on the reader for at least 1 second; turn off the reader's power saving (tapbench doctor, tapbench nfc check)",
            ),
            Self::Host => Some(
                "look at the reader's cable and port, and turn off USB power saving for it (tapbench doctor)",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_has_a_remedy_and_what_went_well_needs_none() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_name(outcome.name()), Some(outcome));
            assert_eq!(outcome.remedy().is_none(), outcome == Outcome::Ok);
        }
        assert_eq!(Outcome::from_name("read"), None);
    }
}
