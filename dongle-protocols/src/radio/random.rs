/// Steele, Lea and Flood's SplitMix64 ("Fast splittable pseudorandom number generators", 2014):
/// eight bytes of state, the same sequence for the same seed everywhere. Not for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64(u64);

/// The odd number next to 2⁶⁴ divided by the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl SplitMix64 {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence of its own for each `stream` of a seed, so that what one advertiser draws does
    /// not change what another draws.
    pub fn stream(seed: u64, stream: u64) -> Self {
        Self(Self(seed).next().wrapping_add(Self(!stream).next()))
    }

    /// 64 evenly distributed bits.
    #[expect(clippy::should_implement_trait, reason = "an endless sequence of one type needs no Option")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A whole number from 0 to `limit`, both included.
    pub fn up_to(&mut self, limit: u64) -> u64 {
        let range = u128::from(limit) + 1;
        let product = u128::from(self.next()) * range;
        u64::try_from(product >> 64).unwrap_or(limit)
    }

    /// A fraction from 0 up to, not including, 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether something of this probability happens: never at 0, always at 1.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.fraction() < probability
    }

    /// Close to a normal distribution of mean 0 and standard deviation 1, within ±6: the sum of
    /// twelve evenly distributed fractions, which is the same on every machine.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.fraction()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::SplitMix64;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut random = SplitMix64::new(1_234_567);
        let drawn = [random.next(), random.next(), random.next()];
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn limits_are_reached_and_not_passed() {
        let mut random = SplitMix64::stream(7, 3);
        let drawn: Vec<u64> = (0..1000).map(|_| random.up_to(3)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&0), Some(&3)));
        assert!(!random.happens(0.0) && random.happens(1.0));
        assert_eq!(random.up_to(0), 0);
        let normal: Vec<f64> = (0..10_000).map(|_| random.normal()).collect();
        let mean = normal.iter().sum::<f64>() / 10_000.0;
        let variance = normal.iter().map(|x| x * x).sum::<f64>() / 10_000.0;
        assert!(mean.abs() < 0.05 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
    }
}
