//! Charts: from a [`Summary`] to SVG, one file for each.
//!
//! All are drawn on one canvas (`present/canvas/`) and sized for a README. Each carries its provenance, so that
//! it can be judged where it is found, and shows failures where their figures would be.

mod bookkeeping;
mod calls;
mod change;
mod dots;
mod families;
mod glance;
mod grades;
mod grid;
mod heat;
mod history;
mod known_costs;
mod labels;
mod load;
mod looks;
mod maps;
mod overhead;
mod panel;
mod peak_memory;
mod samples;
mod scatter;
mod service;
mod size_rows;
mod sizes;
mod slow_downs;
mod soak;
#[cfg(test)]
mod tests;
mod threads;
mod trend;
mod versions;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use self::bookkeeping::bookkeeping;
pub use self::calls::calls;
pub use self::change::{change, change_narrow};
pub use self::glance::{at_a_glance, at_a_glance_narrow, in_short};
pub use self::history::history;
pub use self::known_costs::known_costs;
pub use self::load::held_rates;
pub use self::overhead::overhead;
pub use self::peak_memory::peak_memory;
pub use self::scatter::scatter;
pub use self::service::{latency, server_cpu};
pub use self::sizes::sizes;
pub use self::slow_downs::slow_downs;
pub use self::soak::soak;
pub use self::threads::threads;
use crate::analyse::summary::{Cell, Ratio, Summary, Timing, WorkloadSummary};
use crate::common::files::write_whole;
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::present::canvas::Marker;
use crate::present::words;
use grid::Grid;
use looks::looks;

/// Why there is no chart.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// There is no point to draw.
    #[error("nothing to draw: no sample of a tracked program is recorded")]
    Nothing,
    /// A file could not be written.
    #[error("{path}: cannot be written: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A chart that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// The file's name within its folder.
    pub file: String,
    /// That of the same for a phone, if there is one.
    pub narrow: Option<String>,
    /// Its title.
    pub title: String,
    /// What it shows, for those who cannot see it.
    pub alt: String,
}

impl Chart {
    /// Whether it is the one of this file name, wherever that lies.
    pub(super) fn is(&self, file: &str) -> bool {
        self.file.rsplit('/').next() == Some(file)
    }
}

struct Kind {
    file: &'static str,
    title: &'static str,
    draw: Draw,
    /// The same for a phone.
    narrow: Option<DrawIn>,
    alt: fn(&Summary) -> String,
}

/// Draws a chart.
type Draw = fn(&Summary) -> Result<String, ChartError>;

/// Draws one in a picture of any width.
type DrawIn = fn(&Summary, Grid) -> Result<String, ChartError>;

