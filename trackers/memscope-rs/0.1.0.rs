//! `memscope-rs` 0.1.0: variables are names on allocations that the allocator has seen, and are not
//! counted.

#[path = "family_0_1.rs"]
mod family;

use std::path::Path;

use memscope_rs::get_global_tracker as tracker;
use subject::TrackerError;

fn variables() -> Option<u64> {
    None
}

fn export(folder: &Path) -> Result<(), TrackerError> {
    tracker().export_to_json(folder.join("memory_analysis.json"))?;
    tracker().export_to_svg(folder.join("memory_analysis.svg"))?;
    Ok(())
}

subject::main!(family::Memscope);
