//! `rssi_cutoff_far < rssi_cutoff_close < rssi_tap_threshold`, of values that are known and not 0.

use crate::engine::parameters::{Parameter, ParameterSet};

/// From the one farthest from 0 to the one closest to it.
const OUTER_TO_INNER: [Parameter; 3] =
    [Parameter::CutoffFar, Parameter::CutoffClose, Parameter::TapThreshold];

/// Two values in the wrong order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{outer} ({outer_dbm}) must be farther from 0 than {inner} ({inner_dbm})")]
pub struct OrderViolation {
    /// The parameter that must be farther from 0.
    pub outer: Parameter,
    /// Its value in dBm.
    pub outer_dbm: i32,
    /// The parameter that must be closer to 0.
    pub inner: Parameter,
    /// Its value in dBm.
    pub inner_dbm: i32,
}

impl OrderViolation {
    /// Whether one of the two is `parameter`.
    pub fn involves(&self, parameter: Parameter) -> bool {
        self.outer == parameter || self.inner == parameter
    }
}

/// Every pair of neighbours in the wrong order. A value that is not known, or 0 (which turns its
/// function off), is passed over, and its neighbours are compared with each other.
pub fn violations(values: &ParameterSet) -> Vec<OrderViolation> {
    let known: Vec<(Parameter, i32)> = OUTER_TO_INNER
        .into_iter()
        .filter_map(|p| values.get(p).filter(|&dbm| dbm != 0).map(|dbm| (p, dbm)))
        .collect();
    known
        .windows(2)
        .filter(|pair| pair[0].1 >= pair[1].1)
        .map(|pair| OrderViolation {
            outer: pair[0].0,
            outer_dbm: pair[0].1,
            inner: pair[1].0,
            inner_dbm: pair[1].1,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::parameters::Dongle;

    fn with(values: &[(Parameter, i64)]) -> ParameterSet {
        let mut set = ParameterSet::default();
        for &(p, v) in values {
            set.set(p, v).unwrap();
        }
        set
    }

    #[test]
    fn the_published_defaults_are_in_order() {
        for dongle in Dongle::ALL {
            assert_eq!(violations(&ParameterSet::published(dongle)), []);
        }
    }

    #[test]
    fn equal_is_out_of_order_and_zero_is_passed_over() {
        use Parameter::{CutoffClose, CutoffFar, TapThreshold};
        assert_eq!(violations(&with(&[(CutoffFar, -70), (CutoffClose, -70)])).len(), 1);
        assert_eq!(violations(&with(&[(CutoffFar, -40), (CutoffClose, 0)])), []);
        let around_zero = violations(&with(&[(CutoffFar, -40), (CutoffClose, 0), (TapThreshold, -50)]));
        assert_eq!(around_zero.len(), 1);
        assert!(around_zero[0].involves(CutoffFar) && around_zero[0].involves(TapThreshold));
        assert_eq!(violations(&with(&[(CutoffFar, -1), (TapThreshold, 0)])), []);
    }
}
