//! A soak: one workload, again and again in one process, with a look at the process after each time.
//!
//! What a single run cannot show, a slow leak of memory or descriptors, shows as a slope.

use std::time::{Duration, Instant};

use crate::ground_truth;
use crate::process::AnonymousMemory;
use crate::protocol::SoakPoint;

/// About how many points are taken, however short the workload is.
const POINTS: u32 = 1_000;

pub(crate) struct Soak {
    duration: Duration,
    begin: Instant,
    repetitions: u64,
    next: Duration,
    memory: Option<AnonymousMemory>,
    points: Vec<SoakPoint>,
}

impl Soak {
    /// Begins a soak. All the memory that it needs is taken now, so that it adds nothing to what it sees.
    pub(crate) fn begin(duration_ms: u64) -> Self {
        Self {
            duration: Duration::from_millis(duration_ms),
            begin: Instant::now(),
            repetitions: 0,
            next: Duration::ZERO,
            memory: AnonymousMemory::open(),
            points: touched(POINTS as usize + 2),
        }
    }

    /// Notes the end of a repetition; whether there is to be another.
    pub(crate) fn goes_on(&mut self) -> bool {
        self.repetitions += 1;
        let at = self.begin.elapsed();
        let goes_on = at < self.duration;
        if (at >= self.next || !goes_on) && self.points.len() < self.points.capacity() {
            self.next = at + self.duration / POINTS;
            self.points.push(SoakPoint {
                at_ns: u64::try_from(at.as_nanos()).unwrap_or(u64::MAX),
                repetitions: self.repetitions,
                live_bytes: ground_truth::counted().map(|counted| counted.program.live_bytes),
                resident_bytes: self.memory.as_ref().and_then(AnonymousMemory::read),
                descriptors: descriptors(),
            });
        }
        goes_on
    }

    /// What was seen, in order.
    pub(crate) fn points(self) -> Vec<SoakPoint> {
        self.points
    }
}

/// Room for points, resident at once: else it would seem that the process grows.
fn touched(points: usize) -> Vec<SoakPoint> {
    let mut room = vec![SoakPoint { at_ns: 1, ..SoakPoint::default() }; points];
    std::hint::black_box(&mut room).clear();
    room
}

/// Open file descriptors, but for the one that counting them takes.
fn descriptors() -> Option<u64> {
    let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
    Some((open as u64).saturating_sub(1))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_soak_ends_with_a_point_and_sees_what_is_opened() {
        let mut soak = Soak::begin(30);
        let mut kept = Vec::new();
        while soak.goes_on() {
            kept.push(std::fs::File::open("/proc/self/stat").unwrap());
            std::thread::sleep(Duration::from_millis(2));
        }
        let points = soak.points();
        let (first, last) = (points[0], *points.last().unwrap());
        assert_eq!(last.repetitions, kept.len() as u64 + 1);
        // Other tests of this process open files, too: bounds, not equality.
        assert!(last.descriptors.unwrap() + 3 > first.descriptors.unwrap() + kept.len() as u64);
        assert!(last.at_ns >= 30_000_000);
    }
}
