//! `pprof-alloc`: counters, and allocation stacks sampled once in 512 KiB, set up as "Quick start" in its README
//! tells, with its default features: its own sampler over the system allocator. (That section's first example is
//! of jemalloc and jemalloc's profiler, which its default features do not contain.)
//!
//! To be built with frame pointers, as "Frame-pointer mode" in its README asks.

mod family;

use pprof_alloc::PprofAlloc;
use subject::GroundTruth;

#[global_allocator]
static ALLOCATOR: GroundTruth<PprofAlloc> = GroundTruth::new(
    PprofAlloc::new()
        .with_pprof_sample_rate_from_env(pprof_alloc::DEFAULT_PPROF_SAMPLE_RATE)
        .with_stats(),
);

subject::main!(family::Pprof<false>);
