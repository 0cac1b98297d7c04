//! Made-up runs and summaries for tests: round figures, failures, and what an attacker might send.

mod accuracy;
mod adoption;
mod instructions;
mod latency;
mod load;
mod records;
mod truth;

use protocol::Params;

pub(crate) use self::accuracy::{audit_of, own_heap};
pub(crate) use self::adoption::adoption;
pub(crate) use self::instructions::{instructed, instruction_audit};
pub(crate) use self::latency::summary_of_latencies;
pub(crate) use self::load::{loaded, summary_of_loads};
pub(crate) use self::records::{audited, failed, record, run, run_of, summarised, timed};
pub(crate) use self::truth::{judged_summary, summary_of_truth};
use crate::analyse::accuracy::{Check, Family, Grade, Standing};
use crate::analyse::summary::{
    BlockLinks, Cell, Content, FailureCount, Noise, Overall, Ratio, Rung, SizeCell, Summary,
    ThreadCell, Timing, WorkloadSummary,
};
use crate::plan::arm::{ArmId, Role};
use crate::plan::procedure::Experiment;
use crate::plan::spec::Spec;
use crate::record::environment::{Environment, SettingsRecord, VersionRecord};
use crate::record::{Failure, SCHEMA};

/// The arm of a name; behind a path, what follows the last slash is the mode.
pub(crate) fn arm(name: &str) -> ArmId {
    match name {
        "untracked" => return ArmId::base(),
        "untracked-twin" => return ArmId::twin(),
        _ => {}
    }
    let spec: Spec = name.parse().expect("the fixture's arms are SPECs");
    let (version, mode) = match (spec.version, spec.mode) {
        (Some(version), None) if version.contains(':') => {
            let (path, mode) = version.rsplit_once('/').expect("the fixture's paths have a mode");
            (Some(path.to_owned()), Some(mode.to_owned()))
        }
        other => other,
    };
    ArmId { tracker: spec.name, version, mode, role: Role::Tracked }
}

/// A reason as a hostile tracker would give it.
pub(crate) const HOSTILE: &str = "signal 11\n<script>alert(\"x\")</script> | `a` & b";

/// A machine that is nobody's.
pub(crate) fn environment() -> Environment {
    Environment {
        schema: SCHEMA,
        run: "20261122T041500Z-host-1a2b3c4d5e".to_owned(),
        started: "2026-11-22T04:15:00Z".to_owned(),
        command: "memscope-bench measure -t memscope-rs/full -t dhat --samples 12".to_owned(),
        harness_version: "0.1.0".to_owned(),
        revision: Some("1a2b3c4d5e".to_owned()),
        host: Some("host".to_owned()),
        platform: "linux x86_64".to_owned(),
        kernel: Some("6.1.0".to_owned()),
        cpu: Some("Example CPU @ 2.00GHz".to_owned()),
        cores: 2,
        memory_bytes: Some(8_000_000_000),
        rustc: Some("rustc 1.88.0 (6b00bc388 2025-06-23)".to_owned()),
        profile: "release".to_owned(),
        settings: SettingsRecord {
            params: Params { scale: 1.0, threads: 2, seed: 42, ..Params::default() },
            samples: Some(12),
            timeout_s: 300.0,
            memory_limit_bytes: 4_000_000_000,
            ..SettingsRecord::default()
        },
        ..Environment::default()
    }
}

pub(crate) fn ratio(ratio: f64, spread: f64) -> Ratio {
    Ratio { ratio, low: Some(ratio / spread), high: Some(ratio * spread), blocks: 12 }
}

fn timing(wall_s: f64, resident: f64) -> Timing {
    Timing {
        samples: 12,
        wall_s,
        wall_min_s: wall_s * 0.9,
        wall_max_s: wall_s * 1.4,
        cpu_s: Some(wall_s * 0.95),
        cpu_quartiles_s: Some([0.9, 0.93, 0.95, 0.97, 1.3].map(|share| wall_s * share)),
        resident_peak_bytes: Some(resident),
        outliers: 1,
    }
}

/// A tracker at a size of a workload: so many events in so many seconds, to each of which it adds these nanoseconds, at
/// least the second.
pub(crate) fn sized(
    arm: &ArmId,
    workload: &str,
    events: u64,
    untracked_cpu_s: f64,
    (ns, low): (f64, f64),
) -> SizeCell {
    SizeCell {
        workload: workload.to_owned(),
        arm: arm.clone(),
        version: None,
        scale: 1.0,
        events: Some(events),
        live: Some(events / 10),
        untracked_cpu_s: Some(untracked_cpu_s),
        overhead: None,
        added: Some(Rung { ns, low: Some(low), high: Some(2.0 * ns - low) }),
        own_peak_bytes: None,
        grade: Some(Grade::Exact),
        worst: None,
        failures: Vec::new(),
    }
}

