//! The workloads, one file each, and their registry.
//!
//! A workload's file has a [`Meta`] and a function `run` that is generic over the [`Probe`]. To add
//! one, write the file and add its line to the registry at the end of this page.

mod server;

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::probe::Probe;
use crate::protocol::{Pacing, Served};
use server::Server;

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

    /// Whether blocks that are never freed are part of it.
    pub fn leaks_on_purpose(&self) -> bool {
        ["reference-cycles", "planted-leaks"].contains(&self.name)
    }

    /// What a client outside has to do, for a server.
    pub fn traffic(&self) -> Option<Traffic> {
        match self.stage {
            Stage::Server(traffic) => Some(traffic),
            _ => None,
        }
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
    /// A multi-threaded tokio runtime with sockets, and a client outside.
    Server(Traffic),
}

/// What a client does to a server, and what it expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// Requests that are all answered with [`PAGE`].
    Answered,
    /// Requests that all meet a connection which is closed or reset.
    Broken,
}

/// The page that `http-longevity` answers with.
pub const PAGE: &str = "<h1>Hello, World!</h1>";

/// Connections that a server scenario is to serve at scale 1.0, as in the seed.
pub const CONNECTIONS: u32 = 100_000;

/// Connections that are open at a time, at most, as in the seed.
pub const CONCURRENT: usize = 1_000;

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
    /// Shared with the tasks that serve.
    server: Option<Arc<Server>>,
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
            Stage::Server(_) => {
                let built = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(threads.max(1))
                    .enable_io()
                    .build();
                runtime = Some(built.map_err(|e| format!("no tokio runtime: {e}"))?);
            }
            Stage::Pool => {
                let built = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build();
                pool = Some(built.map_err(|e| format!("no rayon pool: {e}"))?);
            }
        }
        let server = meta.traffic().map(|_| Arc::default());
        let workload = meta.name;
        Ok(Self { scale, seed, pacing, workload, runtime, pool, server, threads_before })
    }

    /// Has a server listen on this port, instead of one of the system's choice. Nothing else minds.
    pub(crate) fn on_port(mut self, port: u16) -> Self {
        if self.server.is_some() {
            self.server = Some(Arc::new(Server { port, ..Server::default() }));
        }
        self
    }

    /// An outer count of the seed, scaled: rounded up, at least 1.
    pub fn scaled(&self, count: u32) -> usize {
        scaled(count, self.scale)
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

    /// The tokio runtime of a workload that declared [`Stage::Runtime`] or [`Stage::Server`].
    ///
    /// # Panics
    ///
    /// If the workload did not declare it.
    pub fn runtime(&self) -> &tokio::runtime::Runtime {
        self.runtime.as_ref().expect("the workload's META declares Stage::Runtime")
    }

    /// The server of a workload that declared [`Stage::Server`].
    ///
    /// # Panics
    ///
    /// If the workload did not declare it.
    fn server(&self) -> &Arc<Server> {
        self.server.as_ref().expect("the workload's META declares Stage::Server")
    }

    /// What a server served, or why it did not; `None` for other workloads.
    pub(crate) fn served(&self) -> Option<Result<Served, String>> {
        self.server.as_deref().map(Server::outcome)
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

/// An outer count of the seed at a scale: rounded up, at least 1.
pub fn scaled(count: u32, scale: f64) -> usize {
    // The small slack keeps 0.07 × 100 = 7.000000000000001 from becoming 8.
    ((f64::from(count) * scale - 1e-9).ceil() as usize).max(1)
}

/// The signal that ends a server.
#[cfg(target_os = "linux")]
fn interruption() -> nix::sys::signal::SigSet {
    [nix::sys::signal::Signal::SIGINT].into_iter().collect()
}

/// Keeps the signal that ends a server from ending the process instead. To be called before any thread
/// starts, the tracker's included, since threads inherit it.
pub(crate) fn hold_interruption() {
    // If it fails, the runner's order still ends the server.
    #[cfg(target_os = "linux")]
    let _ = interruption().thread_block();
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
    http_longevity,
    rapid_lifecycle,
    broken_pipe,
    worker_channel,
    planted_leaks,
}
