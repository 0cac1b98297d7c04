//! Arm → work → disarm → read out: what a subject does with a job, and in which order.
//!
//! ```text
//! init tracker │ set up │▒▒▒▒ work ▒▒▒▒│ tear down │ … │ read out │ report
//!     init_ns  │        │  Part.cost   │           │   │readout_ns│ report_ns
//! ```
//!
//! Only the work is inside the measured region: not starting the process or its threads, nor setting up
//! the tracker, nor reading it out. Between the last work and the read-out nothing is allocated at depth
//! 0, so that the truth and what the tracker reports are of the same moment.

use std::hint::black_box;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;

use crate::audited::{Audited, Variables};
use crate::ground_truth::{self, Region, Timed, in_tracker};
use crate::moments;
use crate::os;
use crate::own::{self, Own};
use crate::probe::{NoProbe, Probe};
use crate::process::Before;
use crate::protocol::{
    Identity, Job, LeakGrades, Leaked, Moment, PROTOCOL, Part, Pass, Reply, TrackerReport,
};
use crate::soak::Soak;
use crate::timeline::Timeline;
use crate::tracker::Tracker;
use crate::workloads::Setting;
use protocol::workloads::Workload;

/// A job that could not be done: at which stage, and why.
pub(crate) type Failure = (&'static str, String);

/// Does a job under the tracker `T`.
pub(crate) fn run<T: Tracker, O: Own>(job: &Job, main_unix_ns: u64) -> Result<Reply, Failure> {
    let workloads = check::<O>(job)?;
    if workloads.iter().any(|workload| workload.traffic().is_some()) {
        os::hold_interruption();
    }
    let mode = mode_of::<T>(&job.mode)?;
    let audit = job.pass == Pass::Audit;

    // Until all is done: the thread ends when the sender is dropped.
    let _parked = job.parked.then(park_a_thread);
    let begin = Instant::now();
    let tracker = (!job.idle).then(|| in_tracker(|| T::init(mode, job.report_folder.as_deref())));
    let tracker = tracker.transpose().map_err(|error| ("init", error.to_string()))?;
    let init_ns = nanoseconds(begin);
    if audit && T::COUNTS_FROM_INIT {
        // At once: whatever is allocated from here on, this harness included, the tracker sees.
        ground_truth::count_from_here();
    }
    ground_truth::adopt_tracker_threads();

    let worked = work::<T, O>(job, &workloads, tracker.as_ref())?;
    let counted = if audit { ground_truth::counted() } else { None };
    let variables = Variables::read().total();
    let begin = Instant::now();
    let read = tracker.as_ref().filter(|_| !job.unread);
    let reported = read.map(|tracker| in_tracker(|| tracker.reported())).transpose();
    let readout_ns = read.map(|_| nanoseconds(begin));
    let mut reported = reported.map_err(|error| ("readout", error.to_string()))?;
    let leaks = tracker.as_ref().filter(|_| job.leaks).map(graded_leaks).transpose()?.flatten();
    let folder = job.report_folder.as_deref();
    let (tracker, folder) = match (tracker, folder, &mut reported) {
        (Some(tracker), Some(folder), Some(reported)) if audit && job.sites => {
            let sites = in_tracker(|| tracker.sites(folder));
            reported.sites = sites.map_err(|error| ("sites", error.to_string()))?;
            (None, None)
        }
        (tracker, folder, _) => (tracker, folder),
    };
    let report = report_of(tracker, folder);
    Ok(Reply {
        protocol: PROTOCOL,
        identity: identity::<T>(mode),
        main_unix_ns,
        init_ns,
        parts: worked.parts,
        truth: counted.map(|counted| counted.truth(variables)),
        own_heap: counted.map(|counted| counted.own),
        reported,
        readout_ns,
        leaks,
        report,
        timeline: worked.timeline.map(|timeline| timeline.points()).unwrap_or_default(),
        moments: worked.moments,
        soak: worked.soak.map(Soak::points).unwrap_or_default(),
    })
}

/// Starts a thread that waits until what is returned is dropped.
fn park_a_thread() -> Sender<()> {
    let (sender, receiver) = channel::<()>();
    in_tracker(|| std::thread::spawn(move || receiver.recv()));
    sender
}

/// What the workloads left to be read when all is done.
struct Worked<P> {
    /// Kept until the end: to drop it may free something, which would be counted as the program's.
    _probe: Option<P>,
    parts: Vec<Part>,
    timeline: Option<Timeline>,
    moments: Vec<Moment>,
    soak: Option<Soak>,
}

/// Runs the workloads, one after the other.
fn work<T: Tracker, O: Own>(
    job: &Job,
    workloads: &[&'static Workload],
    tracker: Option<&T>,
) -> Result<Worked<T::Probe>, Failure> {
    let audit = job.pass == Pass::Audit;
    let probe = tracker.map(|tracker| in_tracker(|| tracker.probe()));
    let origin = Instant::now();
    let timeline_ms = job.timeline_ms.filter(|_| audit);
    let mut timeline = timeline_ms.map(|interval| Timeline::start(interval, origin));
    let mut soak = job.soak_ms.filter(|_| audit).map(Soak::begin);
    let mut parts = Vec::with_capacity(workloads.len());
    for workload in workloads {
        crate::progress!("{}", workload.title);
        if audit && job.moments {
            moments::begin(workload.rounds_at(job.params.scale), T::live_now);
        }
        let look = || timeline.iter().for_each(Timeline::look);
        // An instance of the workload is compiled for each; a timed pass runs one without any counting,
        // an idle one the very code of `untracked`. Where calls are timed, those that the tracker makes for a
        // variable are its own.
        let run = || match &probe {
            Some(probe) if audit || times_calls(job) => {
                part::<O, _>(workload, job, &Audited(probe.clone()), origin, &look)
            }
            Some(probe) => part::<O, _>(workload, job, probe, origin, &look),
            None => part::<O, _>(workload, job, &NoProbe, origin, &look),
        };
        let mut last = run()?;
        while soak.as_mut().is_some_and(Soak::goes_on) {
            last = run()?;
        }
        parts.push(last);
    }
    if let Some(timeline) = &mut timeline {
        timeline.stop();
    }
    Ok(Worked { _probe: probe, parts, timeline, moments: moments::end(), soak })
}

/// The tracker's list of leaks, graded; `None` for a tracker that lists none.
fn graded_leaks<T: Tracker>(tracker: &T) -> Result<Option<LeakGrades>, Failure> {
    let list = in_tracker(|| tracker.leaks()).map_err(|error| ("leaks", error.to_string()))?;
    let Some(list) = list else { return Ok(None) };
    let grades = in_tracker(|| ground_truth::grade(&list));
    let lost = "the truth was lost: making the list took the live allocations beyond what the table of \
                the ground truth holds";
    grades.map(Some).ok_or_else(|| ("leaks", lost.to_owned()))
}

/// Has the tracker write its report, if there is a folder for it.
fn report_of<T: Tracker>(tracker: Option<T>, folder: Option<&Path>) -> Option<TrackerReport> {
    match (folder, tracker) {
        (Some(folder), Some(tracker)) => {
            crate::progress!("Letting {} write its report...", T::NAME);
            Some(write_report(tracker, folder))
        }
        (_, tracker) => {
            // Not dropped: its tidying up at exit is not part of what it is to track.
            std::mem::forget(tracker);
            None
        }
    }
}

/// What the subject says it is.
pub(crate) fn identity<T: Tracker>(mode: &str) -> Identity {
    Identity {
        tracker: T::NAME.to_owned(),
        version: T::version().to_owned(),
        mode: mode.to_owned(),
        debug_build: cfg!(debug_assertions),
    }
}

/// The mode that a job names, or the tracker's default.
pub(crate) fn mode_of<T: Tracker>(asked: &str) -> Result<&'static str, Failure> {
    match T::MODES {
        [] if asked.is_empty() => Ok(""),
        [first, ..] if asked.is_empty() => Ok(first),
        modes => modes.iter().copied().find(|mode| *mode == asked).ok_or_else(|| {
            ("job", format!("{} has no mode {asked:?}; it has {:?}", T::NAME, T::MODES))
        }),
    }
}

fn check<O: Own>(job: &Job) -> Result<Vec<&'static Workload>, Failure> {
    let refuse = |reason: String| Err(("job", reason));
    if job.protocol != PROTOCOL {
        return refuse(format!(
            "the runner speaks protocol {}, this subject {PROTOCOL}: build both from one source",
            job.protocol
        ));
    }
    let scale = job.params.scale;
    if !(scale.is_finite() && scale > 0.0) {
        return refuse(format!("scale {scale} is not a positive number"));
    }
    let find = |name: &String| {
        own::find::<O>(name).ok_or_else(|| ("job", format!("there is no workload {name:?}")))
    };
    job.workloads.iter().map(find).collect()
}