/// A tracker on a workload at a number of threads.
pub(crate) fn threaded(arm: &ArmId, workload: &str, threads: usize, overhead: f64) -> ThreadCell {
    ThreadCell {
        workload: workload.to_owned(),
        arm: arm.clone(),
        version: Some("1.2.3".to_owned()),
        threads,
        scale: 1.0,
        untracked_cpu_s: Some(0.25),
        overhead: Some(ratio(overhead, 1.05)),
        wall_overhead: Some(ratio(overhead, 1.09)),
        noise: Some(Noise { twin: ratio(1.01, 1.06), factor: Some(1.0706) }),
        capture: Some(1.0 - 0.01 * threads as f64),
        grade: Some(Grade::Wrong),
        worst: Some(Check::new(
            Family::Live,
            "live allocations",
            10 * (threads as u64 % 16),
            Some(15),
        )),
        live_allocations: Some(overhead),
        failures: Vec::new(),
        blocks: Vec::new(),
        twin_blocks: Vec::new(),
        links: Default::default(),
    }
}

/// A cell that was measured.
pub(crate) fn cell(name: &str, version: &str, overhead: f64) -> Cell {
    Cell {
        arm: arm(name),
        version: Some(version.to_owned()),
        timing: Some(timing(0.0941 * overhead, 45_100_000.0 * overhead.sqrt())),
        overhead: Some(ratio(overhead, 1.05)),
        wall_overhead: Some(ratio(overhead * 1.02, 1.08)),
        memory: Some(ratio(overhead.sqrt(), 1.004)),
        detection: Some(if overhead > 1.1 { "slower" } else { "not detected" }),
        detectable: Some(overhead * 1.06),
        estimate: None,
        capture: Some(0.9996),
        failures: Vec::new(),
        blocks: Vec::new(),
        memory_blocks: Vec::new(),
    }
}

/// A cell all of whose samples failed.
pub(crate) fn failed_cell(arm: &str, failure: Failure, count: usize) -> Cell {
    Cell {
        timing: None,
        overhead: None,
        wall_overhead: None,
        memory: None,
        detection: None,
        detectable: None,
        capture: None,
        failures: vec![FailureCount {
            failure,
            with_report: false,
            count,
            reason: HOSTILE.to_owned(),
        }],
        ..cell(arm, "0.3.3", 1.0)
    }
}

/// A workload with these cells.
pub(crate) fn workload(name: &str, cells: Vec<Cell>) -> WorkloadSummary {
    WorkloadSummary {
        workload: name.to_owned(),
        blocks: 12,
        allocations: Some(1_150_660),
        events: Some(2_313_320),
        live: Some(11_103),
        untracked: Some(timing(0.0941, 45_100_000.0)),
        noise: Some(Noise { twin: ratio(1.01, 1.06), factor: Some(1.0706) }),
        untracked_failures: Vec::new(),
        twin_blocks: Vec::new(),
        links: BlockLinks::new(),
        cells,
    }
}

/// These workloads, with each arm's overall figures.
pub(crate) fn summary_of(workloads: Vec<WorkloadSummary>) -> Summary {
    let mut overall: Vec<Overall> = Vec::new();
    for cell in workloads.iter().flat_map(|workload| &workload.cells) {
        let at = overall.iter().position(|known| known.arm == cell.arm).unwrap_or_else(|| {
            let (arm, version) = (cell.arm.clone(), cell.version.clone());
            overall.push(Overall {
                arm,
                version,
                kind: None,
                overhead: None,
                workloads: 0,
                wall_overhead: cell.wall_overhead,
                memory: cell.memory,
                detection: cell.detection,
                detectable: cell.detectable,
                estimate: None,
                failed: 0,
                rank: None,
                measured: Some("2026-11-28".to_owned()),
            });
            overall.len() - 1
        });
        match cell.overhead {
            Some(figure) => {
                overall[at].workloads += 1;
                overall[at].overhead.get_or_insert(ratio(figure.ratio, 1.025));
            }
            None => overall[at].failed += usize::from(!cell.failures.is_empty()),
        }
    }
    let [soak, threads] = [Experiment::Soak, Experiment::Threads].map(Content::Experiment);
    Summary {
        environments: vec![environment()],
        contents: vec![[Content::Timed, Content::Audited, soak, threads].into()],
        workloads,
        overall,
        noise: Some(Noise { twin: ratio(1.002, 1.02), factor: Some(1.022) }),
        debug_build: false,
        measured_share: Some(0.75),
        measuring_s: 83.0,
        audits: Vec::new(),
        standings: Vec::new(),
        leaks: Vec::new(),
        growth: Vec::new(),
        allocators: Vec::new(),
        estimates: Vec::new(),
        threads: Vec::new(),
        sizes: Vec::new(),
        size_growth: Vec::new(),
        ladders: Vec::new(),
        services: Vec::new(),
        heap_checks: Vec::new(),
        soaks: Vec::new(),
        instructions: Vec::new(),
        latencies: Vec::new(),
        loads: Vec::new(),
        calibrations: Vec::new(),
        adoptions: Vec::new(),
        history: Vec::new(),
    }
}

