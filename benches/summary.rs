//! `cargo bench --bench summary`: how long it takes from records to figures.
//!
//! `summary/20000-records`: the committed runs of sixteen versions, as often as it takes to have that many
//! records, each copy a run of its own.

mod support;

use std::path::Path;

use criterion::Criterion;
use memscope_bench::analyse::summary::Summary;
use memscope_bench::record::Run;
use support::die;

/// How many records are summarised at least.
const RECORDS: usize = 20_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runs = runs().unwrap_or_else(|error| die(3, &error));
    let mut group = criterion.benchmark_group("summary");
    group.sample_size(10);
    group.bench_function(format!("{RECORDS}-records"), |bencher| {
        bencher.iter(|| Summary::of(&runs).unwrap_or_else(|error| die(3, &error)));
    });
    group.finish();
    criterion.final_summary();
}

/// Runs with so many records.
fn runs() -> Result<Vec<Run>, Box<dyn std::error::Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("target-reports/sample/versions/data");
    let folder = std::fs::read_dir(data)?.next().ok_or("no committed run")??.path();
    let one = Run::load(&folder)?;
    let copies = RECORDS.div_ceil(one.records.len());
    let copy = |number: usize| {
        let mut run = one.clone();
        run.environment.run = format!("{}-{number}", run.environment.run);
        for record in &mut run.records {
            record.run.clone_from(&run.environment.run);
        }
        run
    };
    Ok((0..copies).map(copy).collect())
}
