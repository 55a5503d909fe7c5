use super::SplitMix64;

/// What HCI lets an RSSI be (Bluetooth Core Vol 4 Part E section 7.7.65.2), in dBm.
const RSSI_RANGE_DBM: (f64, f64) = (-127.0, 20.0);

/// Nearer than this the path-loss law says nothing, in metres.
const NEAREST_M: f64 = 0.01;

/// How strongly an advertiser is heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// Always exactly this, in dBm.
    Constant(i8),
    /// As a distance gives it by the log-distance law: `rssi_1m_dbm − 10·exponent·log₁₀(distance)`
    /// and normally distributed noise.
    Moving {
        /// Where the advertiser is when.
        path: Path,
        /// dBm at one metre.
        rssi_1m_dbm: f64,
        /// 2 in free space, 1.6 to 3.5 indoors.
        exponent: f64,
        /// Standard deviation of the noise, in dB.
        noise_db: f64,
    },
}

/// A distance over time: straight between its points, and still before the first and after the
/// last one.
#[derive(Clone, Debug, PartialEq)]
pub struct Path(Vec<(u64, f64)>);

/// Why a signal cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignal {
    /// A path needs a place to be.
    #[error("a path needs at least one point")]
    NoPoints,
    /// Points go forward in time.
    #[error("the points of a path must be in order of time, from 0 on")]
    TimeOrder,
    /// Distances are lengths.
    #[error("a distance must be a number of metres, 0 or more")]
    Distance,
    /// Not a number, infinite, or a negative deviation.
    #[error("rssi_1m and exponent must be numbers, noise_db 0 or more")]
    Numbers,
    /// Outside −127 to 20 dBm.
    #[error("an RSSI must be from -127 to 20 dBm")]
    Rssi,
}

impl Path {
    /// From pairs of time in µs and distance in metres, in order of time.
    ///
    /// # Errors
    /// When there are no points, they go back in time, or a distance is none.
    pub fn new(points: Vec<(u64, f64)>) -> Result<Self, BadSignal> {
        if points.is_empty() {
            return Err(BadSignal::NoPoints);
        }
        if !points.is_sorted_by_key(|point| point.0) {
            return Err(BadSignal::TimeOrder);
        }
        if points.iter().any(|point| !point.1.is_finite() || point.1 < 0.0) {
            return Err(BadSignal::Distance);
        }
        Ok(Self(points))
    }

    /// From pairs of seconds and metres, as scenarios write them.
    ///
    /// # Errors
    /// As [`Path::new`], and when a time is negative or no number.
    pub fn from_seconds(points: &[[f64; 2]]) -> Result<Self, BadSignal> {
        let micros = |s: f64| {
            let sensible = s.is_finite() && (0.0..1e12).contains(&s);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked just before"
            )]
            sensible.then_some((s * 1e6).round() as u64).ok_or(BadSignal::TimeOrder)
        };
        Self::new(points.iter().map(|&[t_s, m]| Ok((micros(t_s)?, m))).collect::<Result<_, _>>()?)
    }

    /// The distance at a time in µs, in metres.
    pub fn distance_m(&self, t_us: u64) -> f64 {
        let later = self.0.partition_point(|point| point.0 <= t_us);
        match (later.checked_sub(1).and_then(|before| self.0.get(before)), self.0.get(later)) {
            (Some(&(t0, d0)), Some(&(t1, d1))) => {
                let part = (t_us - t0) as f64 / (t1 - t0) as f64;
                d0 + (d1 - d0) * part
            }
            (Some(&(_, d)), None) | (None, Some(&(_, d))) => d,
            (None, None) => 0.0,
        }
    }
}

impl Signal {
    pub(super) fn check(&self) -> Result<(), BadSignal> {
        match self {
            Self::Constant(dbm) if (-127..=20).contains(dbm) => Ok(()),
            Self::Constant(_) => Err(BadSignal::Rssi),
            Self::Moving { rssi_1m_dbm, exponent, noise_db, .. } => {
                let numbers = rssi_1m_dbm.is_finite() && exponent.is_finite() && noise_db.is_finite();
                if numbers && *noise_db >= 0.0 { Ok(()) } else { Err(BadSignal::Numbers) }
            }
        }
    }

    /// What is heard at `t_us`, from −127 to 20 dBm. A constant signal draws nothing.
    pub(super) fn rssi_dbm(&self, t_us: u64, random: &mut SplitMix64) -> i8 {
        match self {
            Self::Constant(dbm) => *dbm,
            Self::Moving { path, rssi_1m_dbm, exponent, noise_db } => {
                let distance = path.distance_m(t_us).max(NEAREST_M);
                let dbm = rssi_1m_dbm - 10.0 * exponent * distance.log10() + noise_db * random.normal();
                let (low, high) = RSSI_RANGE_DBM;
                #[expect(clippy::cast_possible_truncation, reason = "limited to what an i8 holds")]
                let whole = dbm.round().clamp(low, high) as i8;
                whole
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these distances are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_straight_between_points_and_still_outside() {
        let path = Path::from_seconds(&[[1.0, 2.0], [3.0, 1.0], [3.0, 0.5]]).unwrap();
        let at = |t_us| path.distance_m(t_us);
        assert_eq!([at(0), at(1_000_000), at(2_000_000)], [2.0, 2.0, 1.5]);
        assert_eq!([at(2_500_000), at(3_000_000), at(u64::MAX)], [1.25, 0.5, 0.5]);
    }

    #[test]
    fn the_law_of_distance_holds_and_limits_hold() {
        let mut random = SplitMix64::new(1);
        let at = |metres: f64| Signal::Moving {
            path: Path::new(vec![(0, metres)]).unwrap(),
            rssi_1m_dbm: -60.0,
            exponent: 2.0,
            noise_db: 0.0,
        };
        let mut heard = |metres| at(metres).rssi_dbm(5, &mut random);
        assert_eq!([heard(0.1), heard(1.0), heard(10.0), heard(0.0)], [-40, -60, -80, -20]);
        assert_eq!(heard(1e300), -127);
        assert_eq!(Signal::Constant(-57).rssi_dbm(9, &mut random), -57);
    }

    #[test]
    fn what_cannot_be_played_is_refused() {
        assert_eq!(Path::new(vec![]), Err(BadSignal::NoPoints));
        assert_eq!(Path::new(vec![(2, 1.0), (1, 1.0)]), Err(BadSignal::TimeOrder));
        assert_eq!(Path::from_seconds(&[[-1.0, 1.0]]), Err(BadSignal::TimeOrder));
        assert_eq!(Path::from_seconds(&[[0.0, f64::NAN]]), Err(BadSignal::Distance));
        assert_eq!(Signal::Constant(21).check(), Err(BadSignal::Rssi));
        let path = Path::new(vec![(0, 1.0)]).unwrap();
        let moving = Signal::Moving { path, rssi_1m_dbm: -60.0, exponent: 2.0, noise_db: -1.0 };
        assert_eq!(moving.check(), Err(BadSignal::Numbers));
    }
}