/// Two arms on four phases: figures, an absent one, a difference that is not detected, a cell that
/// failed and one that failed in part.
pub(crate) fn summary() -> Summary {
    let memscope = |overhead| cell("memscope-rs/full", "0.2.5", overhead);
    let dhat = |overhead| cell("dhat", "0.3.3", overhead);
    let mut absent = memscope(1.03);
    absent.memory = None;
    absent.capture = None;
    if let Some(timing) = &mut absent.timing {
        timing.resident_peak_bytes = None;
    }
    let mut partly = dhat(12.3);
    let reason = "no answer within 300 s".to_owned();
    partly.failures =
        vec![FailureCount { failure: Failure::TimedOut, with_report: false, count: 1, reason }];
    let mut unmeasured = workload(
        "leak-detection",
        vec![partly, failed_cell("memscope-rs/full", Failure::OutOfMemory, 12)],
    );
    unmeasured.allocations = None;
    unmeasured.noise = None;
    summary_of(vec![
        workload("basic-structures", vec![dhat(6.2), memscope(3.214)]),
        workload(
            "concurrent-tasks",
            vec![failed_cell("dhat", Failure::Crashed, 13), memscope(31.24)],
        ),
        workload("data-processing", vec![dhat(1.4), absent]),
        unmeasured,
    ])
}

/// One arm on two phases, without failures.
pub(crate) fn plain_summary() -> Summary {
    let memscope = |overhead| vec![cell("memscope-rs/full", "0.2.5", overhead)];
    summary_of(vec![
        workload("basic-structures", memscope(3.2)),
        workload("fragmentation", memscope(1.9)),
    ])
}

/// The same summary with its cells audited.
fn with_audits(mut summary: Summary) -> Summary {
    summary.audits = accuracy::audits_of_all(&summary);
    summary.standings = Standing::all(&summary.audits);
    summary
}

/// Many arms and workloads, with names as long as they get.
pub(crate) fn large_summary(arms: usize, workloads: usize) -> Summary {
    let rows = (0..workloads).map(|row| {
        let name = format!("workload-{row}-with-a-name-that-goes-on-and-on-and-on-and-on");
        let cells = (0..arms).map(|arm| {
            let name = format!("memscope-rs@0.1.{arm}/allocator-and-more");
            match (row + arm) % 7 {
                6 => failed_cell(&name, Failure::FloodedLog, 13),
                _ => cell(&name, "0.1.0", 1.0 + (row * arm) as f64 * 0.7),
            }
        });
        workload(&name, cells.collect())
    });
    with_audits(summary_of(rows.collect()))
}

/// Sixteen versions on eight phases, as the matrix has them: some dear, some wrong, one that does not build.
pub(crate) fn versions_summary() -> Summary {
    let versions: Vec<String> = (0..11)
        .map(|patch| format!("0.1.{patch}"))
        .chain((0..5).map(|p| format!("0.2.{p}")))
        .collect();
    let phases = [
        "basic-structures",
        "nested-structures",
        "concurrent-tasks",
        "data-processing",
        "mixed-workload",
        "leak-detection",
        "fragmentation",
        "reference-cycles",
    ];
    let rows = phases.iter().enumerate().map(|(row, name)| {
        let cells = versions.iter().enumerate().map(|(index, version)| {
            let arm = format!("memscope-rs@{version}/full");
            match (index, row) {
                (4, _) => failed_cell(&arm, Failure::Build, 1),
                (7, 2) => failed_cell(&arm, Failure::TimedOut, 11),
                _ => cell(&arm, version, 1.02 + ((index * (row + 1)) as f64) * 0.9),
            }
        });
        workload(name, cells.collect())
    });
    let mut summary = with_audits(summary_of(rows.collect()));
    for (index, version) in versions.iter().enumerate() {
        summary.environments[0].versions.push(VersionRecord {
            tracker: "memscope-rs".to_owned(),
            asked: version.clone(),
            version: version.clone(),
            released: Some(format!("2025-{:02}-15", 1 + index / 2)),
            ..VersionRecord::default()
        });
    }
    summary
}
