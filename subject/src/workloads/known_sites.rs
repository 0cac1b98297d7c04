//! Ours: allocations whose number and size are known by site and by type, for grading what trackers say of
//! either.
//!
//! Each of five functions makes allocations of one size for variables of one container, as many in each
//! round as [`KNOWN_SITES`] says. Nothing is reallocated, and nothing else is allocated. At scale 1.0 there
//! are 100 rounds; only these are scaled.

use std::rc::Rc;
use std::sync::Arc;

use protocol::workloads::{KNOWN_SITES, KnownSite};

use super::Setting;
use crate::probe::Probe;
use crate::{progress, track};

/// Runs the workload.
pub(super) fn run<P: Probe>(probe: &P, setting: &Setting) {
    progress!("  Allocating at known sites...");
    let [vectors, strings, boxes, rcs, arcs] = KNOWN_SITES;
    for _ in 0..setting.scaled(100) {
        site_of_vectors(probe, vectors);
        site_of_strings(probe, strings);
        site_of_boxes(probe, boxes);
        site_of_rcs(probe, rcs);
        site_of_arcs(probe, arcs);
        probe.round();
    }
    progress!("  Known sites completed");
}

// Never inlined: a site must be there to be found.

#[inline(never)]
fn site_of_vectors<P: Probe>(probe: &P, site: KnownSite) {
    for _ in 0..site.allocations {
        let numbers: Vec<u64> = Vec::with_capacity(site.bytes as usize / size_of::<u64>());
        track!(probe, numbers);
    }
}

#[inline(never)]
fn site_of_strings<P: Probe>(probe: &P, site: KnownSite) {
    for _ in 0..site.allocations {
        let text = String::with_capacity(site.bytes as usize);
        track!(probe, text);
    }
}

#[inline(never)]
fn site_of_boxes<P: Probe>(probe: &P, site: KnownSite) {
    for _ in 0..site.allocations {
        let boxed = Box::new([1_u64; 128]);
        track!(probe, boxed);
    }
}

#[inline(never)]
fn site_of_rcs<P: Probe>(probe: &P, site: KnownSite) {
    for _ in 0..site.allocations {
        let counted = Rc::new([2_u64; 6]);
        track!(probe, counted);
    }
}

#[inline(never)]
fn site_of_arcs<P: Probe>(probe: &P, site: KnownSite) {
    for _ in 0..site.allocations {
        let shared = Arc::new([3_u64; 32]);
        track!(probe, shared);
    }
}
