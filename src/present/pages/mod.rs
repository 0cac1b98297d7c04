//! What each page shows, in words: all a template has to do is to place it.

mod data;
mod lists;
mod start;
mod topic;
mod tracker;
mod workload;

pub(super) use self::data::{Data, DataLinks, Method};
pub(super) use self::lists::{trackers, workloads};
pub(super) use self::start::{Front, Start};
pub(super) use self::topic::TopicPage;
pub(super) use self::tracker::TrackerPage;
pub(super) use self::workload::WorkloadPage;
