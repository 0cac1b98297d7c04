//! A tracker that is a tool in front of the untracked program: Valgrind Memcheck and others, by its `launcher` in
//! `trackers.toml`. What a tool cannot tell is absent from its records, and not zero.
//!
//! Such a tool counts the whole process. So beside what we count it has what the loader, the C library and the making
//! of the reply allocate: a constant, measured here on the smallest workload and held against another one.

mod common;

use std::process::Command;

use common::{errors, has_tool, newest_run, run, text};
use memscope_bench::plan::arm::Role;
use memscope_bench::record::{Audited, Record};
use protocol::{Heap, Pass, Reported};

/// The smallest workload, and one of 36 times as many allocations.
const TWO: [&str; 2] = ["fragmentation", "basic-structures"];

/// What a tool may count beside what we count, where no thread is started.
const BESIDE_CALLS: u64 = 40;
const BESIDE_BYTES: u64 = 100_000;

/// The version that Valgrind gives itself.
fn valgrind_version() -> String {
    let output = Command::new("valgrind").arg("--version").output().unwrap();
    // "valgrind-3.19.0"
    text(&output.stdout).trim().replacen("valgrind-", "", 1)
}

#[test]
fn memcheck_is_measured_like_any_tracker() {
    if !common::has_valgrind() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let chosen = ["measure", "-t", "memcheck", "-w", "fragmentation"];
    let output =
        run(folder.path(), &[&chosen[..], &["--scale", "0.01", "--samples", "2"]].concat());
    assert!(output.status.success(), "{}", errors(&output));
    assert!(text(&output.stdout).contains("memcheck"), "{}", text(&output.stdout));
    let records = newest_run(folder.path()).records;
    // An audit and a warm-up, and two samples.
    let (wrapped, others): (Vec<&Record>, Vec<&Record>) =
        records.iter().partition(|record| record.arm.role == Role::Tracked);
    assert_eq!((wrapped.len(), others.len()), (4, 1 + 2 * 3));
    for record in &wrapped {
        assert_eq!(record.outcome.failure(), None);
        assert_eq!(record.arm.to_string(), "memcheck");
        assert_eq!(record.version.as_deref(), Some(valgrind_version().as_str()));
        let process = record.outcome.process().unwrap();
        assert_eq!((process.init_ns, process.readout_ns), (None, None));
        assert!(process.startup_ns.is_some() && record.cost().unwrap().wall_ns > 0);
    }
    for record in &others {
        let process = record.outcome.process().expect("it works without Valgrind");
        assert!(process.init_ns.is_some(), "{record:?}");
    }

    let audit = wrapped.iter().find(|record| record.pass == Pass::Audit).expect("it is audited");
    let audited = audit.outcome.audited().unwrap();
    assert_eq!(audited.own_heap, None, "{audited:?}");
    let (truth, reported) = (audited.truth.as_ref().unwrap(), audited.reported.as_ref().unwrap());
    // Of the whole process, the C library and the loader included; to it a reallocation is one more allocation.
    let counted = truth.heap.allocations + truth.heap.reallocations;
    let more = reported.allocations.unwrap().checked_sub(counted);
    assert!(more.is_some_and(|more| more < 100), "{reported:?} {truth:?}");
    assert!(reported.allocated_bytes.unwrap() >= truth.heap.allocated_bytes, "{reported:?}");
    assert!(reported.deallocations.is_some() && reported.freed_bytes.is_some(), "{reported:?}");
    // It does not tell of a peak.
    assert_eq!((reported.peak_live_bytes, reported.variables), (None, None));
}

/// What a tool found of workloads at a hundredth of their size. `None` where it is not installed.
fn audits(tool: &str, workloads: [&str; 2]) -> Option<[Audited; 2]> {
    if !common::has_tool(tool) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = workloads;
    let chosen = ["audit", "-t", tool, "-w", first, "-w", second, "--scale", "0.01"];
    let output = run(folder.path(), &chosen);
    assert!(output.status.success(), "{tool}: {}", errors(&output));
    let records = newest_run(folder.path()).records;
    Some(workloads.map(|workload| {
        let is_it = |record: &&Record| {
            let of_it = record.arm.role == Role::Tracked && record.workload == workload;
            of_it && record.pass == Pass::Audit && record.experiment.is_none()
        };
        let record = records.iter().find(is_it).expect("it is audited");
        assert_eq!(record.outcome.failure(), None, "{tool} on {workload}");
        let version = record.version.as_deref().unwrap();
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{tool}: {version}");
        record.outcome.audited().unwrap().clone()
    }))
}

