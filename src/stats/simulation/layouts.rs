//! How often intervals over link orders cover the truth, where the layout of each side's code has a luck of its own.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{
    super::{CONFIDENCE, LinkedArms, PairedArms, RatioEstimate, linked_ratio, paired_ratio},
    coverage::percent,
    normal,
};

/// What the layout does to a program: a factor, as a logarithm, drawn anew with each link order of each side.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// Normal, with a standard deviation of 1 %.
    Normal,
    /// Nothing mostly; in one order of five, the program takes 5 % longer: a loop that lies across a boundary.
    Cliff,
}

impl Layout {
    fn draw(self, rng: &mut StdRng) -> f64 {
        match self {
            Self::Normal => 0.01 * normal(rng),
            Self::Cliff if rng.random_bool(0.2) => 0.05,
            Self::Cliff => 0.0,
        }
    }
}

/// An experiment of two builds that do not differ: so many link orders of each, so many blocks of each order, which
/// differ by 2 %, and one in twenty of which is disturbed.
fn experiment(
    layout: Layout,
    orders: u32,
    times: u32,
    rng: &mut StdRng,
) -> (Vec<f64>, Vec<f64>, Vec<u32>) {
    let lucks: Vec<[f64; 2]> = (0..orders).map(|_| [layout.draw(rng), layout.draw(rng)]).collect();
    let took = |luck: f64, rng: &mut StdRng| {
        let disturbed = if rng.random_bool(0.05) { 1.3 } else { 1.0 };
        disturbed * (luck + 0.02 * normal(rng)).exp()
    };
    let (mut base, mut other, mut which) = (Vec::new(), Vec::new(), Vec::new());
    for block in 0..orders * times {
        let order = block % orders;
        let [one, another] = lucks[order as usize];
        base.push(took(one, rng));
        other.push(took(another, rng));
        which.push(order);
    }
    (base, other, which)
}

/// Percentage of experiments whose interval covers 1: over link orders, and of the blocks as if each were a draw of
/// its own.
fn covered(layout: Layout, orders: u32, times: u32, experiments: usize) -> (f64, f64) {
    let mut rng = StdRng::seed_from_u64(0x11_4B5 + u64::from(orders));
    let holds = |estimate: RatioEstimate| {
        usize::from(estimate.interval(CONFIDENCE).is_some_and(|interval| interval.contains(1.0)))
    };
    let (mut linked, mut pooled) = (0, 0);
    for _ in 0..experiments {
        let (base, other, which) = experiment(layout, orders, times, &mut rng);
        let arms = PairedArms { base: &base, other: &other };
        linked += holds(linked_ratio(&[LinkedArms { arms, orders: &which }]).unwrap());
        pooled += holds(paired_ratio(&base, &other).unwrap());
    }
    (percent(linked, experiments), percent(pooled, experiments))
}

#[test]
fn intervals_over_link_orders_cover_the_truth_where_those_over_blocks_do_not() {
    for layout in [Layout::Normal, Layout::Cliff] {
        for (orders, times) in [(5, 5), (8, 5), (8, 20), (16, 5)] {
            let (linked, pooled) = covered(layout, orders, times, 2_000);
            println!(
                "{layout:?}, {orders} orders of {times} blocks: {linked:.1} % covered; as if blocks \
                 were draws of a layout, {pooled:.1} %"
            );
            // Both sides have the same luck, so a cliff is symmetric, though no normal one.
            assert!((93.0..=99.0).contains(&linked), "{layout:?}, {orders} × {times}: {linked} %");
            assert!(pooled < linked, "{layout:?}, {orders} × {times}: {pooled} %");
        }
    }
    // The more blocks, the surer of a luck that is not the code's.
    assert!(covered(Layout::Normal, 8, 20, 1_000).1 < 75.0);
}

/// Percentage of experiments that find a difference by this factor.
fn found(effect: f64, orders: u32) -> f64 {
    let mut rng = StdRng::seed_from_u64(5);
    let found = (0..500).filter(|_| {
        let (base, other, which) = experiment(Layout::Normal, orders, 5, &mut rng);
        let other: Vec<f64> = other.iter().map(|seconds| effect * seconds).collect();
        let arms = PairedArms { base: &base, other: &other };
        let estimate = linked_ratio(&[LinkedArms { arms, orders: &which }]).unwrap();
        !estimate.interval(CONFIDENCE).unwrap().contains(1.0)
    });
    percent(found.count(), 500)
}

#[test]
fn what_a_layout_hides_is_found_over_more_of_them() {
    for (effect, orders, least) in [(1.02, 8, 45.0), (1.03, 8, 70.0), (1.02, 16, 70.0)] {
        let found = found(effect, orders);
        println!("×{effect} over {orders} orders of 5 blocks: found in {found:.0} %");
        assert!(found > least, "×{effect} over {orders} orders: {found} %");
    }
}
