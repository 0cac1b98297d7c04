//! Flame graphs of a profile, by inferno.

use inferno::flamegraph::{self, Options};

use super::{DhatProfile, Totals};

/// What the widths stand for.
#[derive(Clone, Copy)]
pub(super) enum Graph {
    /// Bytes alive when the heap was largest.
    PeakBytes,
    /// Blocks allocated in total.
    TotalBlocks,
}

impl Graph {
    fn title(self) -> &'static str {
        match self {
            Self::PeakBytes => "bytes at the peak",
            Self::TotalBlocks => "blocks in total",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::PeakBytes => "bytes",
            Self::TotalBlocks => "blocks",
        }
    }

    fn figure(self) -> fn(&Totals) -> u64 {
        match self {
            Self::PeakBytes => |totals| totals.peak_bytes,
            Self::TotalBlocks => |totals| totals.blocks,
        }
    }
}

/// Draws a flame graph: outermost function at the bottom, widths by the figure.
pub(super) fn draw(profile: &DhatProfile, workload: &str, graph: Graph) -> Result<Vec<u8>, String> {
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
