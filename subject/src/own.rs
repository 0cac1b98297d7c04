//! A workload of the reader's own, beside those of this crate.
//!
//! Its crate depends on this one and implements [`Workload`]; a file names it to memscope-bench (`-w ./my-workload.toml`;
//! `examples/own-workload/` is one). memscope-bench then builds every tracker's program with it: [`Own`] is implemented in the
//! few lines that it generates for that.

use protocol::workloads::{Kind, Setup, Workload as Facts};

use crate::probe::Probe;
use crate::workloads::Setting;

/// A workload, generic over what tracks its variables, as those of this crate are.
pub trait Workload {
    /// Does the work: all of it is measured, and nothing else is. `probe` is for variables, by
    /// [`track!`](crate::track!); an allocator needs no calls. `setting` has the scale, the random generators, and what the
    /// workload runs on.
    ///
    /// Two runs at one scale and seed are to make the same allocations, since that is what trackers are compared on.
    fn run<P: Probe>(probe: &P, setting: &Setting);
}

/// A workload with the facts that its file gives.
pub trait Own {
    /// The workload.
    type Workload: Workload;
    /// Its name in records, which is none of this crate's.
    const NAME: &'static str;
    /// What it runs on.
    const SETUP: Setup;
}

/// There is none.
#[derive(Clone, Copy, Debug)]
pub enum NoWorkload {}

impl Workload for NoWorkload {
    fn run<P: Probe>(_probe: &P, _setting: &Setting) {}
}

impl Own for NoWorkload {
    type Workload = Self;
    // No job asks for it.
    const NAME: &'static str = "";
    const SETUP: Setup = Setup::Plain;
}

/// The facts of a workload by its name: of the reader's own, or of this crate's.
pub(crate) fn find<O: Own>(name: &str) -> Option<&'static Facts> {
    if !O::NAME.is_empty() && name == O::NAME {
        return Some(const { &facts(O::NAME, O::SETUP) });
    }
    crate::workloads::find(name)
}

const fn facts(name: &'static str, setup: Setup) -> Facts {
    Facts {
        name,
        title: name,
        summary: "",
        kind: Kind::Own,
        setup,
        leaks_on_purpose: false,
        rounds: &[],
    }
}

/// Runs a workload by its name, as [`find`] knows it.
pub(crate) fn run<O: Own, P: Probe>(name: &str, probe: &P, setting: &Setting) {
    if !O::NAME.is_empty() && name == O::NAME {
        return O::Workload::run(probe, setting);
    }
    crate::workloads::run(name, probe, setting);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::NoProbe;
    use protocol::Params;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    static RUNS: AtomicUsize = AtomicUsize::new(0);

    enum Mine {}

    impl Workload for Mine {
        fn run<P: Probe>(_probe: &P, setting: &Setting) {
            RUNS.fetch_add(setting.scaled(100), Relaxed);
        }
    }

    impl Own for Mine {
        type Workload = Self;
        const NAME: &'static str = "mine";
        const SETUP: Setup = Setup::Plain;
    }

    #[test]
    fn ones_own_is_found_and_run_by_its_name_and_the_others_are_still_there() {
        let facts = find::<Mine>("mine").unwrap();
        assert_eq!((facts.name, facts.setup), ("mine", Setup::Plain));
        let params = Params { scale: 0.5, ..Params::default() };
        let setting = Setting::new(facts, params).unwrap();
        run::<Mine, _>("mine", &NoProbe, &setting);
        assert_eq!(RUNS.load(Relaxed), 50);
        assert!(find::<Mine>("fragmentation").is_some());
        assert!(find::<NoWorkload>("mine").is_none());
        assert!(find::<NoWorkload>("").is_none());
    }
}
