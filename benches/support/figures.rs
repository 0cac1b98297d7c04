//! Figures of samples, for people to read.

use memscope_bench::stats::{CONFIDENCE, paired_ratio};

/// The median; NaN of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// other ÷ base, block by block: "1.004 (0.998–1.010)".
pub fn ratio(base: &[f64], other: &[f64]) -> String {
    match paired_ratio(base, other) {
        Ok(estimate) => match estimate.interval(CONFIDENCE) {
            Some(interval) => {
                format!("{:.3} ({:.3}–{:.3})", estimate.ratio, interval.low, interval.high)
            }
            None => format!("{:.3}", estimate.ratio),
        },
        Err(error) => error.to_string(),
    }
}
