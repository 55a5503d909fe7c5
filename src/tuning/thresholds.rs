//! The thresholds that a sweep tells apart, as places in its arrays.

/// Thresholds −127…−1 as places 0…126.
pub(super) const THRESHOLDS: usize = 127;

/// The place of a threshold.
pub(super) fn place(threshold_dbm: i32) -> Option<usize> {
    usize::try_from(threshold_dbm + 127).ok().filter(|&p| p < THRESHOLDS)
}
