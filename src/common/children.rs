//! What the processes have used that this one started.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// CPU time, user and kernel, of all children that have ended, with those that they started and waited for, in seconds.
pub fn ended_cpu_s() -> f64 {
    // It fails only for a wrong argument.
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    let taken = usage.map(|usage| (usage.user_time() + usage.system_time()).num_microseconds());
    taken.unwrap_or_default() as f64 / 1e6
}
