//! Heap profiles as files: dhat's own, flame graphs by inferno, and the sites that allocate most.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use inferno::flamegraph::{self, Options};

use crate::analyse::profile::{
    ALLOCATIONS_FILE, DHAT_FILE, DhatProfile, PEAK_FILE, PROFILE_FILE, Profile, ProfileError,
    Totals,
};

/// Why a profile cannot be made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum FlameError {
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path}: the flame graph could not be drawn: {reason}")]
    Drawing { path: PathBuf, reason: String },
}

/// Makes a profile of what dhat wrote: reads `source`, keeps it and draws it in `folder`, which is created.
///
/// # Errors
///
/// If a file cannot be read or written, or is no profile.
pub fn write_profile(workload: &str, source: &Path, folder: &Path) -> Result<Profile, FlameError> {
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| FlameError::File { path, source }
    };
    let found = DhatProfile::read(source)?;
    fs::create_dir_all(folder).map_err(file_error(folder))?;
    let kept = folder.join(DHAT_FILE);
    fs::copy(source, &kept).map_err(file_error(&kept))?;
    for (file, graph) in [(PEAK_FILE, Graph::PeakBytes), (ALLOCATIONS_FILE, Graph::Allocations)] {
        let path = folder.join(file);
        let svg = draw(&found, workload, graph)
            .map_err(|reason| FlameError::Drawing { path: path.clone(), reason })?;
        fs::write(&path, svg).map_err(file_error(&path))?;
    }
    let profile = Profile::of(workload, &found);
    let path = folder.join(PROFILE_FILE);
    let text =
        serde_json::to_string_pretty(&profile).map_err(|error| file_error(&path)(error.into()))?;
    fs::write(&path, text + "\n").map_err(file_error(&path))?;
    Ok(profile)
}

/// What the widths stand for.
#[derive(Clone, Copy)]
enum Graph {
    /// Bytes alive when the heap was largest.
    PeakBytes,
    /// All allocations.
    Allocations,
}

impl Graph {
    fn title(self) -> &'static str {
        match self {
            Self::PeakBytes => "bytes at the peak",
            Self::Allocations => "all allocations",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::PeakBytes => "bytes",
            Self::Allocations => "allocations",
        }
    }

    fn figure(self) -> fn(&Totals) -> u64 {
        match self {
            Self::PeakBytes => |totals| totals.peak_bytes,
            Self::Allocations => |totals| totals.allocations,
        }
    }
}

/// Draws a flame graph: outermost function at the bottom, widths by the figure.
fn draw(profile: &DhatProfile, workload: &str, graph: Graph) -> Result<Vec<u8>, String> {
    let stacks = profile.folded(graph.figure());
    let mut options = Options::default();
    options.title = format!("{workload}: {}", graph.title());
    options.count_name = graph.unit().to_owned();
    // The same colours each time: nobody should look for a difference where there is none.
    options.deterministic = true;
    options.image_width = Some(1200);
    let mut svg = Vec::new();
    flamegraph::from_lines(&mut options, stacks.iter().map(String::as_str), &mut svg)
        .map_err(|error| error.to_string())?;
    Ok(svg)
}
