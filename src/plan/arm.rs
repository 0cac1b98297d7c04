//! The order in which arms stand in tables and charts.

/// A key by which arms are in the order of their versions: digits count as numbers, so that 0.1.10 comes
/// behind 0.1.9.
pub(crate) fn natural(arm: &str) -> Vec<(u64, &str)> {
    let pieces = arm.split(|c: char| !c.is_ascii_alphanumeric());
    pieces.map(|piece| (piece.parse().unwrap_or(u64::MAX), piece)).collect()
}

/// The arms among these names, each once, in the order of [`natural`]: records come in a random one.
pub(crate) fn arms<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut arms: Vec<&str> = names.collect();
    arms.sort_unstable_by(|a, b| natural(a).cmp(&natural(b)).then_with(|| a.cmp(b)));
    arms.dedup();
    arms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_their_order_and_each_arm_stands_once() {
        let names = ["m@0.1.10/full", "m@0.1.9/full", "counting", "m@0.1.9/allocator", "counting"];
        assert_eq!(
            arms(names.into_iter()),
            ["counting", "m@0.1.9/allocator", "m@0.1.9/full", "m@0.1.10/full"]
        );
    }
}
