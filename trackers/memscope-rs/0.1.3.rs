//! `memscope-rs` 0.1.3 to 0.1.5: a registry of variables, by address.

#[path = "family_0_1.rs"]
mod family;

use std::path::Path;

use memscope_rs::get_global_tracker as tracker;
use memscope_rs::variable_registry::VariableRegistry;
use subject::TrackerError;

fn variables() -> Option<u64> {
    Some(VariableRegistry::get_stats().0 as u64)
}

/// They export into `MemoryAnalysis/` below the current folder, whatever path they are given.
fn export(folder: &Path) -> Result<(), TrackerError> {
    std::env::set_current_dir(folder)?;
    tracker().export_memory_analysis("memory_analysis.svg")?;
    tracker().export_lifecycle_timeline("lifecycle_timeline.svg")?;
    tracker().export_to_json("my_analysis")?;
    Ok(())
}

subject::main!(family::Memscope);
