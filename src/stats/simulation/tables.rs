//! What intervals are worth, in simulated experiments. Printed anew, in a minute, by
//! `cargo test --release stats::simulation -- --ignored --nocapture`.

use super::{
    Noise,
    candidates::{Method, chosen, hodges_lehmann, student, studentised},
    coverage::{called_different, combined_coverage, coverage},
};

const EVERY_NOISE: [Noise; 5] =
    [Noise::Normal, Noise::BothArms, Noise::Longer, Noise::OneArm, Noise::Rare];

#[test]
#[ignore = "prints a table, in a minute"]
fn coverage_of_each_method() {
    let methods: [(&str, Method); 4] = [
        ("chosen", chosen),
        ("Student", student),
        ("bootstrap-t", studentised),
        ("Hodges-Lehmann", hodges_lehmann),
    ];
    for noise in [Noise::Normal, Noise::BothArms] {
        for blocks in [10, 40] {
            for (name, method) in methods {
                let (covered, width) = coverage(method, (noise, 0.0), blocks, 2_000, 0.95);
                println!("{noise:?}, {blocks} blocks, {name}: {covered:.1} %, width {width:.3}");
            }
        }
    }
}

#[test]
#[ignore = "prints a table"]
fn coverage_of_the_chosen_method() {
    for noise in EVERY_NOISE {
        let truth = noise.centre();
        for (confidence, blocks) in
            [(0.95, 6), (0.95, 10), (0.95, 20), (0.95, 60), (0.99, 10), (0.999, 10), (0.999, 20)]
        {
            let (covered, _) = coverage(chosen, (noise, truth), blocks, 10_000, confidence);
            println!("{noise:?}, {blocks} blocks at {confidence}: {covered:.2} %");
        }
    }
}

#[test]
#[ignore = "prints a table"]
fn coverage_of_overall_ratios() {
    for (workloads, blocks) in [(4, 3), (12, 2), (3, 4), (8, 3), (8, 10), (12, 10), (12, 40)] {
        let covered = combined_coverage(workloads, blocks, 5_000);
        println!("overall ratio, {workloads} workloads of {blocks} blocks: {covered:.1} %");
    }
}

#[test]
#[ignore = "prints a table"]
fn power_of_detection() {
    for (rows, blocks) in [(1, 10), (1, 40), (10, 10), (10, 40)] {
        for effect in [1.0, 1.1, 1.2, 1.3, 1.5, 2.0] {
            let found = called_different(effect, rows, blocks, 2_000);
            println!("×{effect}, {rows} rows of {blocks} blocks: {found:.1} % called different");
        }
    }
}