/// Runs one workload, and nothing else, in the measured region. `look` takes a point of the timeline, if
/// there is one.
fn part<O: Own, P: Probe>(
    meta: &'static Workload,
    job: &Job,
    probe: &P,
    origin: Instant,
    look: &dyn Fn(),
) -> Result<Part, Failure> {
    let setting = Setting::new(meta, job.params)
        .map_err(|reason| ("work", reason))?
        .on_port(job.port.unwrap_or(0));

    look();
    let variables = Variables::read();
    let left_before = ground_truth::work_leaks();
    let region = if job.pass == Pass::Audit { Region::begin() } else { None };
    let timed = if times_calls(job) { Timed::begin() } else { None };
    let before = Before::read();
    let begin = Instant::now();
    measured_region::<O, _>(meta.name, probe, &setting);
    let wall_ns = nanoseconds(begin);
    let cost = before.cost(wall_ns);
    let stopped = timed.map(Timed::end);
    let counted = region.and_then(Region::end);
    let tracked = Variables::read();
    look();

    let served = setting.served().transpose().map_err(|reason| ("work", reason))?;
    drop(setting);
    let own_live_bytes = ground_truth::counted().map(|counted| counted.own.live_bytes);
    Ok(Part {
        workload: meta.name.to_owned(),
        begin_ns: u64::try_from((begin - origin).as_nanos()).unwrap_or(u64::MAX),
        cost,
        truth: counted.map(|counted| counted.truth(tracked.total() - variables.total())),
        own_heap: counted.map(|counted| counted.own),
        own_live_bytes,
        leaked: left_before.zip(ground_truth::work_leaks()).map(|(before, now)| Leaked {
            allocations: now.allocations.saturating_sub(before.allocations),
            bytes: now.bytes.saturating_sub(before.bytes),
        }),
        variables: tracked.since(&variables),
        served,
        latencies: stopped.map(|stopped| stopped.read()),
    })
}

