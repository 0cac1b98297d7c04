//! A Criterion benchmark of one program: the one in the file that `OTHER_TOOLS_PROGRAM` names.

use std::path::PathBuf;

use criterion::{Criterion, SamplingMode};
use other_tools::program::Program;

fn main() {
    let file = std::env::var_os("OTHER_TOOLS_PROGRAM").expect("OTHER_TOOLS_PROGRAM names a file");
    let program = Program::load(&PathBuf::from(file)).expect("a program");
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("trial");
    // For what takes long, as its documentation says.
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("program", |bencher| bencher.iter(|| program.run()));
    group.finish();
    criterion.final_summary();
}
