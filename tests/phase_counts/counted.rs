//! What the ground truth counts of a phase, held against a prediction.

use std::process::Command;

use protocol::workloads;
use protocol::{Heap, Job, Params, Pass, ROLE_VARIABLE, Reply, Truth};

use super::common::programs;
use super::std_rules::Tally;

const THREADS: usize = 2;

/// What a thread may allocate for itself while a phase runs, or free, or leave. Threads are started just
/// before the phase, and nobody waits until they are up; so what the standard library, the runtime (a
/// list of deferred wakers) and the pool (crossbeam's reclamation) set up per thread falls into it, or
/// does not, and stays until the thread ends. And what a task is allocated in is freed by the thread that ran
/// it, perhaps when the main thread has long been told that the task is done. Seen: up to 6 allocations
/// for 2 threads together.
const PER_THREAD: u64 = 8;
/// The largest of those allocations are crossbeam's, of some two thousand bytes.
const BYTES_PER_THREAD: u64 = 8 << 10;
/// A task's allocation holds its future, and in it the random generator: about a thousand bytes.
const BYTES_PER_TASK: u64 = 4 << 10;

/// A prediction for a phase.
pub struct Predicted {
    pub heap: Tally,
    pub variables: u64,
}

/// Runs a phase once; what was counted.
pub fn truth(workload: &str, scale: f64, seed: u64) -> Truth {
    let params = Params { scale, seed, threads: THREADS, ..Params::default() };
    let job = Job { params, ..Job::new(workload, Pass::Audit) };
    let output = Command::new(programs().join("subject-untracked"))
        .env(ROLE_VARIABLE, "audit")
        .args(["--job", &serde_json::to_string(&job).unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut reply: Reply = serde_json::from_slice(&output.stdout).unwrap();
    reply.parts.remove(0).truth.expect("audited")
}

/// Runs a phase that is single-threaded, twice: the runs must agree in everything, and with the
/// prediction.
pub fn check_exactly(workload: &str, scale: f64, predicted: &Predicted) -> Truth {
    assert!(workloads::find(workload).unwrap().is_deterministic(), "{workload}");
    let truth = truth_twice(workload, scale, |one, other| assert_eq!(one, other));
    let heap = &truth.heap;
    let counted = Tally {
        allocations: heap.allocations,
        reallocations: heap.reallocations,
        bytes: heap.allocated_bytes,
    };
    assert_eq!(counted, predicted.heap, "{workload}");
    assert_eq!(truth.variables, predicted.variables, "{workload}");
    truth
}

/// Runs a phase with threads, twice: the runs must agree within 0.5 %, and each may exceed the
/// prediction by what its threads, and `tasks` tasks, need for themselves, but not fall short of it.
pub fn check_with_threads(workload: &str, scale: f64, tasks: u64, predicted: &Predicted) {
    assert!(!workloads::find(workload).unwrap().is_deterministic(), "{workload}");
    let close = |one: u64, other: u64| one.abs_diff(other) as f64 <= 0.005 * one as f64;
    let truth = truth_twice(workload, scale, |one, other| {
        let (one, other) = (&one.heap, &other.heap);
        assert!(close(one.events(), other.events()), "{one:?} {other:?}");
        assert!(close(one.allocated_bytes, other.allocated_bytes), "{one:?} {other:?}");
    });
    let Heap { allocations, reallocations, allocated_bytes, .. } = truth.heap;
    let Heap { deallocations, freed_bytes, .. } = truth.heap;
    // The main thread waits for the others, which takes an allocation or two as well.
    let noise = (THREADS as u64 + 1) * PER_THREAD;
    let bytes = (THREADS as u64 + 1) * BYTES_PER_THREAD + tasks * BYTES_PER_TASK;
    let least = predicted.heap;
    let within = |what, counted: u64, least: u64, slack: u64| {
        println!("{workload}: {what} {counted}, predicted {least} and up to {slack} more");
        assert!((least..=least + slack).contains(&counted), "{workload}: {what}");
    };
    within("allocations", allocations, least.allocations + tasks, noise);
    within("reallocations", reallocations, least.reallocations, noise);
    within("bytes", allocated_bytes, least.bytes, bytes);
    // What is left is as little.
    assert!(allocations.abs_diff(deallocations) <= noise, "{workload}: {:?}", truth.heap);
    assert!(allocated_bytes.abs_diff(freed_bytes) <= bytes, "{workload}: {:?}", truth.heap);
    assert_eq!(truth.variables, predicted.variables, "{workload}");
}

fn truth_twice(workload: &str, scale: f64, compare: impl Fn(&Truth, &Truth)) -> Truth {
    let (one, other) = (truth(workload, scale, 42), truth(workload, scale, 42));
    compare(&one, &other);
    // Each allocation that is new, or newly sized, is of one class of sizes.
    let all = one.heap.allocations + one.heap.reallocations;
    assert_eq!(one.size_classes.iter().sum::<u64>(), all, "{workload}");
    one
}

/// Asserts that all was freed.
pub fn assert_nothing_left(truth: &Truth) {
    let heap = &truth.heap;
    assert_eq!(heap.deallocations, heap.allocations);
    assert_eq!(heap.freed_bytes, heap.allocated_bytes);
    assert_eq!((heap.live_allocations, heap.live_bytes), (0, 0));
}
