//! What so many repeats can prove: exact binomial intervals.

use statrs::distribution::{Beta, ContinuousCDF};

/// The exact (Clopper–Pearson) two-sided 95 % interval of a rate after `k` of `n`.
/// `[0, 1]` where nothing was tried.
pub fn binomial_interval_95(k: u64, n: u64) -> [f64; 2] {
    const TAIL: f64 = 0.025;
    if n == 0 || k > n {
        return [0.0, 1.0];
    }
    let quantile =
        |a: u64, b: u64, p: f64| Beta::new(a as f64, b as f64).map(|beta| beta.inverse_cdf(p)).ok();
    let low = if k == 0 { Some(0.0) } else { quantile(k, n - k + 1, TAIL) };
    let high = if k == n { Some(1.0) } else { quantile(k + 1, n - k, 1.0 - TAIL) };
    [low.unwrap_or(0.0), high.unwrap_or(1.0)]
}

/// The rate that 0 of `n` still allows at 95 % confidence: 12 clean repeats allow 22 %.
pub fn still_allowed_95(n: u64) -> f64 {
    if n == 0 { 1.0 } else { 1.0 - 0.05f64.powf(1.0 / n as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against R's `binom.test(k, n)$conf.int`.
    #[test]
    fn intervals_are_those_of_the_textbook() {
        let expected = [
            ((0, 12), [0.0, 0.264_648_5]),
            ((1, 12), [0.002_107_6, 0.384_796_2]),
            ((6, 12), [0.210_943_9, 0.789_056_1]),
            ((12, 12), [0.735_351_5, 1.0]),
        ];
        for ((k, n), [low, high]) in expected {
            let [l, h] = binomial_interval_95(k, n);
            assert!((l - low).abs() < 1e-4 && (h - high).abs() < 1e-4, "{k}/{n}: {l} {h}");
        }
    }

    #[test]
    fn twelve_clean_repeats_allow_22_percent() {
        assert!((still_allowed_95(12) - 0.221).abs() < 1e-3);
    }
}
