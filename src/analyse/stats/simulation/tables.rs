//! Prints the figures that the documentation of `stats` quotes, in some minutes:
//! `cargo test --release stats::simulation -- --ignored --nocapture`.

use super::{
    Noise,
    candidates::{Method, bca, chosen, percentile, plain_studentised, student},
    coverage::{combined_coverage, coverage, options, power},
};

const EVERY_NOISE: [Noise; 5] =
    [Noise::Normal, Noise::BothArms, Noise::Longer, Noise::OneArm, Noise::Rare];

#[test]
#[ignore = "prints a table, in minutes"]
fn coverage_of_each_method() {
    let methods: [(&str, Method); 5] = [
        ("percentile", percentile),
        ("BCa", bca),
        ("bootstrap-t", plain_studentised),
        ("chosen", chosen),
        ("Student", student),
    ];
    for noise in EVERY_NOISE {
        for blocks in [10, 20, 40] {
            for (name, method) in methods {
                let like = options(0.95, 2_000, 0);
                let (covered, width) = coverage(method, noise, blocks, 10_000, &like);
                println!("{noise:?}, {blocks} blocks, {name}: {covered:.1} %, width {width:.3}");
            }
        }
    }
}

#[test]
#[ignore = "prints a table, in minutes"]
fn coverage_of_the_chosen_method() {
    for noise in EVERY_NOISE {
        for blocks in [6, 7, 8, 60] {
            let (covered, _) = coverage(chosen, noise, blocks, 10_000, &options(0.95, 2_000, 0));
            println!("{noise:?}, {blocks} blocks: {covered:.1} %");
        }
        for (confidence, blocks) in
            [(0.99, 7), (0.99, 10), (0.99, 20), (0.995, 10), (0.995, 20), (0.999, 10), (0.999, 20)]
        {
            let like = options(confidence, 20_000, 0);
            let (covered, _) = coverage(chosen, noise, blocks, 4_000, &like);
            println!("{noise:?}, {blocks} blocks at {confidence}: {covered:.2} %");
        }
    }
}

#[test]
#[ignore = "prints a table, in a minute"]
fn coverage_of_overall_ratios() {
    for (workloads, blocks) in [(4, 3), (12, 2), (3, 4), (8, 3), (8, 10), (12, 10), (12, 40)] {
        let covered = combined_coverage(workloads, blocks, 5_000, 1_000);
        println!("overall ratio, {workloads} workloads of {blocks} blocks: {covered:.1} %");
    }
}

#[test]
#[ignore = "prints a table, in minutes"]
fn power_of_detection() {
    for blocks in [10, 20, 40] {
        for effect in [1.0, 1.1, 1.2, 1.3, 1.5, 2.0] {
            let found = power(effect, blocks, 5_000, 1_000);
            println!(
                "×{effect}, {blocks} blocks, floor {:.3}: excludes 1 {:.1} %, ratio beyond floor \
                 {:.1} %, detected {:.1} %",
                found.floor, found.excludes_one, found.ratio_beyond_floor, found.detected
            );
        }
    }
}
