//! A tango benchmark of one program: the one in the file beside this executable that is called as it is, with
//! `.json` after it. A copy of it with another file is the other side.

use std::path::PathBuf;

use other_tools::program::Program;
use tango_bench::{IntoBenchmarks, benchmark_fn, tango_benchmarks};

fn benchmarks() -> impl IntoBenchmarks {
    let mut file = std::env::current_exe().expect("a path").into_os_string();
    file.push(".json");
    let program = Program::load(&PathBuf::from(file)).expect("a program");
    [benchmark_fn("program", move |bencher| {
        let program = program.clone();
        bencher.iter(move || program.run())
    })]
}

tango_benchmarks!(benchmarks());
