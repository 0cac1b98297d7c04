//! The site's pages about one topic each, and which charts and tables stand on which.

use super::table::Table;
use super::{
    accuracy, allocators, calibration, changes, claims, costs, experiments, heap_check, history,
    instructions, latency, links, load, prediction, versions,
};
use crate::analyse::summary::Summary;

/// A page about one topic. One without a chart, a table or a picture is left out.
pub(super) struct Topic {
    /// Its file: a link that stays.
    pub(super) file: &'static str,
    /// In navigation.
    pub(super) name: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// What is to be found there, in a line.
    pub(super) about: &'static str,
    /// The files of its charts.
    pub(super) charts: &'static [&'static str],
    /// Its tables; those without a row are left out.
    pub(super) tables: fn(&Summary) -> Vec<Table>,
    /// Whether it compares all trackers, and so is no part of what is said of one.
    pub(super) is_about_all: bool,
}

/// Every topic, in the order of navigation.
pub(super) const TOPICS: [Topic; 11] = [
    Topic {
        file: "costs.html",
        name: "Costs",
        title: "What tracking costs",
        about: "CPU time, wall time and memory of every tracker on every workload, with what failed",
        charts: &["overhead.svg", "overhead-map.svg", "peak-memory.svg", "peak-memory-map.svg"],
        tables: |summary| {
            let timed = summary.is_timed().then(|| costs::by_arm(summary));
            let beside = [allocators::allocators(&summary.allocators), costs::failures(summary)];
            timed.into_iter().chain(beside).collect()
        },
        is_about_all: false,
    },
    Topic {
        file: "accuracy.html",
        name: "Accuracy",
        title: "How accurate it is",
        about: "Everything that trackers report, held against what was counted",
        charts: &["accuracy-map.svg", "overhead-and-accuracy.svg", "bookkeeping.svg"],
        tables: accuracy::figures,
        is_about_all: false,
    },
    Topic {
        file: "versions.html",
        name: "Versions",
        title: "Version by version",
        about: "What each release costs and reports, and what changed from one to the next",
        charts: &[
            "versions-overhead.svg",
            "versions-accuracy.svg",
            "versions-families.svg",
            "versions-trend.svg",
        ],
        tables: |summary| [versions::rankings(summary), changes::tables(summary)].concat(),
        is_about_all: true,
    },
    Topic {
        file: "history.html",
        name: "History",
        title: "From report to report",
        about: "What each report of this site showed, with what changed in between",
        charts: &["history.svg"],
        tables: history::tables,
        is_about_all: false,
    },
    Topic {
        file: "threads.html",
        name: "Threads and sizes",
        title: "Threads, sizes, steps and single calls",
        about: "More threads and larger workloads; what linking, arming, reading and reporting cost; how long one \
                allocation takes",
        charts: &["threads.svg", "sizes.svg", "call-latency.svg"],
        tables: |summary| [experiments::tables(summary), latency::tables(summary)].concat(),
        is_about_all: false,
    },
    Topic {
        file: "servers.html",
        name: "Servers",
        title: "Servers under load",
        about: "CPU time per 1,000 requests, latencies, and the highest rate that is held",
        charts: &["server-cpu.svg", "latency.svg", "load.svg"],
        tables: |summary| {
            let services = heap_check::services(&summary.services);
            std::iter::once(services).chain(load::tables(summary)).collect()
        },
        is_about_all: false,
    },
    Topic {
        file: "leaks.html",
        name: "Leaks",
        title: "Leaks, found and left",
        about: "Lists of leaks, graded entry by entry; what stays on the heap; what grows",
        charts: &["soak.svg"],
        tables: |summary| {
            let left = heap_check::ledger(&summary.heap_checks);
            vec![accuracy::leaks(&summary.leaks), left, heap_check::soaks(&summary.soaks)]
        },
        is_about_all: false,
    },
    Topic {
        file: "instructions.html",
        name: "Instructions",
        title: "Instructions",
        about: "Counted by Valgrind: they hardly vary, and are no time",
        charts: &[],
        tables: |summary| vec![instructions::cells(&summary.instructions)],
        is_about_all: false,
    },
    Topic {
        file: links::CLAIMS,
        name: "Claims",
        title: "Public claims",
        about: "What authors claim of cost and accuracy, held against what was measured: holds, fails, or untestable",
        charts: &[],
        tables: claims::tables,
        is_about_all: true,
    },
    Topic {
        file: "predict.html",
        name: "Your program",
        title: "What would it cost my program?",
        about: "From how often a program allocates to what each tracker would cost it, and how wrong such a prediction is",
        charts: &[],
        tables: prediction::tables,
        is_about_all: true,
    },
    Topic {
        file: "instrument.html",
        name: "The instrument",
        title: "What the instrument finds",
        about: "Tried on what is known: planted costs, planted slow-downs, and programs that do not differ",
        charts: &["known-costs.svg", "slow-downs.svg"],
        tables: calibration::tables,
        is_about_all: true,
    },
];

/// Every table of a summary, topic by topic.
pub fn tables(summary: &Summary) -> Vec<Table> {
    TOPICS.iter().flat_map(|topic| topic.tables_of(summary)).collect()
}

impl Topic {
    /// Its tables that have a row.
    pub(super) fn tables_of(&self, summary: &Summary) -> Vec<Table> {
        (self.tables)(summary).into_iter().filter_map(Table::filled).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::charts;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn no_table_overruns_a_terminal() {
        let all = [fixture::summary(), fixture::summary_of_truth()].map(|summary| tables(&summary));
        for (table, width) in all
            .concat()
            .iter()
            .flat_map(|table| (60..200).step_by(5).map(move |width| (table, width)))
        {
            let text = Terminal { width: Some(width), colour: false }.render(table);
            for line in text.lines() {
                assert!(line.chars().count() <= width.into(), "{width}: {text}");
            }
        }
    }

    #[test]
    fn every_chart_stands_on_one_page() {
        let shown: Vec<&str> = TOPICS.iter().flat_map(|topic| topic.charts).copied().collect();
        for file in charts::files() {
            let times = shown.iter().filter(|shown| **shown == file).count();
            assert_eq!(times, 1, "{file}");
        }
        assert_eq!(shown.len(), charts::files().count());
    }
}
