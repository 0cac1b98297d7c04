//! The program's heap over time: a thread that looks at the counters at a steady pace.
//!
//! Only in audit passes. It allocates nothing while the workloads run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::ground_truth;
use crate::process::AnonymousMemory;
use crate::protocol::TimelinePoint;

/// The most points; when they are all taken, every second one is dropped and the pace halved.
const POINTS: usize = 1024;

pub(crate) struct Timeline {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<TimelinePoint>>>,
}

impl Timeline {
    /// Starts looking every `interval_ms` milliseconds.
    pub(crate) fn start(interval_ms: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut points = Vec::with_capacity(POINTS);
        let memory = AnonymousMemory::open();
        let stopped = stop.clone();
        let begin = Instant::now();
        let thread = std::thread::Builder::new().name("timeline".to_owned()).spawn(move || {
            let mut interval = Duration::from_millis(interval_ms.max(1));
            loop {
                if let Some(counted) = ground_truth::counted() {
                    if points.len() == POINTS {
                        thin(&mut points);
                        interval *= 2;
                    }
                    points.push(TimelinePoint {
                        at_ns: u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX),
                        live_bytes: counted.program.live_bytes,
                        own_bytes: counted.own.live_bytes,
                        resident_bytes: memory.as_ref().and_then(AnonymousMemory::read),
                    });
                }
                if stopped.load(Relaxed) {
                    return points;
                }
                std::thread::park_timeout(interval);
            }
        });
        Self { stop, thread: thread.ok() }
    }

    /// Stops, with a last look, and returns the points.
    pub(crate) fn stop(&mut self) -> Vec<TimelinePoint> {
        self.stop.store(true, Relaxed);
        let Some(thread) = self.thread.take() else {
            return Vec::new();
        };
        thread.thread().unpark();
        thread.join().unwrap_or_default()
    }
}

fn thin(points: &mut Vec<TimelinePoint>) {
    let mut index = 0;
    points.retain(|_| {
        index += 1;
        index % 2 == 1
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_every_second_point_and_the_first() {
        let mut points: Vec<_> =
            (0..5).map(|at_ns| TimelinePoint { at_ns, ..TimelinePoint::default() }).collect();
        thin(&mut points);
        assert_eq!(points.iter().map(|point| point.at_ns).collect::<Vec<_>>(), [0, 2, 4]);
    }
}