/// How much more a tool tells than we counted, of two workloads; not less, not more than may be, and of both the same.
fn beside(
    found: &[Audited; 2],
    most: u64,
    spread: u64,
    figures: impl Fn(&Reported, &Heap) -> (Option<u64>, u64),
) -> [u64; 2] {
    let more = found.each_ref().map(|audited| {
        let (reported, truth) = (audited.reported.as_ref(), audited.truth.as_ref());
        let (told, counted) = figures(reported.unwrap(), &truth.unwrap().heap);
        told.unwrap().checked_sub(counted).unwrap_or_else(|| panic!("too few: {found:?}"))
    });
    assert!(more[0] <= most && more[0].abs_diff(more[1]) <= spread, "{more:?}: {found:?}");
    more
}

#[test]
fn tools_miss_no_allocation_and_count_a_constant_more() {
    for tool in ["memcheck", "valgrind-dhat", "heaptrack", "gperftools", "jemalloc-prof"] {
        let Some(found) = audits(tool, TWO) else { continue };
        let calls = |reported: &Reported, truth: &Heap| {
            (reported.allocations, truth.allocations + truth.reallocations)
        };
        let calls = beside(&found, BESIDE_CALLS, 2, calls);
        println!("{tool}: {calls:?} allocations more");
        let bytes =
            |reported: &Reported, truth: &Heap| (reported.allocated_bytes, truth.allocated_bytes);
        match tool {
            "heaptrack" => assert_eq!(found[0].reported.as_ref().unwrap().allocated_bytes, None),
            // To the next size class: at most as much again.
            "jemalloc-prof" => {
                let most = found[0].truth.as_ref().unwrap().heap.allocated_bytes + BESIDE_BYTES;
                beside(&found, most, u64::MAX, bytes);
            }
            // The reply's own text is longer for longer numbers: its buffer may double once more.
            _ => {
                let bytes = beside(&found, BESIDE_BYTES, 8 << 10, bytes);
                println!("{tool}: {bytes:?} bytes more");
            }
        }
    }
}

#[test]
fn what_samples_stand_for_is_of_the_size_of_what_was_allocated() {
    let workloads = ["leak-detection", "basic-structures"];
    let Some(found) = audits("jemalloc-sampled", workloads) else { return };
    for audited in &found {
        let (reported, truth) = (audited.reported.as_ref(), audited.truth.as_ref());
        let (told, counted) = (reported.unwrap(), truth.unwrap().heap.allocated_bytes);
        let bytes = told.allocated_bytes.unwrap();
        println!("{bytes} of {counted} bytes");
        // One sample in 512 KiB: few of these, so that a single estimate may be far off.
        assert!((counted / 10..counted * 10).contains(&bytes), "{audited:?}");
        assert_eq!((told.deallocations, told.peak_live_bytes), (None, None), "{audited:?}");
    }
}

#[test]
fn a_process_that_reads_along_is_in_the_cost_and_one_that_only_waits_is_not() {
    let cost = |tool: &str| {
        let folder = tempfile::tempdir().unwrap();
        let size = ["-w", "reference-cycles", "--scale", "0.2", "--samples", "2"];
        let output = run(folder.path(), &[&["measure", "-t", tool], &size[..]].concat());
        assert!(output.status.success(), "{}", errors(&output));
        let records = newest_run(folder.path()).records;
        let timed = records.iter().filter(|record| record.arm.tracker == tool);
        timed.filter_map(Record::cost).next().expect("a timed sample")
    };
    if has_tool("heaptrack") {
        let cost = cost("heaptrack");
        let helpers = cost.helpers_cpu_ns.expect("heaptrack has an interpreter");
        assert!(helpers > 0 && cost.cpu_ns().unwrap() >= helpers, "{cost:?}");
        assert!(cost.peak_bytes() > cost.resident_peak_bytes, "{cost:?}");
    }
    // The program itself, with a library before its own.
    if has_tool("memusage") {
        assert_eq!(cost("memusage").helpers_cpu_ns, None);
    }
}

