//! A plain program of the workloads' code, with no harness at all: no wrapper, no job, no reply. The
//! untracked subject is compared with it, from outside, by `cargo bench --bench instrument`.
//!
//! `plain-phases WORKLOAD SCALE SEED THREADS`

use std::process::ExitCode;

use subject::probe::NoProbe;
use subject::protocol::Params;
use subject::workloads::{self, Setting};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let run = |arguments: &[String]| -> Option<()> {
        let [workload, scale, seed, threads] = arguments else {
            return None;
        };
        let meta = workloads::find(workload)?;
        let (scale, seed) = (scale.parse().ok()?, seed.parse().ok()?);
        let threads = threads.parse().ok()?;
        let setting =
            Setting::new(meta, Params { scale, seed, threads, ..Params::default() }).ok()?;
        workloads::run(workload, &NoProbe, &setting);
        Some(())
    };
    if run(&arguments).is_some() {
        ExitCode::SUCCESS
    } else {
        eprintln!("usage: plain-phases WORKLOAD SCALE SEED THREADS");
        ExitCode::from(2)
    }
}
