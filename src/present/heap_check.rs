//! The tables of endurance: servers under load, the stability ledger, and soaks.

use super::cells;
use super::grid::Grid;
use crate::analyse::heap_check::{self, BEYOND_RUST, HeapCheck, Judgement, UPSTREAM_SOURCE};
use crate::analyse::soak::{SoakResult, Trend};
use crate::analyse::summary::{Service, Summary};
use crate::common::units::{self, ABSENT, count};
use crate::plan::arm::Role;
use crate::present::words::arm_title;
use crate::record::NotFreed;

/// Every table of a summary that is about endurance, those without a row left out.
pub(super) fn grids(summary: &Summary) -> Vec<Grid> {
    let grids = [services(&summary.services), ledger(&summary.heap_checks), soaks(&summary.soaks)];
    grids.into_iter().filter_map(Grid::filled).collect()
}

/// Servers under load.
pub(super) fn services(all: &[Service]) -> Grid {
    let time = |ns: Option<u64>| ns.map_or(ABSENT.to_owned(), |ns| units::seconds(ns as f64 / 1e9));
    let row = |service: &Service| {
        let latency = service.latency;
        vec![
            service.workload.clone(),
            arm_title(&service.arm, service.version.as_deref()),
            service.cpu_s_per_1000.map_or(ABSENT.to_owned(), units::seconds),
            cells::ratio(service.cpu_overhead),
            service.throughput.map_or(ABSENT.to_owned(), |rate| count(rate.round() as u64)),
            time(latency.map(|l| l.p50_ns)),
            time(latency.map(|l| l.p90_ns)),
            time(latency.map(|l| l.p99_ns)),
            time(latency.and_then(|l| l.p999_ns)),
            time(latency.map(|l| l.max_ns)),
        ]
    };
    Grid {
        id: "servers".to_owned(),
        title: "Servers under load".to_owned(),
        note: "CPU time is the server's alone, in user mode and in the kernel, for a thousand requests: \
               what tracking costs. Requests a second and latencies hang on the client too, which runs \
               untracked on the same cores in a closed loop, a new connection for every request. Medians \
               over samples."
            .to_owned(),
        headings: vec![
            "workload",
            "tracker",
            "CPU per 1,000",
            "tracked ÷ untracked",
            "requests/s",
            "p50",
            "p90",
            "p99",
            "p99.9",
            "max",
        ],
        text: 2,
        rows: all.iter().map(row).collect(),
    }
}

fn ledger(entries: &[HeapCheck]) -> Grid {
    let mut note = format!(
        "What was not freed when the process ended. Memcheck counts a reallocation as an allocation and a \
         free; so does the ground truth here. Figures of Nodepp are those that it publishes ({UPSTREAM_SOURCE}): \
         another language and other machines, for orientation alone."
    );
    if entries.iter().any(|entry| entry.memcheck.is_some()) {
        note += &format!(" {BEYOND_RUST}");
    }
    for (tests, said) in heap_check::notes(entries) {
        let all = tests.len() == entries.len() && entries.len() > 1;
        let tests = if all { "All".to_owned() } else { tests.join(", ") };
        note += &format!(" {tests}: {said}.");
    }
    Grid {
        id: "ledger".to_owned(),
        title: "The stability ledger".to_owned(),
        note,
        headings: vec![
            "test",
            "objective",
            "load",
            "verdict",
            "witness",
            "allocations",
            "frees",
            "bytes",
            "definitely lost",
            "indirectly lost",
            "possibly lost",
            "still reachable",
            "errors",
        ],
        text: 5,
        rows: entries.iter().flat_map(rows).collect(),
    }
}