#[test]
fn the_c_library_counts_reallocations_apart() {
    let Some(found) = audits("memusage", TWO) else { return };
    beside(&found, BESIDE_CALLS, 2, |told, truth| (told.allocations, truth.allocations));
    beside(&found, BESIDE_CALLS, 2, |told, truth| (told.reallocations, truth.reallocations));
    beside(&found, BESIDE_CALLS, 4, |told, truth| (told.deallocations, truth.deallocations));
    let reported = found[0].reported.as_ref().unwrap();
    assert_eq!((reported.allocated_bytes, reported.freed_bytes), (None, None), "{reported:?}");
}

#[test]
fn peaks_are_those_of_the_program() {
    // What the loader holds while the program runs; for heaptrack the C++ library too, and two digits behind the point.
    let tools = [("valgrind-dhat", 8 << 10), ("memusage", 8 << 10), ("heaptrack", BESIDE_BYTES)];
    for (tool, most) in tools {
        let Some(found) = audits(tool, TWO) else { continue };
        let peak = |told: &Reported, truth: &Heap| (told.peak_live_bytes, truth.peak_live_bytes);
        println!("{tool}: {:?} bytes more", beside(&found, most, 8 << 10, peak));
    }
    let Some(found) = audits("massif", TWO) else { return };
    for audited in &found {
        let (reported, truth) = (audited.reported.as_ref(), audited.truth.as_ref());
        let reported = reported.unwrap();
        let (told, counted) =
            (reported.peak_live_bytes.unwrap(), truth.unwrap().heap.peak_live_bytes);
        // It may miss the last hundredth on the way to the peak.
        assert!(told >= counted * 99 / 100 && told <= counted + (8 << 10), "{audited:?}");
        assert_eq!((reported.allocations, reported.live_bytes), (None, None));
    }
}

#[test]
fn leak_checkers_find_what_nothing_points_to() {
    for tool in ["lsan", "tcmalloc-leaks"] {
        let Some([none, some]) = audits(tool, ["fragmentation", "planted-leaks"]) else { continue };
        let told = |audited: &Audited| {
            let reported = audited.reported.as_ref().unwrap();
            assert_eq!((reported.allocations, reported.live_bytes), (None, None), "{tool}");
            (reported.leaked_allocations.unwrap(), reported.leaked_bytes.unwrap())
        };
        assert_eq!(told(&none), (0, 0), "{tool}");
        let leaked = some.leaked.unwrap();
        let (allocations, bytes) = told(&some);
        // What a thread holds that never ends is not lost: its buffer, and what it was started with.
        assert!(
            allocations <= leaked.allocations && allocations + 3 >= leaked.allocations,
            "{some:?}"
        );
        assert!(bytes <= leaked.bytes && bytes + 11_000 >= leaked.bytes, "{tool}: {some:?}");
    }
}

#[test]
fn who_asks_for_a_tool_that_cannot_be_measured_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    for (tool, reason) in [("bytehound", "nightly compiler"), ("memleak", "no totals")] {
        let output = run(folder.path(), &["measure", "-t", tool, "-w", "fragmentation"]);
        assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
        assert!(errors(&output).contains(reason), "{}", errors(&output));
        let listed = text(&run(folder.path(), &["list"]).stdout);
        assert!(listed.contains(reason), "{listed}");
    }
}

#[test]
fn without_a_tool_it_is_said_how_to_install_it() {
    let folder = tempfile::tempdir().unwrap();
    for (tool, package) in [("heaptrack", "heaptrack"), ("jemalloc-prof", "libjemalloc2")] {
        let chosen = ["measure", "-t", tool, "-w", "fragmentation", "--scale", "0.01"];
        let output =
            common::memscope_bench(folder.path(), &chosen).env("PATH", "").output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        let words = format!("apt-get install {package}");
        assert!(errors(&output).contains(&words), "{}", errors(&output));
    }
}

#[test]
fn without_valgrind_it_is_said_how_to_install_it() {
    let folder = tempfile::tempdir().unwrap();
    let chosen = ["measure", "-t", "memcheck", "-w", "fragmentation", "--scale", "0.01"];
    let output = common::memscope_bench(folder.path(), &chosen).env("PATH", "").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("apt-get install valgrind"), "{}", errors(&output));
    assert!(!folder.path().join("target-reports").exists(), "no run was begun");
}
