//! What a tracker's file in `trackers/` implements.

use std::error::Error;
use std::path::Path;

use crate::probe::Probe;
use crate::protocol::{LeakList, Live, Reported, SiteUse};

/// What went wrong inside a tracker, in the tracker's own words.
pub type TrackerError = Box<dyn Error + Send + Sync>;

/// A heap tracker, as its user would set it up.
///
/// The subject calls, in this order and each once: [`init`](Tracker::init) → [`probe`](Tracker::probe)
/// → the workloads → [`reported`](Tracker::reported) → [`leaks`](Tracker::leaks) and
/// [`write_report`](Tracker::write_report) if asked. Each is timed apart from the workloads. The process then exits without dropping the tracker, so that a
/// tracker's tidying up at exit is never mistaken for the cost of tracking.
pub trait Tracker: Sized + 'static {
    /// What the workloads call to track a variable.
    type Probe: Probe;

    /// The tracker's name, as in `trackers.toml`.
    const NAME: &'static str;

    /// The modes it can run in; the first is its default. Empty for a tracker with one way to run.
    const MODES: &'static [&'static str] = &[];

    /// The modes in which the tracker's allocator is not installed: the process then allocates
    /// straight from the system, and only the variable API is at work.
    const MODES_WITHOUT_ALLOCATOR: &'static [&'static str] = &[];

    /// Whether the tracker counts from the first allocation of the process (`false`), or from
    /// [`init`](Tracker::init) on (`true`; its allocator waits until then, and `trackers.toml` says
    /// so). The ground truth begins counting at the same moment.
    const COUNTS_FROM_INIT: bool = false;

    /// The version of the tracker that is compiled into this subject.
    fn version() -> &'static str;

    /// Sets the tracker up by its documented defaults. `report_folder` is where it may write files, if
    /// anywhere.
    ///
    /// # Errors
    ///
    /// Whatever keeps the tracker from starting; it becomes a failure record.
    fn init(mode: &'static str, report_folder: Option<&Path>) -> Result<Self, TrackerError>;

    /// The handle by which workloads track variables.
    fn probe(&self) -> Self::Probe;

    /// What the tracker says happened so far. A figure that it does not report is `None`.
    ///
    /// # Errors
    ///
    /// Whatever the tracker's own read-out fails with.
    fn reported(&self) -> Result<Reported, TrackerError>;

    /// What the tracker says is alive, asked for while the workload runs, from any of its threads. `None`
    /// for a figure that it does not tell then.
    fn live_now() -> Live {
        Live::NONE
    }

    /// The blocks that the tracker says leaked: what its user would look at to find leaks. `None` for a
    /// tracker that lists no blocks. Asked for after [`reported`](Tracker::reported), in processes of their
    /// own: a list that hangs or crashes spoils no other figure.
    ///
    /// # Errors
    ///
    /// Whatever the tracker's own list fails with.
    fn leaks(&self) -> Result<Option<LeakList>, TrackerError> {
        Ok(None)
    }

    /// What the tracker knows of single sites, for trackers that tell it apart from
    /// [`reported`](Tracker::reported). It may write to the folder.
    ///
    /// # Errors
    ///
    /// Whatever the tracker fails with.
    fn sites(self, _folder: &Path) -> Result<Vec<SiteUse>, TrackerError> {
        // Not dropped: its tidying up, which may write reports, was not asked for.
        std::mem::forget(self);
        Ok(Vec::new())
    }

    /// Writes the tracker report into a folder. A tracker without any writes none.
    ///
    /// # Errors
    ///
    /// Whatever the tracker report fails with; what it wrote until then is kept.
    fn write_report(self, _folder: &Path) -> Result<(), TrackerError> {
        Ok(())
    }
}
