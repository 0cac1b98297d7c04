//! The program's heap over time: a thread that looks at the counters at a steady pace, and looks where
//! workloads begin and end.
//!
//! Only in audit passes. It allocates nothing while the workloads run.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::ground_truth;
use crate::process::AnonymousMemory;
use crate::protocol::TimelinePoint;

/// The most points; when they are all taken, every second one is dropped and the pace halved. Enough for
/// 40 seconds at 10 ms.
const POINTS: usize = 4096;

/// Not on the heap, whose use it records. Untouched, and so not resident, without a timeline.
static TAKEN: Mutex<Taken> = Mutex::new(Taken {
    points: [TimelinePoint::NONE; POINTS],
    number: 0,
    interval: Duration::ZERO,
});

struct Taken {
    points: [TimelinePoint; POINTS],
    number: usize,
    interval: Duration,
}

impl Taken {
    fn lock() -> MutexGuard<'static, Self> {
        // A panic between two points leaves the points before it whole.
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct Timeline {
    watch: Arc<Watch>,
    thread: Option<JoinHandle<()>>,
}

struct Watch {
    origin: Instant,
    memory: Option<AnonymousMemory>,
    running: Barrier,
    stop: AtomicBool,
}

impl Timeline {
    /// Starts looking every `interval_ms` milliseconds; the points count their time from `origin`.
    pub(crate) fn start(interval_ms: u64, origin: Instant) -> Self {
        {
            let mut taken = Taken::lock();
            taken.number = 0;
            taken.interval = Duration::from_millis(interval_ms.max(1));
        }
        let memory = AnonymousMemory::open();
        let (running, stop) = (Barrier::new(2), AtomicBool::new(false));
        let watch = Arc::new(Watch { origin, memory, running, stop });
        let thread = std::thread::Builder::new().name("timeline".to_owned()).spawn({
            let watch = watch.clone();
            move || {
                watch.running.wait();
                while !watch.stop.load(Relaxed) {
                    watch.look();
                    let interval = Taken::lock().interval;
                    std::thread::park_timeout(interval);
                }
            }
        });
        if thread.is_ok() {
            // A thread allocates as it starts: not while a workload is counted.
            watch.running.wait();
        }
        Self { watch, thread: thread.ok() }
    }

    /// Looks now. Allocates nothing.
    pub(crate) fn look(&self) {
        self.watch.look();
    }

    /// Stops. Allocates nothing.
    pub(crate) fn stop(&mut self) {
        self.watch.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // If it panicked, the points that it took stay.
            let _ = thread.join();
        }
    }

    /// What was seen, in order.
    pub(crate) fn points(&self) -> Vec<TimelinePoint> {
        let taken = Taken::lock();
        taken.points[..taken.number].to_vec()
    }
}

impl Watch {
    fn look(&self) {
        // Before the clock is read: the points are to be in order, whoever takes them.
        let mut taken = Taken::lock();
        let Some(counted) = ground_truth::counted() else {
            return;
        };
        if taken.number == POINTS {
            taken.number = thin(&mut taken.points);
            taken.interval *= 2;
        }
        let next = taken.number;
        taken.points[next] = TimelinePoint {
            at_ns: u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX),
            live_bytes: counted.program.live_bytes,
            own_bytes: counted.own.live_bytes,
            resident_bytes: self.memory.as_ref().and_then(AnonymousMemory::read),
        };
        taken.number += 1;
    }
}

/// Keeps every second point, and tells how many those are.
fn thin(points: &mut [TimelinePoint]) -> usize {
    let kept = points.len().div_ceil(2);
    for index in 0..kept {
        points[index] = points[index * 2];
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_every_second_point_and_the_first() {
        let mut points: Vec<_> =
            (0..5).map(|at_ns| TimelinePoint { at_ns, ..TimelinePoint::NONE }).collect();
        let kept = thin(&mut points);
        let times: Vec<_> = points[..kept].iter().map(|point| point.at_ns).collect();
        assert_eq!(times, [0, 2, 4]);
        assert_eq!(thin(&mut points[..4]), 2);
        assert_eq!(thin(&mut []), 0);
    }
}
