//! The tables of what runs long or must free all: servers under load, the stability ledger, and soaks.

use super::table::{Table, Unit, Value};
use crate::analyse::heap_check::{
    self, BEYOND_RUST, Counted, HeapCheck, Judgement, UPSTREAM_SOURCE,
};
use crate::analyse::soak::{SoakResult, Trend};
use crate::analyse::summary::Service;
use crate::common::units;
use crate::plan::arm::Role;
use crate::present::words::{self, arm_title};
use crate::record::NotFreed;

/// Servers under load.
pub(super) fn services(all: &[Service]) -> Table {
    let time = |ns: u64| Value::seconds(ns as f64 / 1e9);
    Table::of(all)
        .words("workload", "workload", |service| service.workload.as_str())
        .words("tracker", "tracker", |service| arm_title(&service.arm, service.version.as_deref()))
        .figure("CPU per 1,000", "cpu_s_per_1000", |service| {
            service.cpu_s_per_1000.map(Value::seconds)
        })
        .estimate("tracked ÷ untracked", "cpu_overhead", |service| service.cpu_overhead)
        .words("difference", "detection", |service| {
            let told = |word| Value::Text(words::difference(word, service.detectable));
            service.detection.map_or(Value::Empty, told)
        })
        .figure("user", "user_s_per_1000", |service| service.user_s_per_1000.map(Value::seconds))
        .spare()
        .figure("kernel", "system_s_per_1000", |service| {
            service.system_s_per_1000.map(Value::seconds)
        })
        .spare()
        .figure("wake-ups", "wakeups_per_1000", |service| {
            service.wakeups_per_1000.map(|number| Unit::Whole.of(number))
        })
        .spare()
        .figure("requests/s", "requests_per_s", |service| {
            service.throughput.map(|rate| Unit::Whole.of(rate))
        })
        .figure("p50", "p50_s", |service| service.latency.map(|latency| time(latency.p50_ns)))
        .figure("p90", "p90_s", |service| service.latency.map(|latency| time(latency.p90_ns)))
        .spare()
        .figure("p99", "p99_s", |service| service.latency.map(|latency| time(latency.p99_ns)))
        .figure("p99.9", "p999_s", |service| {
            service.latency.and_then(|latency| latency.p999_ns).map(time)
        })
        .spare()
        .figure("max", "max_s", |service| service.latency.map(|latency| time(latency.max_ns)))
        .spare()
        .table("servers", "Servers under load")
        .note(
            "CPU time is the server's alone, in user mode and in the kernel, for a thousand \
             requests: what tracking costs, and what the difference is judged by. Wake-ups: how often its \
             threads went to sleep and were woken, for a thousand requests, too. Requests a second and latencies depend on the \
             client too, which runs untracked on the same cores in a closed loop, a new \
             connection for every request. Medians over samples.",
        )
}

/// The stability ledger, a row for each witness of a test.
pub(super) fn ledger(entries: &[HeapCheck]) -> Table {
    let rows: Vec<Witness<'_>> = entries.iter().flat_map(witnesses).collect();
    let mut table = Table::of(&rows)
        .words("test", "test", |row| row.about(test(row.entry)))
        .words("objective", "objective", |row| row.about(row.entry.objective.to_owned()))
        .words("load", "load", |row| row.about(row.entry.load.clone()))
        .words("verdict", "verdict", |row| row.about(row.entry.judgement.label().to_owned()))
        .words("witness", "witness", |row| row.name.clone())
        .figure("allocations", "allocations", |row| row.counts[0].map(Value::Count))
        .figure("frees", "frees", |row| row.counts[1].map(Value::Count))
        .figure("bytes", "bytes", |row| row.counts[2].map(Value::Count));
    for (index, (heading, fields)) in LEFT.into_iter().enumerate() {
        table = table.pair(heading, fields, |row| row.left.get(index).cloned());
    }
    table
        .figure("errors", "errors", |row| row.errors.map(Value::Count))
        .table("ledger", "The stability ledger")
        .note(ledger_note(entries))
}

/// What can be left, by who still points to it.
const LEFT: [(&str, [&str; 2]); 4] = [
    ("definitely lost", ["definitely_lost_bytes", "definitely_lost_allocations"]),
    ("indirectly lost", ["indirectly_lost_bytes", "indirectly_lost_allocations"]),
    ("possibly lost", ["possibly_lost_bytes", "possibly_lost_allocations"]),
    ("still reachable", ["still_reachable_bytes", "still_reachable_allocations"]),
];

fn ledger_note(entries: &[HeapCheck]) -> String {
    let mut note = format!(
        "What was not freed when the process ended. Memcheck counts a reallocation as an allocation and a \
         free; so does the ground truth here. Figures of Nodepp are those that it publishes ({UPSTREAM_SOURCE}): \
         another language and other machines, for orientation alone."
    );
    if entries.iter().any(|entry| entry.memcheck.is_some()) {
        note += &format!(" {BEYOND_RUST}");
    }
    let before_main = |counted: &Counted| {
        let alive = counted.allocations.saturating_sub(counted.frees);
        alive.saturating_sub(counted.left.allocations.saturating_add(counted.own.allocations))
    };
    let before_main = entries.iter().filter_map(|entry| entry.counted.as_ref().map(before_main));
    if let Some(number) = before_main.max().filter(|&number| number > 0) {
        note += &format!(
            " The ground truth counts from the start of the process: {} that the Rust runtime made before `main`, \
             and keeps to the very end, {} among its allocations, and not in what is left.",
            units::counted(usize::try_from(number).unwrap_or(usize::MAX), "allocation"),
            if number == 1 { "is" } else { "are" }
        );
    }
    for (tests, said) in heap_check::notes(entries) {
        let all = tests.len() == entries.len() && entries.len() > 1;
        let tests = if all { "All".to_owned() } else { tests.join(", ") };
        note += &format!(" {tests}: {said}.");
    }
    note
}