/// A row for each witness of a test, the first of which says what the test is.
fn rows(entry: &HeapCheck) -> Vec<Vec<String>> {
    let left = |left: NotFreed| match left.allocations {
        0 => "0".to_owned(),
        blocks => format!("{} B in {}", count(left.bytes), count(blocks)),
    };
    let absent = |number: usize| vec![ABSENT.to_owned(); number];
    let mut figures = Vec::new();
    if let Some(found) = &entry.memcheck {
        let mut own = vec![format!("Memcheck {}", found.version)];
        own.extend([found.allocations, found.frees, found.bytes].map(count));
        own.extend(
            [
                found.definitely_lost,
                found.indirectly_lost,
                found.possibly_lost,
                found.still_reachable,
            ]
            .map(left),
        );
        own.push(count(found.errors));
        figures.push(own);
    }
    if let Some(counted) = &entry.counted {
        let mut own = vec!["ground truth".to_owned()];
        own.extend([counted.allocations, counted.frees, counted.bytes].map(count));
        // It knows what is left, not who still points to it.
        own.push(left(counted.left));
        own.extend(absent(4));
        figures.push(own);
    }
    if let Some(published) = &entry.upstream {
        let mut own = vec![format!("Nodepp's {}, as published", published.name)];
        own.extend([published.allocations, published.allocations].map(count));
        own.extend(absent(1));
        own.push(count(published.leaked_bytes));
        own.extend(absent(4));
        figures.push(own);
    }
    if figures.is_empty() {
        figures.push(absent(9));
    }
    let test = if entry.arm.role == Role::Base {
        entry.workload.clone()
    } else {
        format!("{} under {}", entry.workload, entry.arm)
    };
    let about =
        [test, entry.objective.to_owned(), entry.load.clone(), entry.judgement.label().to_owned()];
    let row = |(index, figures): (usize, Vec<String>)| {
        let about = about.iter().map(|word| if index == 0 { word.clone() } else { String::new() });
        about.chain(figures).collect()
    };
    figures.into_iter().enumerate().map(row).collect()
}

fn soaks(all: &[SoakResult]) -> Grid {
    Grid {
        id: "soaks".to_owned(),
        title: "Soaks: flat or growing".to_owned(),
        note: "One process repeats the workload. The slope is that of a straight line through the lowest \
               points of twenty stretches of time, with its 95 % interval, without the first tenth, in \
               which caches fill: a leak raises the floor. It is called growing if the interval lies above \
               zero, and the floor at the end more than 1 % above that at the beginning."
            .to_owned(),
        headings: vec![
            "workload",
            "tracker",
            "reading",
            "verdict",
            "slope per second",
            "95 % interval",
            "at the end",
            "repetitions",
            "for",
        ],
        text: 4,
        rows: all.iter().flat_map(soak_rows).collect(),
    }
}

fn soak_rows(slopes: &SoakResult) -> Vec<Vec<String>> {
    let bytes = |value: f64| {
        let sign = if value < 0.0 { "−" } else { "" };
        format!("{sign}{}", units::bytes(value.abs()))
    };
    let number = |value: f64| format!("{value:.3}");
    let row = |name: &str, slope: Option<Trend>, unit: &dyn Fn(f64) -> String| {
        let (verdict, figures) = match (slope, &slopes.failure) {
            (_, Some(failure)) => (failure.clone(), [(); 3].map(|()| ABSENT.to_owned())),
            (None, None) => {
                ("unknown: too few repetitions".to_owned(), [(); 3].map(|()| ABSENT.to_owned()))
            }
            (Some(slope), None) => (
                if slope.grows { "GROWING" } else { "flat" }.to_owned(),
                [
                    unit(slope.per_second),
                    format!("{} – {}", unit(slope.low), unit(slope.high)),
                    unit(slope.last),
                ],
            ),
        };
        let mut row =
            vec![slopes.workload.clone(), slopes.arm.to_string(), name.to_owned(), verdict];
        row.extend(figures);
        row.extend([count(slopes.repetitions), units::seconds(slopes.seconds)]);
        row
    };
    vec![
        row("live bytes", slopes.live_bytes, &bytes),
        row("resident memory", slopes.resident_bytes, &bytes),
        row("file descriptors", slopes.descriptors, &number),
    ]
}

/// The ledger in the terminal.
pub fn ledger_table(entries: &[HeapCheck]) -> String {
    ledger(entries).terminal()
}

/// The slopes of soaks in the terminal.
pub fn soak_table(slopes: &[SoakResult]) -> String {
    soaks(slopes).terminal()
}

/// In one sentence: whether all tests are as they should be.
pub fn ledger_verdict(entries: &[HeapCheck]) -> String {
    let bad: Vec<&str> = entries
        .iter()
        .filter(|entry| !entry.judgement.is_good())
        .map(|entry| entry.workload.as_str())
        .collect();
    let on_purpose = entries.iter().filter(|entry| entry.judgement == Judgement::OnPurpose).count();
    match (bad.is_empty(), on_purpose) {
        (true, 0) => "All heap blocks were freed in every test.".to_owned(),
        (true, _) => "Nothing leaks but what is meant to.".to_owned(),
        (false, _) => format!("Not as it should be: {}.", bad.join(", ")),
    }
}
