//! `alloc_tracker`: allocations and bytes of an operation, for benchmarks. Its allocator is installed as its README's
//! "Basic usage" tells, with its default features (none), and the whole program is one operation of one iteration,
//! measured on all threads: `measure_process`, "when the work is performed by threads you cannot instrument".
//!
//! Read by `Session::to_report`.

use std::alloc::System;
use std::cell::RefCell;
use std::path::Path;

use alloc_tracker::{Allocator, ProcessSpan, Session};
use subject::probe::NoProbe;
use subject::protocol::Reported;
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<Allocator<System>> = GroundTruth::new(Allocator::system());

struct Measured {
    session: Session,
    /// Until it is read: a span is recorded when it is dropped.
    span: RefCell<Option<ProcessSpan>>,
}

impl Tracker for Measured {
    type Probe = NoProbe;
    const NAME: &'static str = "alloc_tracker";
    // Its allocator counts from the first allocation on, but it tells only what was counted since a span began.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_ALLOC_TRACKER")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        let session = Session::new();
        let operation = session.operation("program");
        // The last: what is allocated before it is not in it.
        let span = RefCell::new(Some(operation.measure_process()));
        Ok(Self { session, span })
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// By its convention a reallocation is one more allocation, and its new size counts as allocated. It counts no
    /// frees, and over all threads no peak ("no peak can be observed").
    fn reported(&self) -> Result<Reported, TrackerError> {
        let span = self.span.take().ok_or("the span was read before")?;
        drop(span.iterations(1));
        let report = self.session.to_report();
        let (_, program) = report.operations().next().ok_or("no operation in the report")?;
        Ok(Reported {
            allocations: Some(program.total_allocations_count()),
            allocated_bytes: Some(program.total_bytes_allocated()),
            ..Reported::default()
        })
    }

    /// None: dropping the session prints its table and writes JSON files, but into cargo's target directory, for which
    /// it asks `cargo metadata`, and never into the folder.
    fn write_report(self, _folder: &Path) -> Result<(), TrackerError> {
        std::mem::forget(self);
        Ok(())
    }
}

subject::main!(Measured);
