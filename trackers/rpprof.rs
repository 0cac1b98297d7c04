//! `rpprof`: a sampling heap profiler, set up as "Sampled Heap / Memory Profiling" in its README tells, with its
//! default features and its default of one sample in 512 KiB.

use std::fs::File;
use std::path::Path;

use rpprof::alloc::{AllocProfiler, heap_report};
use rpprof::protos::Message;
use subject::probe::NoProbe;
use subject::protocol::workloads::KNOWN_SITES;
use subject::protocol::{Reported, SiteUse};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<AllocProfiler> = GroundTruth::new(AllocProfiler::system());

struct Sampled;

impl Tracker for Sampled {
    type Probe = NoProbe;
    const NAME: &'static str = "rpprof";
    // It records nothing until it is started.
    const COUNTS_FROM_INIT: bool = true;

    fn version() -> &'static str {
        env!("LOCKED_RPPROF")
    }

    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        rpprof::alloc::start();
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    /// The sums over its records, as its own totals and its pprof profile have them: it scales none of them up to
    /// what was not sampled.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let report = heap_report()?;
        let live: i64 = report.records.iter().map(|record| record.inuse_objects.max(0)).sum();
        Ok(Reported {
            allocations: Some(report.records.iter().map(|record| record.alloc_objects).sum()),
            allocated_bytes: Some(report.total_alloc_bytes()),
            live_allocations: Some(u64::try_from(live)?),
            live_bytes: Some(u64::try_from(report.total_inuse_bytes())?),
            ..Reported::default()
        })
    }

    fn sites(self, _folder: &Path) -> Result<Vec<SiteUse>, TrackerError> {
        let mut sites = Vec::<SiteUse>::new();
        for record in heap_report()?.records {
            // Innermost first.
            let mut names = record.frames.frames.iter().flatten().map(|symbol| symbol.name());
            let known = names
                .find_map(|name| KNOWN_SITES.into_iter().find(|site| name.contains(site.function)));
            let Some(known) = known else { continue };
            let (allocations, bytes) = (record.alloc_objects, record.alloc_bytes);
            match sites.iter_mut().find(|site| site.function == known.function) {
                Some(site) => {
                    site.allocations += allocations;
                    site.bytes += bytes;
                }
                None => {
                    let function = known.function.to_owned();
                    sites.push(SiteUse { function, allocations, bytes });
                }
            }
        }
        Ok(sites)
    }

    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        let report = heap_report()?;
        report.to_inuse_report().flamegraph(File::create(folder.join("heap_inuse.svg"))?)?;
        let mut speedscope = File::create(folder.join("heap_alloc.speedscope.json"))?;
        report.to_alloc_report().write_speedscope(&mut speedscope, "heap")?;
        std::fs::write(folder.join("heap.pb"), report.pprof()?.encode_to_vec())?;
        rpprof::alloc::stop();
        Ok(())
    }
}

subject::main!(Sampled);
