//! What tools cost the reader's own program, and what they count of it.

use protocol::Reported;
use serde::Serialize;

use super::summary::Ratio;
use crate::stats;

/// A tool, put in front of the program.
#[derive(Clone, Debug, Serialize)]
pub struct ToolOnProgram {
    /// The tool's name.
    pub tool: String,
    /// The version that it gives.
    pub version: String,
    /// CPU time of program and tool, under it ÷ alone.
    pub cpu: Option<Ratio>,
    /// Wall time, likewise.
    pub wall: Option<Ratio>,
    /// Peak memory of all processes, likewise.
    pub memory: Option<Ratio>,
    /// What it counted.
    pub totals: Option<Reported>,
    /// Why there is no more, if so.
    pub failure: Option<String>,
}

/// Under a tool ÷ alone, by blocks: as many of those alone as the tool completed.
pub fn ratio(alone: &[f64], under: &[f64]) -> Option<Ratio> {
    let alone = alone.get(..under.len())?;
    stats::paired_ratio(alone, under).ok().map(Ratio::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_went_no_further_is_set_against_the_blocks_that_it_was_in() {
        let alone = [1.0, 1.0, 1.0, 100.0];
        assert!((ratio(&alone, &[3.0, 3.0]).unwrap().ratio - 3.0).abs() < 1e-9);
        assert_eq!(ratio(&alone, &[]), None);
        assert_eq!(ratio(&alone[..1], &[3.0, 3.0]), None);
    }
}
