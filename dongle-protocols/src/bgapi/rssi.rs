//! What a BLED112's signal strengths mean. The API documentation v2.3 gives −103 to −38 dBm and says
//! "at −38 dBm the BLE112 receiver is saturated; value may depend on hardware and design"; the data
//! sheet of its chip, the CC2540, adds ±4 dB without calibration. No value is documented as invalid.

/// The weakest and strongest that the documentation names, in dBm.
pub const RANGE_DBM: std::ops::RangeInclusive<i8> = -103..=-38;

/// What HCI lets an RSSI be, in dBm; it uses 127 for "not available" (Bluetooth Core Vol 4 Part E
/// section 7.7.65.2).
const POSSIBLE_DBM: std::ops::RangeInclusive<i8> = -127..=20;

/// An RSSI byte as dBm; `None` where it cannot be a signal strength, 127 among others.
pub fn measured_dbm(byte: i8) -> Option<i8> {
    POSSIBLE_DBM.contains(&byte).then_some(byte)
}

/// Whether the receiver may have been at its top: the band can be nearer than this says. One dB
/// below the documented top counts too, as units differ.
pub fn is_clipped(dbm: i8) -> bool {
    dbm >= *RANGE_DBM.end() - 1
}

/// Whether no BLED112 should report it: more likely a damaged packet than a measurement.
pub fn is_suspect(dbm: i8) -> bool {
    !(-110..=10).contains(&dbm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart() {
        assert_eq!([-128, -127, 20, 21, 127].map(measured_dbm), [None, Some(-127), Some(20), None, None]);
        assert_eq!([-40, -39, -38, -30].map(is_clipped), [false, true, true, true]);
        assert_eq!([-111, -110, -38, 10, 11].map(is_suspect), [true, false, false, false, true]);
    }
}
