//! The processes that a process has started, and they in turn; only on Linux, elsewhere none are seen.

use std::fs;
use std::process;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often all are ended: what is being killed may still start others.
const ROUNDS: u32 = 1_000;

/// Ends all that this process started, and they in turn: when it is about to end itself.
pub fn end_all() {
    for _ in 0..ROUNDS {
        let left = descendants_of(process::id());
        // A child that has ended and was not waited for is still listed, and is no matter.
        let left: Vec<u32> = left.into_iter().filter(|&one| !has_ended(one)).collect();
        if left.is_empty() {
            return;
        }
        for process in left {
            let _ = kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL);
        }
    }
}

/// By `proc_pid_stat(5)`: what follows the name in parentheses.
fn has_ended(process: u32) -> bool {
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']))
}

/// All that a process started, and they in turn, where the system tells.
pub fn descendants_of(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut open = vec![process];
    // A bound, since a fork bomb is faster than we read.
    while let (Some(process), true) = (open.pop(), found.len() < 10_000) {
        let children = children_of(process).into_iter().filter_map(|child| child.try_into().ok());
        let children: Vec<u32> = children.collect();
        found.extend(&children);
        open.extend(children);
    }
    found
}

/// By `proc_pid_task(5)`: each thread has a list of the processes that it started or adopted.
pub fn children_of(process: u32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children = lists.flat_map(|list| {
        list.split_ascii_whitespace().filter_map(|one| one.parse().ok()).collect::<Vec<i32>>()
    });
    children.collect()
}
