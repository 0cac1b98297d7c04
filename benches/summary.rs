//! `cargo bench --bench summary`: how long it takes from records to figures, and to a site.
//!
//! `summary/20000-records`: figures of the committed runs of sixteen versions, as often as it takes to have that many
//! records, each copy a run of its own.
//!
//! `site/100000-records`: from the file of one run with that many records to its site, by `memscope-bench report` in a
//! process of its own, whose peak memory is printed. `MEMSCOPE_BENCH_RECORDS=1000000` has another number of them.

mod support;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, SamplingMode};
use memscope_bench::analyse::summary::Summary;
use memscope_bench::record::{RECORDS_FILE, Run, Writer};
use nix::sys::resource::{UsageWho, getrusage};
use support::die;

/// How many records are summarised at least.
const SUMMARISED: usize = 20_000;

/// How many the site is made of, unless `MEMSCOPE_BENCH_RECORDS` says otherwise.
const PUBLISHED: usize = 100_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let one = committed().unwrap_or_else(|error| die(3, &error));
    summary(&mut criterion, &one);
    site(&mut criterion, &one).unwrap_or_else(|error| die(3, &error));
    criterion.final_summary();
}

/// A run that is in the repository.
fn committed() -> Result<Run, Box<dyn Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("target-reports/sample/versions/data");
    let folder = std::fs::read_dir(data)?.next().ok_or("no committed run")??.path();
    Ok(Run::load(&folder)?)
}

fn summary(criterion: &mut Criterion, one: &Run) {
    let copies = SUMMARISED.div_ceil(one.records.len());
    let copy = |number: usize| {
        let mut run = one.clone();
        run.environment.run = format!("{}-{number}", run.environment.run);
        for record in &mut run.records {
            record.run.clone_from(&run.environment.run);
        }
        run
    };
    let runs: Vec<Run> = (0..copies).map(copy).collect();
    let mut group = criterion.benchmark_group("summary");
    group.sample_size(10);
    group.bench_function(format!("{SUMMARISED}-records"), |bencher| {
        bencher.iter(|| Summary::of(&runs).unwrap_or_else(|error| die(3, &error)));
    });
    group.finish();
}

fn site(criterion: &mut Criterion, one: &Run) -> Result<(), Box<dyn Error>> {
    let asked = std::env::var("MEMSCOPE_BENCH_RECORDS").ok();
    let records = asked.map_or(Ok(PUBLISHED), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let run = folder.path().join("run");
    let mut made = false;
    let mut group = criterion.benchmark_group("site");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function(format!("{records}-records"), |bencher| {
        if !made {
            write(one, records, &run).unwrap_or_else(|error| die(3, &error));
            made = true;
        }
        bencher.iter(|| publish(&run, &folder.path().join("site")));
    });
    group.finish();
    if made {
        // Of all that this process started, so of the largest: the program is all that it starts.
        let peak = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
        println!("peak resident memory of the program: {} MB\n", peak * 1024 / 1_000_000);
    }
    Ok(())
}

/// A run with so many records: those of the given one, in blocks that go on.
fn write(one: &Run, records: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let blocks = one.records.iter().map(|record| record.slot.block + 1).max().unwrap_or(1);
    drop(Writer::create(folder, &one.environment)?);
    // Not by the writer, which waits for the disk after each record.
    let mut file = BufWriter::new(File::create(folder.join(RECORDS_FILE))?);
    for number in 0..records {
        let mut record = one.records[number % one.records.len()].clone();
        record.slot.block += blocks * u32::try_from(number / one.records.len())?;
        // What lies beside the records is not there.
        record.folder = None;
        serde_json::to_writer(&mut file, &record)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

fn publish(run: &Path, out: &Path) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_memscope-bench"));
    program.args(["report".as_ref(), run, "--out".as_ref(), out]);
    let ended = program.stdout(Stdio::null()).stderr(Stdio::null()).status();
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => die(3, &format!("memscope-bench report ended with {status}")),
        Err(error) => die(3, &error),
    }
}
