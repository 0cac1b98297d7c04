//! A program whose allocations are known: it keeps 20,000 alive at once, makes 200,000 more of which it frees each before the
//! next, and has three threads.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

fn main() {
    let kept: Vec<Box<u64>> = (0..20_000).map(Box::new).collect();
    for number in 0..200_000_u64 {
        drop(black_box(Box::new(number)));
    }
    let together = Barrier::new(3);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| together.wait());
        }
        // So long that they are seen.
        thread::sleep(Duration::from_millis(100));
        together.wait();
    });
    // It goes to standard error when its figures are told. Its own count of its CPU time, to hold ours against.
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let cpu_us = (usage.user_time() + usage.system_time()).num_microseconds();
    println!("{} are kept, {cpu_us} us", kept.len());
}
