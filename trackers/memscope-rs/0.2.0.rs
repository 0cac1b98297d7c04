//! `memscope-rs` 0.2.0 and 0.2.1.

#[path = "family_0_2.rs"]
mod family;

use memscope_rs::{GlobalTracker, Trackable};
use subject::Site;

fn track<T: Trackable>(tracker: &GlobalTracker, variable: &T, site: Site) {
    tracker.track_as(variable, site.name, site.file, site.line);
}

subject::main!(family::Memscope);