/// What one witness says of a test.
struct Witness<'a> {
    entry: &'a HeapCheck,
    /// Whether it is the first one, which says what the test is.
    first: bool,
    name: Value,
    /// Allocations, frees, bytes.
    counts: [Option<u64>; 3],
    /// As in [`LEFT`], or as much of it as the witness knows.
    left: Vec<Value>,
    errors: Option<u64>,
}

impl Witness<'_> {
    fn about(&self, text: String) -> Value {
        if self.first { Value::Text(text) } else { Value::Ditto(text) }
    }
}

fn witnesses(entry: &HeapCheck) -> Vec<Witness<'_>> {
    let left = |left: NotFreed| Value::Left(left.bytes, left.allocations);
    let mut all = Vec::new();
    let mut says = |name: Value, counts, left, errors| {
        all.push(Witness { entry, first: all.is_empty(), name, counts, left, errors });
    };
    if let Some(found) = &entry.memcheck {
        let name = format!("Memcheck {}", found.version);
        let counts = [found.allocations, found.frees, found.bytes].map(Some);
        let lost = [found.definitely_lost, found.indirectly_lost, found.possibly_lost];
        let left = lost.into_iter().chain([found.still_reachable]).map(left).collect();
        says(name.into(), counts, left, Some(found.errors));
    }
    if let Some(counted) = &entry.counted {
        let counts = [counted.allocations, counted.frees, counted.bytes].map(Some);
        // It knows what is left, not who still points to it.
        says("ground truth".into(), counts, vec![left(counted.left)], None);
    }
    if let Some(upstream) = &entry.upstream {
        let name = format!("Nodepp's {}, as published", upstream.name);
        let counts = [Some(upstream.allocations), Some(upstream.allocations), None];
        says(name.into(), counts, vec![Value::Count(upstream.leaked_bytes)], None);
    }
    if entry.memcheck.is_none() && entry.counted.is_none() && entry.upstream.is_none() {
        says(Value::Absent, [None; 3], Vec::new(), None);
    }
    all
}

fn test(entry: &HeapCheck) -> String {
    if entry.arm.role == Role::Base {
        entry.workload.clone()
    } else {
        format!("{} under {}", entry.workload, entry.arm)
    }
}

/// What grows when a workload is repeated, a row for each reading.
pub(super) fn soaks(all: &[SoakResult]) -> Table {
    let figure = |row: &Reading<'_>, of: fn(&Trend) -> f64| {
        row.judged().ok().map(|slope| row.unit.of(of(slope)))
    };
    let rows: Vec<Reading<'_>> = all.iter().flat_map(readings).collect();
    Table::of(&rows)
        .words("workload", "workload", |row| row.soak.workload.as_str())
        .words("tracker", "arm", |row| row.soak.arm.to_string())
        .words("reading", "reading", |row| row.name)
        .words("verdict", "verdict", |row| match row.judged() {
            Ok(slope) if slope.grows => "GROWING",
            Ok(_) => "flat",
            Err(reason) => reason,
        })
        .figure("slope per second", "slope_per_second", move |row| {
            figure(row, |slope| slope.per_second)
        })
        .pair("95 % interval", ["slope_low", "slope_high"], |row| {
            row.judged().ok().map(|slope| Value::Interval([slope.low, slope.high], row.unit))
        })
        .figure("at the end", "last", move |row| figure(row, |slope| slope.last))
        .figure("repetitions", "repetitions", |row| Value::Count(row.soak.repetitions))
        .figure("for", "seconds", |row| Value::seconds(row.soak.seconds))
        .table("soaks", "Soaks: flat or growing")
        .note(
            "One process repeats the workload. The slope is that of a straight line through the \
             lowest points of twenty stretches of time, with its 95 % interval, without the \
             first tenth, in which caches fill: a leak raises the floor. It is called growing if \
             the interval lies above zero, and the floor at the end more than 1 % above that at \
             the beginning.",
        )
}

/// One reading of a soak.
struct Reading<'a> {
    soak: &'a SoakResult,
    name: &'static str,
    slope: Option<Trend>,
    unit: Unit,
}

impl Reading<'_> {
    /// Its slope, or why there is none to judge.
    fn judged(&self) -> Result<&Trend, &str> {
        match (&self.slope, &self.soak.failure) {
            (_, Some(failure)) => Err(failure),
            (None, None) => Err("unknown: too few repetitions"),
            (Some(slope), None) => Ok(slope),
        }
    }
}

fn readings(soak: &SoakResult) -> [Reading<'_>; 3] {
    let number = Unit::Decimals(3, "");
    [
        Reading { soak, name: "live bytes", slope: soak.live_bytes, unit: Unit::Bytes },
        Reading { soak, name: "resident memory", slope: soak.resident_bytes, unit: Unit::Bytes },
        Reading { soak, name: "file descriptors", slope: soak.descriptors, unit: number },
    ]
}

/// In one sentence: whether every test is clean.
pub fn ledger_verdict(entries: &[HeapCheck]) -> String {
    let bad: Vec<&str> = entries
        .iter()
        .filter(|entry| !entry.judgement.is_good())
        .map(|entry| entry.workload.as_str())
        .collect();
    let on_purpose = entries.iter().filter(|entry| entry.judgement == Judgement::OnPurpose).count();
    match (bad.is_empty(), on_purpose) {
        (true, 0) => "Every allocation was freed, in every test.".to_owned(),
        (true, _) => "Nothing leaks but what is meant to leak.".to_owned(),
        (false, _) => format!("Leaks or failures in: {}.", bad.join(", ")),
    }
}
