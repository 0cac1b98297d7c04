//! Made-up replies for tests: round figures, the two sides disagreeing in some.

use protocol::{
    Cost, Heap, Identity, PROTOCOL, Part, Reply, Reported, TimelinePoint, TrackerReport, Truth,
    TypeUse,
};

use super::{StressOutcome, phases};
use crate::plan::catalog::Realloc;
use crate::plan::settings::Settings;

/// A reply of all phases, each of one second, looked at ten times.
#[expect(clippy::too_many_lines, reason = "one of each field, by itself")]
pub(crate) fn reply() -> Reply {
    let second = 1_000_000_000;
    let part = |(index, meta): (usize, &&protocol::workloads::Workload)| {
        let blocks = 10_u64.pow(index as u32);
        let heap = Heap {
            kept_bytes: None,
            allocations: blocks,
            allocated_bytes: blocks * 48,
            ..Heap::default()
        };
        let mut size_classes = vec![0; 7];
        size_classes[6] = blocks;
        Part {
            workload: meta.name.to_owned(),
            begin_ns: index as u64 * second,
            cost: Cost { wall_ns: second, ..Cost::default() },
            truth: Some(Truth { heap, variables: 3, size_classes }),
            own_heap: Some(Heap::default()),
            own_live_bytes: None,
            leaked: None,
            variables: vec![type_use("Vec<String>", 2, 48), type_use("String", 1, 7)],
            served: None,
            latencies: None,
        }
    };
    let point = |tenth: u64| TimelinePoint {
        at_ns: tenth * second / 10 + second / 20,
        live_bytes: 1_000_000 + tenth % 10 * 100_000,
        own_bytes: 500_000 + tenth * 10_000,
        resident_bytes: Some(3_000_000 + tenth * 30_000),
    };
    let heap = Heap {
        kept_bytes: None,
        peak_live_allocations: None,
        allocations: 11_111_111,
        deallocations: 11_000_000,
        reallocations: 1_000,
        allocated_bytes: 533_333_328,
        freed_bytes: 528_000_000,
        live_allocations: 111_111,
        live_bytes: 5_333_328,
        peak_live_bytes: 7_000_000,
    };
    Reply {
        protocol: PROTOCOL,
        identity: Identity {
            tracker: "memscope-rs".to_owned(),
            version: "0.2.5".to_owned(),
            mode: "full".to_owned(),
            debug_build: false,
        },
        main_unix_ns: 0,
        init_ns: 1_000_000,
        parts: phases::all().iter().enumerate().map(part).collect(),
        truth: Some(Truth { heap, variables: 24, size_classes: Vec::new() }),
        own_heap: Some(Heap {
            allocations: 20_000,
            deallocations: 5_000,
            live_allocations: 15_000,
            live_bytes: 1_290_000,
            allocated_bytes: 2_000_000,
            freed_bytes: 710_000,
            peak_live_bytes: 1_300_000,
            ..Heap::default()
        }),
        reported: Some(Reported {
            allocations: Some(11_132_111),
            deallocations: Some(11_006_000),
            allocated_bytes: Some(535_000_000),
            live_allocations: Some(126_111),
            live_bytes: Some(5_333_328),
            peak_live_bytes: Some(7_700_000),
            variables: Some(24),
            types: vec![type_use("Vec<T>", 16, 384), type_use("String", 7, 49)],
            ..Reported::default()
        }),
        readout_ns: Some(250_000_000),
        leaks: None,
        report: Some(TrackerReport {
            took_ns: 2 * second,
            files: vec![("dashboard.html".to_owned(), 25_000_000)],
            problem: None,
        }),
        moments: Vec::new(),
        timeline: (0..80).map(point).collect(),
        soak: Vec::new(),
    }
}

fn type_use(name: &str, count: u64, bytes: u64) -> TypeUse {
    TypeUse { type_name: name.to_owned(), count, bytes: Some(bytes) }
}

/// What the stress test makes of a reply.
pub(crate) fn outcome(reply: &Reply) -> StressOutcome {
    let environment = crate::record::environment::Environment {
        command: "memscope-bench".to_owned(),
        ..crate::fixture::environment()
    };
    StressOutcome::new(
        reply,
        Some(Realloc::Both),
        environment,
        11_000_000_000,
        &Settings::default(),
    )
}

/// A reply with nothing in it that need not be: no truth, no timeline, no figures.
pub(crate) fn empty() -> Reply {
    let mut reply = reply();
    for part in &mut reply.parts {
        *part = Part {
            workload: part.workload.clone(),
            begin_ns: 0,
            cost: Cost::default(),
            truth: None,
            own_heap: None,
            own_live_bytes: None,
            leaked: None,
            variables: Vec::new(),
            served: None,
            latencies: None,
        };
    }
    Reply {
        truth: None,
        own_heap: None,
        reported: None,
        readout_ns: None,
        leaks: None,
        report: None,
        timeline: Vec::new(),
        ..reply
    }
}
