//! Figures as people read them: one way to write each kind, for tables, charts and pages alike.

/// Stands in a table for a figure that could not be taken.
pub const ABSENT: &str = "–";

/// A duration: `812 µs`, `94.1 ms`, `1.23 s`.
pub fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds.abs() {
        s if s >= 0.9995 => (seconds, "s"),
        s if s >= 0.9995e-3 => (seconds * 1e3, "ms"),
        s if s >= 0.9995e-6 => (seconds * 1e6, "µs"),
        _ => (seconds * 1e9, "ns"),
    };
    format!("{} {unit}", significant(value))
}

/// A size, in powers of 1000: `45.1 MB`.
pub fn bytes(bytes: f64) -> String {
    if !bytes.is_finite() || bytes < 0.0 {
        return ABSENT.to_owned();
    }
    bytesize::ByteSize::b(bytes.round() as u64).display().si().to_string()
}

/// A count, with thousands separators: `1,234,567`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count and its noun: `1 sample`, `12 samples`.
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number as u64))
}

/// Names in a sentence: `a`, `a and b`, `a, b and c`.
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// A ratio, exactly enough for a table: `3.21×`.
pub fn factor(ratio: f64) -> String {
    format!("{}×", rounded(ratio, decimals(ratio)))
}

/// A ratio, for a label or a sentence: `3.2×`, but `1.03×`, where the second decimal is all there is.
pub fn short_factor(ratio: f64) -> String {
    format!("{}×", rounded(ratio, short_decimals(ratio)))
}

fn short_decimals(ratio: f64) -> usize {
    match ratio {
        r if r < 0.0995 => decimals(ratio),
        r if r < 1.995 => 2,
        r if r < 19.95 => 1,
        _ => 0,
    }
}

/// The two ends of a ratio's interval, rounded as the ratio is: `3.05–3.38`.
pub fn interval(ratio: f64, low: f64, high: f64) -> String {
    let decimals = decimals(ratio);
    format!("{}–{}", rounded(low, decimals), rounded(high, decimals))
}

/// The two ends of a ratio's interval, rounded as its label is: `3.1–3.4`.
pub fn short_interval(ratio: f64, low: f64, high: f64) -> String {
    let decimals = short_decimals(ratio);
    format!("{}–{}", rounded(low, decimals), rounded(high, decimals))
}

/// What was reported ÷ what was true: in percent, and from ten times on as a factor, since thousands of
/// percent are hard to read.
pub fn capture(capture: f64) -> String {
    if capture >= 10.0 { factor(capture) } else { percent(capture) }
}

/// A share, in percent. It reads `100 %` only where it is exactly that.
pub fn percent(share: f64) -> String {
    if share == 1.0 {
        return "100 %".to_owned();
    }
    let text = |decimals| rounded(share * 100.0, decimals);
    for decimals in 1..=4 {
        let text = text(decimals);
        if text.parse() != Ok(100.0) {
            return format!("{text} %");
        }
    }
    format!("{} 100 %", if share < 1.0 { "just under" } else { "just over" })
}

/// Three significant digits, and all those before the decimal point.
fn significant(value: f64) -> String {
    let decimals = match value.abs() {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    rounded(value, decimals)
}

fn decimals(ratio: f64) -> usize {
    match ratio {
        r if r > 0.0 && r < 0.0995 => (2.0 - r.log10().floor()).min(12.0) as usize,
        r if r < 9.995 => 2,
        r if r < 99.95 => 1,
        _ => 0,
    }
}

fn rounded(value: f64, decimals: usize) -> String {
    if decimals == 0 && (999.5..1e15).contains(&value) {
        return count(value.round() as u64);
    }
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_choose_their_unit() {
        for (value, text) in [
            (0.0, "0.00 ns"),
            (4.31e-7, "431 ns"),
            (8.124e-4, "812 µs"),
            (9.9999e-4, "1.00 ms"),
            (0.0941, "94.1 ms"),
            (0.99949, "999 ms"),
            (0.9996, "1.00 s"),
            (83.0, "83.0 s"),
            (12_345.6, "12,346 s"),
        ] {
            assert_eq!(seconds(value), text);
        }
    }

    #[test]
    fn sizes_are_in_powers_of_a_thousand() {
        assert_eq!(bytes(45_100_000.0), "45.1 MB");
        assert_eq!(bytes(999.0), "999 B");
        assert_eq!(bytes(f64::NAN), ABSENT);
    }

    #[test]
    fn counts_have_thousands_separators() {
        for (value, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (12_345, "12,345")]
        {
            assert_eq!(count(value), text);
        }
        assert_eq!(counted(1, "sample"), "1 sample");
        assert_eq!(counted(0, "sample"), "0 samples");
    }

    #[test]
    fn ratios_keep_the_digits_that_matter() {
        for (ratio, long, short) in [
            (1.0, "1.00×", "1.00×"),
            (1.034, "1.03×", "1.03×"),
            (3.214, "3.21×", "3.2×"),
            (31.24, "31.2×", "31×"),
            (1_234.4, "1,234×", "1,234×"),
            (0.953, "0.95×", "0.95×"),
            (0.012_34, "0.0123×", "0.0123×"),
        ] {
            assert_eq!((factor(ratio), short_factor(ratio)), (long.to_owned(), short.to_owned()));
        }
        assert_eq!(interval(31.24, 29.96, 33.0), "30.0–33.0");
        assert_eq!(short_interval(3.21, 3.05, 3.38), "3.0–3.4");
    }

    #[test]
    fn a_hundred_percent_means_all() {
        for (share, text) in [
            (1.0, "100 %"),
            (0.0, "0.0 %"),
            (0.9996, "99.96 %"),
            (1.00002, "100.002 %"),
            (0.999_999_999, "just under 100 %"),
            (1.03, "103.0 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
