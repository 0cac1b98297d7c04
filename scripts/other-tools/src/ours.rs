//! Trials of memscope-bench: a recording of `calibrate slow-downs`, cut into comparisons.

use std::path::Path;
use std::process::{Command, Stdio};

use memscope_bench::analyse::calibration::{Counted, SECONDS, SlowDowns, load};
use memscope_bench::plan::arm::Role;
use memscope_bench::record::Run;

use crate::Failed;

/// What is planted, in percent of CPU time, besides nothing.
pub const PLANTED: [u32; 3] = [2, 5, 10];

/// How much longer a recording takes than the comparisons with one of what is planted: it has three instead of one.
const ARMS: f64 = 2.0;

/// What a recording showed.
pub struct Recorded {
    /// Steps of work that were planted for each of [`PLANTED`].
    pub steps: Vec<u32>,
    /// Comparisons of the program with itself that were called different; then those with each of [`PLANTED`].
    pub different: Vec<Counted>,
}

/// What is recorded.
pub struct Ours<'a> {
    /// The program memscope-bench.
    pub program: &'a Path,
    /// The workload.
    pub workload: &'a str,
    /// Its scale.
    pub scale: f64,
    /// How long a comparison takes: one of [`SECONDS`], in seconds.
    pub seconds: f64,
}

impl Ours<'_> {
    /// Records as much as so many comparisons need.
    ///
    /// # Errors
    ///
    /// If it fails, or what it recorded cannot be read.
    pub fn record(&self, comparisons: u32, folder: &Path) -> Result<Recorded, Failed> {
        let budget = (self.seconds * f64::from(comparisons) * ARMS).ceil();
        let planted = PLANTED.map(|percent| percent.to_string()).join(",");
        let mut command = Command::new(self.program);
        command.args(["calibrate", "slow-downs", "--slow-down", &planted, "-w", self.workload]);
        command.args(["--scale", &self.scale.to_string(), "--budget", &format!("{budget}s")]);
        command.arg("--out").arg(folder).stdout(Stdio::null());
        let status = command.status()?;
        if !status.success() {
            return Err(format!("{command:?}: {status}").into());
        }
        let found = load(folder)?.pop().and_then(|mut one| one.slow_downs.pop());
        self.read(&found.ok_or("nothing was recorded")?, folder)
    }

    fn read(&self, found: &SlowDowns, folder: &Path) -> Result<Recorded, Failed> {
        let run = Run::load(&Run::newest(folder)?)?;
        let steps = PLANTED.iter().map(|percent| {
            let of = |role: Role| match role {
                Role::Planted(planted) => {
                    (planted.per_mille == percent * 10).then_some(planted.steps)
                }
                _ => None,
            };
            run.records.iter().find_map(|record| of(record.arm.role)).ok_or("nothing was planted")
        });
        let place = SECONDS.iter().position(|&seconds| seconds == self.seconds);
        let place = place.ok_or_else(|| format!("a trial takes one of {SECONDS:?} seconds"))?;
        let level = |percent: &u32| {
            let level = found.levels.iter().find(|level| level.per_mille == percent * 10);
            level.and_then(|level| level.found.get(place)).map(|found| found.alone)
        };
        let mut different = vec![found.false_alarms];
        different.extend(PLANTED.iter().map(|one| level(one).unwrap_or_default()));
        Ok(Recorded {
            steps: steps.collect::<Result<_, _>>()?,
            different,
        })
    }
}
