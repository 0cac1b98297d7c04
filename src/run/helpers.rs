//! What a tool's own processes have used, which work beside the program: they are a part of its cost.

use std::fs;
use std::path::Path;

use crate::common::machine::in_bytes;

/// Processor time and memory of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Helpers {
    /// CPU time, user and kernel.
    pub cpu_ns: u64,
    /// Their largest resident sets, together.
    pub resident_bytes: u64,
}

/// What these processes have used so far; `None` if none of them is another's program than that one, or the system does
/// not tell. By `proc_pid_schedstat(5)`, whose first number is nanoseconds on a processor, of each thread.
pub(super) fn used(processes: impl IntoIterator<Item = u32>, program: &Path) -> Option<Helpers> {
    let program = fs::canonicalize(program).ok()?;
    let others = processes.into_iter().filter(|process| {
        fs::read_link(format!("/proc/{process}/exe")).is_ok_and(|one| one != program)
    });
    let all = others.filter_map(|process| {
        Some(Helpers { cpu_ns: cpu_of(process)?, resident_bytes: peak_of(process)? })
    });
    all.reduce(|one, other| Helpers {
        cpu_ns: one.cpu_ns + other.cpu_ns,
        resident_bytes: one.resident_bytes + other.resident_bytes,
    })
}

fn cpu_of(process: u32) -> Option<u64> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten();
    let times = threads.map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    times.sum()
}

fn peak_of(process: u32) -> Option<u64> {
    in_bytes(&format!("/proc/{process}/status"), "VmHWM:")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_works_beside_the_program_is_counted_and_the_program_is_not() {
        let mut busy = Command::new("sh");
        busy.args(["-c", "while true; do :; done"]).stdout(Stdio::null());
        let mut busy = busy.spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        let own = std::env::current_exe().unwrap();
        let helpers = used([busy.id(), std::process::id()], &own);
        let shell = fs::read_link(format!("/proc/{}/exe", busy.id())).unwrap();
        let none = used([busy.id()], &shell);
        busy.kill().unwrap();
        busy.wait().unwrap();
        let Helpers { cpu_ns, resident_bytes } = helpers.unwrap();
        assert!(cpu_ns > 1_000_000 && cpu_ns < 10_000_000_000, "{cpu_ns}");
        assert!(resident_bytes > 100_000 && resident_bytes < 50_000_000, "{resident_bytes}");
        assert_eq!(none, None);
    }
}
