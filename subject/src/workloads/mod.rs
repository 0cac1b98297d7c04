//! The workloads, one file each, and their registry.
//!
//! A workload's file has a function `run` that is generic over the [`Probe`]; its facts are a line of the
//! crate `protocol`. To add one, write the file, its facts, and its name in the registry at the end of
//! this page.

mod server;

use std::io::Read;
use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::probe::Probe;
use protocol::workloads::{Setup, Workload};
use protocol::{Pacing, Params, Served};

pub use protocol::workloads::{ALL, PAGE, find};
use server::Server;

/// One run's parameters, and what was set up for it.
#[derive(Debug)]
pub struct Setting {
    params: Params,
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

/// Threads of this process. Nothing is allocated for it, not by the C library either: tools around the whole process would
/// count that as the program's, and a workload whose threads stay is asked a thousand times.
fn count_threads() -> Option<usize> {
    let mut text = [0; 1024];
    let read = std::fs::File::open("/proc/self/stat").ok()?.read(&mut text).ok()?;
    // Behind the name in parentheses, which may hold anything, the eighteenth field: proc_pid_stat(5), `num_threads`.
    let end = text[..read].iter().rposition(|&byte| byte == b')')?;
    let fields = std::str::from_utf8(&text[end + 1..read]).ok()?;
    fields.split_ascii_whitespace().nth(17)?.parse().ok()
}

impl Setting {
    /// Sets up what a workload needs to run.
    ///
    /// # Errors
    ///
    /// Why its threads could not be started.
    pub fn new(workload: &Workload, params: Params) -> Result<Self, String> {
        let threads = params.threads.max(1);
        let threads_before = if workload.setup == Setup::Plain { None } else { count_threads() };
        let (mut runtime, mut pool) = (None, None);
        match workload.setup {
            Setup::Plain | Setup::Threads => {}
            Setup::Runtime => {
                let built = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(threads)
                    .enable_time()
                    .build();
                runtime = Some(built.map_err(|e| format!("no tokio runtime: {e}"))?);
            }
            Setup::Server(_) => {
                let built = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(threads)
                    .enable_io()
                    .build();
                runtime = Some(built.map_err(|e| format!("no tokio runtime: {e}"))?);
            }
            Setup::Pool => {
                let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                pool = Some(built.map_err(|e| format!("no rayon pool: {e}"))?);
            }
        }
        let server = workload.traffic().map(|_| Arc::default());
        Ok(Self { params, workload: workload.name, runtime, pool, server, threads_before })
    }

    /// Has a server listen on this port, instead of one of the system's choice. Nothing else minds.
    pub(crate) fn on_port(mut self, port: u16) -> Self {
        if self.server.is_some() {
            self.server = Some(Arc::new(Server { port, ..Server::default() }));
        }
        self
    }

    /// An outer count of the original, scaled: rounded up, at least 1.
    pub fn scaled(&self, count: u32) -> usize {
        protocol::workloads::scaled(count, self.params.scale)
    }

    /// The random generator of one task or batch: the same for the same seed, workload and stream,
    /// whatever thread asks.
    pub fn rng(&self, stream: u64) -> StdRng {
        // A SplitMix64 finaliser over all three: neighbouring streams must not correlate.
        let name = protocol::fnv1a(self.workload.as_bytes());
        let mut mixed = self.params.seed ^ name ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        StdRng::seed_from_u64(mixed ^ (mixed >> 31))
    }

    /// Where the original sleeps "to simulate work": yields to the scheduler, or sleeps if asked to.
    pub async fn pause(&self, millis: u64) {
        pause(self.params.pacing, millis).await;
    }

    /// What becomes of the original's sleeps, for tasks that cannot borrow the setting.
    pub fn pacing(&self) -> Pacing {
        self.params.pacing
    }

    /// The tokio runtime of a workload that declared [`Setup::Runtime`] or [`Setup::Server`].
    ///
    /// # Panics
    ///
    /// If the workload did not declare it.
    pub fn runtime(&self) -> &tokio::runtime::Runtime {
        self.runtime.as_ref().expect("the workload's META declares Setup::Runtime")
    }

    /// The server of a workload that declared [`Setup::Server`].
    ///
    /// # Panics
    ///
    /// If the workload did not declare it.
    fn server(&self) -> &Arc<Server> {
        self.server.as_ref().expect("the workload's META declares Setup::Server")
    }

    /// What a server served, or why it did not; `None` for other workloads.
    pub(crate) fn served(&self) -> Option<Result<Served, String>> {
        self.server.as_deref().map(Server::outcome)
    }

    /// The rayon pool of a workload that declared [`Setup::Pool`].
    ///
    /// # Panics
    ///
    /// If the workload did not declare it.
    pub fn pool(&self) -> &rayon::ThreadPool {
        self.pool.as_ref().expect("the workload's META declares Setup::Pool")
    }
}

/// See [`Setting::pause`].
pub async fn pause(pacing: Pacing, millis: u64) {
    match pacing {
        Pacing::Yield => tokio::task::yield_now().await,
        Pacing::Original => tokio::time::sleep(std::time::Duration::from_millis(millis)).await,
    }
}

/// Whether a workload's name is that of a module, but for the hyphens. Without allocating: it is asked inside
/// the measured region.
fn is_called(name: &str, module: &str) -> bool {
    name.bytes().map(|byte| if byte == b'-' { b'_' } else { byte }).eq(module.bytes())
}

macro_rules! registry {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// The modules of the workloads, which are their names but for the hyphens.
        #[cfg(test)]
        const MODULES: &[&str] = &[$(stringify!($module)),*];

        /// Runs a workload. Does nothing for a name that [`find`] does not know.
        pub fn run<P: Probe>(name: &str, probe: &P, setting: &Setting) {
            $(if is_called(name, stringify!($module)) {
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
    known_sites,
    reallocations,
    one_stack,
    live_set,
    event_rate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    #[cfg_attr(miri, ignore = "there is no such file")]
    fn threads_are_counted() {
        let listed = || std::fs::read_dir("/proc/self/task").unwrap().count();
        // Other tests start and end theirs meanwhile.
        let agrees = || count_threads() == Some(listed());
        assert!((0..1_000).any(|_| agrees()));
    }

    #[test]
    fn every_workload_has_its_file_and_its_facts() {
        let facts: Vec<String> =
            ALL.iter().map(|workload| workload.name.replace('-', "_")).collect();
        assert_eq!(MODULES, facts);
    }
}
