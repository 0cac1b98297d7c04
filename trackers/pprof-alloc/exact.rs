//! `pprof-alloc` with the stack of every allocation: `with_pprof_sample_rate(1)`, "only for short debug runs" by
//! "Quick start" in its README, and the default of its `examples/allocation_patterns.rs`. Over the system allocator,
//! with its default features.
//!
//! To be built with frame pointers, as "Frame-pointer mode" in its README asks.

mod family;

use pprof_alloc::PprofAlloc;
use subject::GroundTruth;

#[global_allocator]
static ALLOCATOR: GroundTruth<PprofAlloc> =
    GroundTruth::new(PprofAlloc::new().with_pprof_sample_rate_from_env(1).with_stats());

subject::main!(family::Pprof<true>);