/// The work, and nothing else: a function of its own, so that a tool in front of the process knows by its
/// name where the measured region begins and ends ([`protocol::REGION`]).
#[inline(never)]
fn measured_region<O: Own, P: Probe>(name: &str, probe: &P, setting: &Setting) {
    own::run::<O, _>(name, probe, setting);
    // Not a tail call, which would leave this function before the work begins.
    black_box(());
}

/// Whether each call of the allocator is timed.
fn times_calls(job: &Job) -> bool {
    job.latency && job.pass == Pass::Timed
}

fn write_report<T: Tracker>(tracker: T, folder: &Path) -> TrackerReport {
    let begin = Instant::now();
    let outcome = in_tracker(|| tracker.write_report(folder));
    let took_ns = nanoseconds(begin);
    let mut files = Vec::new();
    list(folder, folder, &mut files);
    files.sort();
    TrackerReport { took_ns, files, problem: outcome.err().map(|error| error.to_string()) }
}

/// Lists the files below a folder, relative to `root`, with their sizes.
fn list(root: &Path, folder: &Path, files: &mut Vec<(String, u64)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(root, &path, files);
        } else if let (Ok(name), Ok(about)) = (path.strip_prefix(root), entry.metadata()) {
            files.push((name.to_string_lossy().into_owned(), about.len()));
        }
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::NoWorkload;

    #[test]
    fn the_region_has_the_name_by_which_tools_know_it() {
        let name = std::any::type_name_of_val(&measured_region::<NoWorkload, NoProbe>);
        assert!(name.contains(&format!("::{}", protocol::REGION)), "{name}");
    }

    #[test]
    fn a_parked_thread_waits_until_it_is_let_go() {
        let parked = park_a_thread();
        // Somebody is there to receive it.
        assert!(parked.send(()).is_ok());
    }
}
