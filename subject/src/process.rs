//! What the operating system knows of this process. No reading allocates on the heap, so that none
//! shows up in what is measured. A figure that this system does not offer is `None`.

use std::fs::File;
use std::io::{Read, Write};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::protocol::Cost;

/// Readings at the beginning of a measured region.
#[derive(Debug)]
pub(crate) struct Before {
    usage: Option<Usage>,
    resident_bytes: Option<u64>,
    peak_is_reset: bool,
}

impl Before {
    /// Takes the readings. The peak of the resident set starts anew: without that, `VmHWM` would hold
    /// whatever set-up needed.
    pub(crate) fn read() -> Self {
        let peak_is_reset = reset_peak();
        Self {
            peak_is_reset,
            resident_bytes: status("VmRSS:"),
            usage: getrusage(UsageWho::RUSAGE_SELF).ok(),
        }
    }

    /// The cost since then of work that took `wall_ns`.
    pub(crate) fn cost(&self, wall_ns: u64) -> Cost {
        // First of all: the other readings cost CPU time themselves.
        let after = getrusage(UsageWho::RUSAGE_SELF).ok();
        let difference = |field: fn(&Usage) -> i64| {
            let (before, after) = (field(self.usage.as_ref()?), field(after.as_ref()?));
            u64::try_from(after - before).ok()
        };
        Cost {
            wall_ns,
            user_ns: difference(|usage| usage.user_time().num_nanoseconds()),
            system_ns: difference(|usage| usage.system_time().num_nanoseconds()),
            resident_before_bytes: self.resident_bytes,
            resident_peak_bytes: if self.peak_is_reset { status("VmHWM:") } else { None },
            minor_faults: difference(|usage| usage.minor_page_faults()),
            major_faults: difference(|usage| usage.major_page_faults()),
            voluntary_switches: difference(|usage| usage.voluntary_context_switches()),
            involuntary_switches: difference(|usage| usage.involuntary_context_switches()),
            // The runner's to know.
            helpers_cpu_ns: None,
            helpers_resident_bytes: None,
        }
    }
}

/// Makes `VmHWM` start anew (Linux 4.0 and later, `proc_pid_clear_refs(5)`); whether that worked.
fn reset_peak() -> bool {
    let file = File::options().write(true).open("/proc/self/clear_refs");
    file.and_then(|mut file| file.write_all(b"5")).is_ok()
}

/// A line of `/proc/self/status` that is given in kB, in bytes.
fn status(label: &str) -> Option<u64> {
    let mut buffer = [0; 4096];
    let read = File::open("/proc/self/status").ok()?.read(&mut buffer).ok()?;
    let text = std::str::from_utf8(buffer.get(..read)?).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Reads, again and again, the resident memory of this process that is not shared or mapped from
/// files: its heap and stacks.
#[derive(Debug)]
pub(crate) struct AnonymousMemory {
    statm: File,
    page_bytes: u64,
}

impl AnonymousMemory {
    pub(crate) fn open() -> Option<Self> {
        let page_bytes = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok()??;
        Some(Self {
            statm: File::open("/proc/self/statm").ok()?,
            page_bytes: u64::try_from(page_bytes).ok()?,
        })
    }

    /// In bytes.
    pub(crate) fn read(&self) -> Option<u64> {
        use std::os::unix::fs::FileExt;
        let mut buffer = [0; 256];
        let read = self.statm.read_at(&mut buffer, 0).ok()?;
        // "size resident shared …", in pages: proc_pid_statm(5).
        let mut fields = std::str::from_utf8(buffer.get(..read)?).ok()?.split_ascii_whitespace();
        let resident: u64 = fields.nth(1)?.parse().ok()?;
        let shared: u64 = fields.next()?.parse().ok()?;
        Some(resident.saturating_sub(shared) * self.page_bytes)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_that_of_the_region_and_not_of_what_came_before() {
        let touch = |megabytes: usize| std::hint::black_box(vec![1_u8; megabytes << 20]).len();
        touch(256);
        let before = Before::read();
        touch(32);
        let cost = before.cost(1);
        let grown = cost.resident_peak_bytes.unwrap() - cost.resident_before_bytes.unwrap();
        // Other tests of this process run beside it: bounds, not equality.
        assert!(grown >= 30 << 20, "grew by {grown} bytes");
        assert!(grown < 200 << 20, "grew by {grown} bytes");
        assert!(cost.minor_faults.unwrap() > 0);
    }

    #[test]
    fn cpu_time_is_counted_while_working() {
        let before = Before::read();
        let start = std::time::Instant::now();
        while start.elapsed().as_millis() < 30 {
            std::hint::black_box(0);
        }
        assert!(before.cost(1).cpu_ns().unwrap() > 1_000_000);
    }

    #[test]
    fn anonymous_memory_is_read() {
        assert!(AnonymousMemory::open().unwrap().read().unwrap() > 100_000);
    }
}
