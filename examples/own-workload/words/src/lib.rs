//! A workload of the reader's own: counts the words of lines of text, as a program that reads logs would.

use std::collections::BTreeMap;

use subject::{Probe, Setting, Workload, track};

/// Counts the words of some thousand lines. All that it does, allocates and frees is measured.
pub struct Words;

impl Workload for Words {
    fn run<P: Probe>(probe: &P, setting: &Setting) {
        // A map without random hashes: two runs at one scale make the same allocations.
        let mut counts = BTreeMap::<String, u64>::new();
        for number in 0..setting.scaled(20_000) {
            let line = format!("{} request {} took {} ms", number % 7, number, number * 31 % 1_000);
            for word in line.split(' ') {
                *counts.entry(word.to_owned()).or_default() += 1;
            }
            // For trackers that are told of variables; the others see the allocation anyway.
            track!(probe, line);
        }
        std::hint::black_box(&counts);
    }
}