/// Every chart, in the order in which reports show them.
const ALL: [Kind; 21] = [
    Kind {
        file: "versions-overhead.svg",
        title: versions::OVERHEAD,
        draw: versions::overhead,
        narrow: Some(versions::overhead_in),
        alt: versions::overhead_alt,
    },
    Kind {
        file: "versions-accuracy.svg",
        title: versions::ACCURACY,
        draw: versions::accuracy,
        narrow: Some(versions::accuracy_in),
        alt: versions::accuracy_alt,
    },
    Kind {
        file: "versions-families.svg",
        title: families::TITLE,
        draw: families::families,
        narrow: Some(families::draw_in),
        alt: families::alt,
    },
    Kind {
        file: "versions-trend.svg",
        title: trend::TITLE,
        draw: trend::trend,
        narrow: Some(trend::draw_in),
        alt: trend::alt,
    },
    Kind {
        file: "history.svg",
        title: history::TITLE,
        draw: history::history,
        narrow: Some(history::draw_in),
        alt: history::alt,
    },
    Kind {
        file: "overhead.svg",
        title: overhead::TITLE,
        draw: overhead,
        narrow: Some(overhead::draw_in),
        alt: overhead::alt,
    },
    Kind {
        file: "overhead-map.svg",
        title: maps::OVERHEAD,
        draw: maps::overhead,
        narrow: Some(maps::overhead_in),
        alt: maps::overhead_alt,
    },
    Kind {
        file: "peak-memory.svg",
        title: peak_memory::TITLE,
        draw: peak_memory,
        narrow: Some(peak_memory::draw_in),
        alt: peak_memory::alt,
    },
    Kind {
        file: "peak-memory-map.svg",
        title: maps::MEMORY,
        draw: maps::memory,
        narrow: Some(maps::memory_in),
        alt: maps::memory_alt,
    },
    Kind {
        file: "accuracy-map.svg",
        title: maps::ACCURACY,
        draw: maps::accuracy,
        narrow: Some(maps::accuracy_in),
        alt: maps::accuracy_alt,
    },
    Kind {
        file: "overhead-and-accuracy.svg",
        title: scatter::TITLE,
        draw: scatter,
        narrow: Some(scatter::draw_in),
        alt: scatter::alt,
    },
    Kind {
        file: "bookkeeping.svg",
        title: bookkeeping::TITLE,
        draw: bookkeeping,
        narrow: Some(bookkeeping::draw_in),
        alt: bookkeeping::alt,
    },
    Kind {
        file: "threads.svg",
        title: threads::TITLE,
        draw: threads,
        narrow: Some(threads::draw_in),
        alt: threads::alt,
    },
    Kind {
        file: "sizes.svg",
        title: sizes::TITLE,
        draw: sizes,
        narrow: Some(sizes::draw_in),
        alt: sizes::alt,
    },
    Kind {
        file: "call-latency.svg",
        title: calls::TITLE,
        draw: calls,
        narrow: Some(calls::draw_in),
        alt: calls::alt,
    },
    Kind {
        file: "server-cpu.svg",
        title: service::CPU_TITLE,
        draw: server_cpu,
        narrow: Some(service::cpu_in),
        alt: service::cpu_alt,
    },
    Kind {
        file: "latency.svg",
        title: service::LATENCY_TITLE,
        draw: latency,
        narrow: Some(service::latency_in),
        alt: service::latency_alt,
    },
    Kind {
        file: "load.svg",
        title: load::TITLE,
        draw: held_rates,
        narrow: Some(load::draw_in),
        alt: load::alt,
    },
    Kind {
        file: "soak.svg",
        title: soak::TITLE,
        draw: soak,
        narrow: Some(soak::draw_in),
        alt: soak::alt,
    },
    Kind {
        file: "known-costs.svg",
        title: known_costs::TITLE,
        draw: known_costs,
        narrow: Some(known_costs::draw_in),
        alt: known_costs::alt,
    },
    Kind {
        file: "slow-downs.svg",
        title: slow_downs::TITLE,
        draw: slow_downs,
        narrow: Some(slow_downs::draw_in),
        alt: slow_downs::alt,
    },
];

/// The charts of the start page, which stand on no other: for a wide screen, for a phone, for a README.
const FRONT: [Kind; 3] = [
    Kind {
        file: "glance.svg",
        title: glance::TITLE,
        draw: at_a_glance,
        narrow: None,
        alt: glance::alt,
    },
    Kind {
        file: "glance-narrow.svg",
        title: glance::TITLE,
        draw: at_a_glance_narrow,
        narrow: None,
        alt: glance::alt,
    },
    Kind {
        file: "glance-short.svg",
        title: glance::TITLE,
        draw: in_short,
        narrow: None,
        alt: glance::alt,
    },
];

/// Charts of a part of a summary: of one tracker, or of one workload.
const OF_PARTS: [Kind; 1] = [Kind {
    file: "samples.svg",
    title: samples::TITLE,
    draw: samples::samples,
    narrow: Some(samples::draw_in),
    alt: samples::alt,
}];

/// From so many trackers on, points of all in one plot cannot be told apart.
const CROWD: usize = 9;

/// Whether there are more trackers than a plot of points can show.
fn is_crowded(summary: &Summary) -> bool {
    summary.overall.len().max(summary.standings.len()) >= CROWD
}

/// The files of all charts that stand on the pages of topics.
#[cfg(test)]
pub(super) fn files() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|kind| kind.file)
}

/// Draws all charts into a folder, which is created if need be. A chart without a point is left out.
///
/// # Errors
///
/// If a file cannot be written; the error names it.
pub fn write_all(summary: &Summary, folder: &Path) -> Result<Vec<Chart>, ChartError> {
    write(ALL.iter().chain(&FRONT), summary, folder, "")
}

