//! A control group (version 2) of a sample's own, where one can be made: all that a subject starts is in it, whatever that
//! does to its environment, its session and its parents.
//!
//! By `cgroups(7)`. No controller is turned on in it, so that nothing is scheduled or accounted in another way than without.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// What the folders of our groups begin with; the process that made one and the sample's number follow.
const PREFIX: &str = "memscope-bench-";

/// How often it is tried to take a group away: what was ended may take a moment to go.
const TRIES: u32 = 100;

/// The group of one sample. All that is in it is ended when this is dropped.
#[derive(Debug)]
pub(super) struct ControlGroup {
    folder: PathBuf,
}

impl ControlGroup {
    /// A new one, below the group that we are in ourselves.
    ///
    /// # Errors
    ///
    /// Why the system does not let us, in words.
    pub(super) fn new(mark: &str) -> Result<Self, String> {
        static OURS: OnceLock<Option<PathBuf>> = OnceLock::new();
        let ours = OURS.get_or_init(|| own().inspect(|ours| tidy(ours)));
        let ours = ours.as_ref().ok_or("no control groups of version 2 are mounted")?;
        let folder = ours.join(format!("{PREFIX}{mark}"));
        fs::create_dir(&folder)
            .map_err(|error| format!("none can be made in {}: {error}", ours.display()))?;
        Ok(Self { folder })
    }

    /// Takes a process in, and with it all that it starts from now on.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub(super) fn take_in(&self, process: u32) -> io::Result<()> {
        fs::write(self.folder.join("cgroup.procs"), process.to_string())
    }

    /// All that is in it and has not ended.
    pub(super) fn members(&self) -> Vec<u32> {
        let list = fs::read_to_string(self.folder.join("cgroup.procs")).unwrap_or_default();
        list.lines().filter_map(|line| line.parse().ok()).collect()
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        for _ in 0..TRIES {
            // At once and whole: what is being ended cannot start others.
            if !self.members().is_empty() {
                let _ = fs::write(self.folder.join("cgroup.kill"), "1");
            }
            if fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Whether samples get a control group of their own here, or why not.
///
/// # Errors
///
/// The reason, in words.
pub fn control_groups() -> Result<(), String> {
    ControlGroup::new(&format!("{}-try", std::process::id())).map(drop)
}

/// The folder of the group that this process is in.
fn own() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    place(&mounts, &groups).filter(|folder| folder.join("cgroup.procs").is_file())
}

/// By `proc_pid_mountinfo(5)`: the fourth field is what is mounted, the fifth where; behind ` - ` its kind.
fn place(mounts: &str, groups: &str) -> Option<PathBuf> {
    let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "))?;
    let [root, point] = [3, 4].map(|field| mount.split(' ').nth(field));
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let below = Path::new(group).strip_prefix(root?).ok()?;
    Some(Path::new(point?).join(below))
}

/// Takes away what harnesses that were killed have left. One that holds a process stays.
fn tidy(ours: &Path) {
    for entry in fs::read_dir(ours).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        let maker = maker.and_then(|maker| maker.parse::<u32>().ok());
        if maker.is_some_and(|maker| !Path::new(&format!("/proc/{maker}")).exists()) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_group_is_found_wherever_it_is_mounted() {
        let mounts = "24 1 0:22 / /proc rw - proc proc rw\n\
                      41 32 0:36 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
        let groups = "4:memory:/elsewhere\n0::/user.slice/session-2.scope\n";
        let folder = place(mounts, groups);
        assert_eq!(folder, Some(PathBuf::from("/sys/fs/cgroup/user.slice/session-2.scope")));
        // In a container that sees a part of them.
        let part = "41 32 0:36 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
        assert_eq!(place(part, "0::/docker/ab\n"), Some(PathBuf::from("/sys/fs/cgroup")));
        assert_eq!(place(part, "0::/../cd\n"), None);
        assert_eq!(place("", groups), None);
        assert_eq!(place(mounts, "4:memory:/elsewhere\n"), None);
    }
}
