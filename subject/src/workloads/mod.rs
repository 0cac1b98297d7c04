//! The workloads, one file each, and their registry.
//!
//! A workload's file has a [`Meta`] and a function `run` that is generic over the [`Probe`]. To add
//! one, write the file and add its line to the registry at the end of this page.

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::probe::Probe;
use crate::protocol::Pacing;

/// What is known of a workload without running it.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// Its name on the command line and in records: `basic-structures`.
    pub name: &'static str,
    /// Its title in reports and in the stress test's progress: `Basic Data Structure Stress Test`.
    pub title: &'static str,
    /// One sentence: what it does, at its size at scale 1.0.
    pub summary: &'static str,
    /// Where it comes from.
    pub kind: Kind,
    /// What has to be set up, outside the measured region, before it can run.
    pub stage: Stage,
}

impl Meta {
    /// Whether two runs at one seed make the same allocations, to the event. Threads that race for a
    /// queue or a lock make this untrue.
    pub fn is_deterministic(&self) -> bool {
        self.stage == Stage::Plain
    }

    /// Its kind and name, as Criterion has it and as patterns may: `phase/basic-structures`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.kind.word(), self.name)
    }
}

/// Where a workload comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A phase of the memscope stress test, by its number from 1.
    Phase(u8),
    /// A stability scenario of the Nodepp suite, by its number from 9: they follow the phases.
    Scenario(u8),
    /// One of this project's own.
    Own,
}

impl Kind {
    /// In one word, as Criterion's groups begin with it: `phase/basic-structures`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Phase(_) => "phase",
            Self::Scenario(_) => "scenario",
            Self::Own => "own",
        }
    }
}

/// What a workload runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The main thread alone.
    Plain,
    /// Threads that it starts and joins itself.
    Threads,
    /// A multi-threaded tokio runtime.
    Runtime,
    /// A rayon thread pool.
    Pool,
}

/// One run's parameters, and what was set up for it.
#[derive(Debug)]
pub struct Setting {
    scale: f64,
    seed: u64,
    pacing: Pacing,
    /// Distinguishes the random streams of different workloads at one seed.
    workload: &'static str,
    runtime: Option<tokio::runtime::Runtime>,
    pool: Option<rayon::ThreadPool>,
    /// Threads of the process before the workload's own were started, where the system tells.
    threads_before: Option<usize>,
}

/// A pool's threads end some time after the pool is dropped, and free what they hold. That belongs to this
/// workload, not to what is read out or run next.
impl Drop for Setting {
    fn drop(&mut self) {
        drop((self.runtime.take(), self.pool.take()));
        let Some(before) = self.threads_before else { return };
        // Ending takes microseconds. A thread that stays for other reasons must not hold up the run.
        for _ in 0..1000 {
            if count_threads().is_none_or(|now| now <= before) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
    }
}

/// Threads of this process.
fn count_threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}

impl Setting {
    /// Sets up what a workload needs to run.
    ///
    /// # Errors
    ///
    /// Why its threads could not be started.
    pub fn new(
        meta: &Meta,
        scale: f64,
        seed: u64,
        threads: usize,
        pacing: Pacing,
    ) -> Result<Self, String> {
        let threads_before = if meta.stage == Stage::Plain { None } else { count_threads() };
        let (mut runtime, mut pool) = (None, None);
        match meta.stage {
            Stage::Plain | Stage::Threads => {}
            Stage::Runtime => {
                let built = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(threads.max(1))
                    .enable_time()
                    .build();
                runtime = Some(built.map_err(|e| format!("no tokio runtime: {e}"))?);
            }
            Stage::Pool => {
                let built = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build();
                pool = Some(built.map_err(|e| format!("no rayon pool: {e}"))?);
            }
        }
        Ok(Self { scale, seed, pacing, workload: meta.name, runtime, pool, threads_before })
    }

    /// An outer count of the seed, scaled: rounded up, at least 1.
    pub fn scaled(&self, count: u32) -> usize {
        // The small slack keeps 0.07 × 100 = 7.000000000000001 from becoming 8.
        ((f64::from(count) * self.scale - 1e-9).ceil() as usize).max(1)
    }

    /// The random generator of one task or batch: the same for the same seed, workload and stream,
    /// whatever thread asks.
    pub fn rng(&self, stream: u64) -> StdRng {
        // A SplitMix64 finaliser over all three: neighbouring streams must not correlate.
        let name = crate::fnv1a(self.workload.as_bytes());
        let mut mixed = self.seed ^ name ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        StdRng::seed_from_u64(mixed ^ (mixed >> 31))
    }

    /// Where the seed sleeps "to simulate work": yields to the scheduler, or sleeps if asked to.
    pub async fn pause(&self, seed_millis: u64) {
        pause(self.pacing, seed_millis).await;
    }

    /// What becomes of the seed's sleeps, for tasks that cannot borrow the setting.
    pub fn pacing(&self) -> Pacing {
        self.pacing
    }

    /// The tokio runtime of a workload that declared [`Stage::Runtime`].
    ///
    /// # Panics
    ///
    /// If the workload did not declare it.
    pub fn runtime(&self) -> &tokio::runtime::Runtime {
        self.runtime.as_ref().expect("the workload's META declares Stage::Runtime")
    }

    /// The rayon pool of a workload that declared [`Stage::Pool`].
    ///
    /// # Panics
    ///
    /// If the workload did not declare it.
    pub fn pool(&self) -> &rayon::ThreadPool {
        self.pool.as_ref().expect("the workload's META declares Stage::Pool")
    }
}

/// See [`Setting::pause`].
pub async fn pause(pacing: Pacing, seed_millis: u64) {
    match pacing {
        Pacing::Yield => tokio::task::yield_now().await,
        Pacing::Seed => tokio::time::sleep(std::time::Duration::from_millis(seed_millis)).await,
    }
}

/// Looks a workload up by its exact name.
pub fn find(name: &str) -> Option<&'static Meta> {
    ALL.iter().find(|meta| meta.name == name)
}

macro_rules! registry {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every workload, in the order of the seeds.
        pub const ALL: &[Meta] = &[$($module::META),*];

        /// Runs a workload. Does nothing for a name that [`find`] does not know.
        pub fn run<P: Probe>(name: &str, probe: &P, setting: &Setting) {
            $(if name == $module::META.name {
                return $module::run(probe, setting);
            })*
        }
    };
}

registry! {
    basic_structures,
    nested_structures,
    concurrent_tasks,
    data_processing,
    fragmentation,
    reference_cycles,
    mixed_workload,
    leak_detection,
    rapid_lifecycle,
    worker_channel,
    planted_leaks,
}
