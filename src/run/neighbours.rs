//! Neighbours: threads that load the machine's memory, as other programs on a shared machine do.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;

/// What each goes through over and over: more than caches hold.
const BYTES: usize = 64 << 20;

/// Running neighbours; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Neighbours {
    end: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Neighbours {
    /// Starts so many.
    pub(super) fn start(number: u32) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let one = |_| {
            let end = Arc::clone(&end);
            std::thread::spawn(move || load_memory(&end))
        };
        let threads = (0..number).map(one).collect();
        Self { end, threads }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.end.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            // It only loops.
            let _ = thread.join();
        }
    }
}

fn load_memory(end: &AtomicBool) {
    let mut memory = vec![1_u64; BYTES / size_of::<u64>()];
    let mut place = 0;
    while !end.load(Relaxed) {
        for _ in 0..10_000 {
            // A line each, far from the one before, so that nothing is fetched ahead.
            place = (place + 1_048_583 * 8) % memory.len();
            memory[place] = memory[place].wrapping_mul(3);
        }
        black_box(&mut memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_end_with_what_holds_them() {
        let neighbours = Neighbours::start(2);
        let end = Arc::clone(&neighbours.end);
        assert_eq!(neighbours.threads.len(), 2);
        drop(neighbours);
        assert!(end.load(Relaxed));
        assert_eq!(Arc::strong_count(&end), 1, "a thread is left");
    }
}
