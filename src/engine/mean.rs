//! A window mean as two integers: decisions compare sums, never a float.

use std::cmp::Ordering;

/// The mean of `n` RSSI samples, in dBm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mean {
    /// Sum of the samples, dBm.
    pub sum: i32,
    /// How many samples; at least 1.
    pub n: i32,
}

impl Mean {
    /// `mean > dbm`, exactly.
    pub fn exceeds(self, dbm: i32) -> bool {
        self.sum > dbm * self.n
    }

    /// Compares the two means exactly.
    pub fn cmp_mean(self, other: Self) -> Ordering {
        let cross = |a: i32, b: i32| i64::from(a) * i64::from(b);
        cross(self.sum, other.n).cmp(&cross(other.sum, self.n))
    }

    /// Hundredths of a dBm, rounded half away from zero.
    pub fn centi_dbm(self) -> i64 {
        let (sum, n) = (i64::from(self.sum), i64::from(self.n));
        let magnitude = (sum.abs() * 200 + n) / (2 * n);
        magnitude * sum.signum()
    }

    /// For display only.
    pub fn as_dbm(self) -> f64 {
        f64::from(self.sum) / f64::from(self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_away_from_zero() {
        for (sum, n, centi) in [
            (-407, 10, -4070),
            (-1, 8, -13),
            (1, 8, 13),
            (-41, 1, -4100),
            (-1, 3, -33),
            (-2, 3, -67),
            (0, 5, 0),
        ] {
            assert_eq!(Mean { sum, n }.centi_dbm(), centi, "{sum}/{n}");
        }
    }

    #[test]
    fn compares_means_of_different_windows_exactly() {
        let third = Mean { sum: -127, n: 3 };
        let close = Mean { sum: -4233, n: 100 };
        assert_eq!(third.cmp_mean(close), Ordering::Less);
        assert!(!Mean { sum: -420, n: 10 }.exceeds(-42));
        assert!(Mean { sum: -419, n: 10 }.exceeds(-42));
    }
}
