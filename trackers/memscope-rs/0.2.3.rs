//! `memscope-rs` 0.2.3 and 0.2.4: as 0.2.1; `track!` also tells the module.

mod analyzer;
#[path = "family_0_2.rs"]
mod family;

use analyzer::leaks;
use memscope_rs::{GlobalTracker, Trackable};
use subject::Site;

fn track<T: Trackable>(tracker: &GlobalTracker, variable: &T, site: Site) {
    tracker.track_as(variable, site.name, site.file, site.line, site.module);
}

subject::main!(family::Memscope);