/// Draws those that are asked for, of a part of a summary, into files whose names begin with that of the part.
pub(super) fn write_of_part(
    files: &[&str],
    part: &Summary,
    folder: &Path,
    name: &str,
) -> Result<Vec<Chart>, ChartError> {
    let kinds = ALL.iter().chain(&OF_PARTS).filter(|kind| files.contains(&kind.file));
    write(kinds, part, folder, &format!("{name}-"))
}

fn write<'a>(
    kinds: impl Iterator<Item = &'a Kind>,
    summary: &Summary,
    folder: &Path,
    prefix: &str,
) -> Result<Vec<Chart>, ChartError> {
    fs::create_dir_all(folder)
        .map_err(|source| ChartError::File { path: folder.to_owned(), source })?;
    let mut charts = Vec::new();
    for kind in kinds {
        let svg = match (kind.draw)(summary) {
            Err(ChartError::Nothing) => continue,
            drawn => drawn?,
        };
        let write = |file: &str, svg: &str| {
            let path = folder.join(file);
            write_whole(&path, svg).map_err(|source| ChartError::File { path, source })
        };
        let file = format!("{prefix}{}", kind.file);
        write(&file, &svg)?;
        let narrow = match kind.narrow {
            Some(draw) => {
                let file = file.replace(".svg", "-narrow.svg");
                write(&file, &draw(summary, grid::NARROW)?)?;
                Some(file)
            }
            None => None,
        };
        let (title, alt) = (kind.title.to_owned(), (kind.alt)(summary));
        charts.push(Chart { file, narrow, title, alt });
    }
    Ok(charts)
}

/// One workload's cells, in the order of the arms.
type Cells<'a> = Vec<Option<&'a Cell>>;

/// The rows of a chart.
fn tracked_cells(summary: &Summary) -> Result<Vec<(&WorkloadSummary, Cells<'_>)>, ChartError> {
    let arms = summary.arms();
    if arms.is_empty() || summary.workloads.is_empty() || !summary.is_timed() {
        return Err(ChartError::Nothing);
    }
    let rows = summary.workloads.iter().map(|workload| {
        let of_arm = |arm: &&ArmId| workload.cell(arm);
        (workload, arms.iter().map(of_arm).collect())
    });
    Ok(rows.collect())
}

/// What the untracked arm took, to stand below a workload's name.
fn untracked_note(
    workload: &WorkloadSummary,
    figure: impl Fn(&Timing) -> Option<String>,
) -> String {
    let taken = workload.untracked.as_ref().and_then(figure);
    let taken = taken.unwrap_or_else(|| "not measured".to_owned());
    match workload.untracked_failures.iter().map(|failed| failed.count).sum() {
        0 => format!("untracked {taken}"),
        failed => format!("untracked {taken}, {failed} failed"),
    }
}

fn arm_titles(summary: &Summary) -> Vec<String> {
    let arms = summary.overall.iter();
    arms.map(words::overall_title).collect()
}

/// The looks and titles of the arms.
fn signs(summary: &Summary) -> Vec<(Marker, String)> {
    looks(&summary.arms()).into_iter().zip(arm_titles(summary)).collect()
}

/// A chart in words: every point, workload by workload.
fn describe(what: &str, summary: &Summary, figure: impl Fn(&Cell) -> Option<Ratio>) -> String {
    let workloads = summary.workloads.iter().map(|workload| {
        let cells = workload.cells.iter().map(|cell| {
            let failures = words::failures(&cell.failures);
            let words = match figure(cell) {
                Some(ratio) if failures.is_empty() => units::short_factor(ratio.ratio),
                Some(ratio) => format!("{}, {failures}", units::short_factor(ratio.ratio)),
                None if failures.is_empty() => "not measured".to_owned(),
                None => failures,
            };
            format!("{} {words}", cell.arm)
        });
        format!("{}: {}", workload.workload, cells.collect::<Vec<_>>().join(", "))
    });
    format!("{what}, tracked ÷ untracked. {}.", workloads.collect::<Vec<_>>().join("; "))
}
