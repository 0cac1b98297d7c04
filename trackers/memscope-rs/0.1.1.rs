//! `memscope-rs` 0.1.1 and 0.1.2: as 0.1.0, with other pictures.

#[path = "family_0_1.rs"]
mod family;

use std::path::Path;

use memscope_rs::get_global_tracker as tracker;
use subject::TrackerError;

fn variables() -> Option<u64> {
    None
}

fn export(folder: &Path) -> Result<(), TrackerError> {
    tracker().export_memory_analysis(folder.join("memory_analysis.svg"))?;
    tracker().export_lifecycle_timeline(folder.join("lifecycle_timeline.svg"))?;
    tracker().export_to_json(folder.join("memory_snapshot.json"))?;
    Ok(())
}

subject::main!(family::Memscope);
