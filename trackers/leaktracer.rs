//! `leaktracer`: bytes and allocations alive by the function that made them, set up as "Setup" in its README tells.
//!
//! Its README means it "to be used in debug mode only", since it takes names from backtraces. It finds them in a
//! release build without debug information too, by the symbols. With line tables alone it finds none: names have no
//! paths there, by which it tells whose a function is, and all is under `<unknown>`.

use std::fmt::Write as _;
use std::path::Path;

use leaktracer::LeaktracerAllocator;
use subject::probe::NoProbe;
use subject::protocol::{Live, Reported};
use subject::{GroundTruth, Tracker, TrackerError};

#[global_allocator]
static ALLOCATOR: GroundTruth<LeaktracerAllocator> = GroundTruth::new(LeaktracerAllocator::init());

struct Leaktracer;

impl Tracker for Leaktracer {
    type Probe = NoProbe;
    const NAME: &'static str = "leaktracer";

    fn version() -> &'static str {
        env!("LOCKED_LEAKTRACER")
    }

    /// Its table names the functions whose paths begin as told here: those of the workloads, and not of the harness
    /// around its allocator.
    fn init(_mode: &'static str, _report_folder: Option<&Path>) -> Result<Self, TrackerError> {
        leaktracer::init_symbol_table(&["subject::workloads"]);
        Ok(Self)
    }

    fn probe(&self) -> NoProbe {
        NoProbe
    }

    fn live_now() -> Live {
        Live { allocations: None, bytes: Some(ALLOCATOR.tracker().allocated() as u64) }
    }

    /// It knows the bytes alive. Of allocations it knows those alive by function and since its table was made; a
    /// total of them it does not tell, nor of what was freed.
    fn reported(&self) -> Result<Reported, TrackerError> {
        let live = ALLOCATOR.tracker().allocated() as u64;
        Ok(Reported { live_bytes: Some(live), ..Reported::default() })
    }

    /// Its table, printed as its README does.
    fn write_report(self, folder: &Path) -> Result<(), TrackerError> {
        let text = leaktracer::with_symbol_table(|table| {
            let mut text = String::new();
            for (name, symbol) in table.iter() {
                let (bytes, count) = (symbol.allocated(), symbol.count());
                // Writing to a string cannot fail.
                let _ = writeln!(text, "Symbol: {name}, Allocated: {bytes}, Count: {count}");
            }
            text
        });
        let text = text.map_err(|error| error.to_string())?;
        std::fs::write(folder.join("symbols.txt"), text)?;
        Ok(())
    }
}

subject::main!(Leaktracer);
