//! Whether two runs may be compared.

use std::collections::BTreeSet;

use super::environment::{Environment, SettingsRecord};
use crate::common::units;

/// In what two runs differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Why they cannot be compared: another program was measured.
    pub refusals: Vec<String>,
    /// Why one should think twice: ratios are alike across these, though not quite.
    pub warnings: Vec<String>,
}

/// Compares where and how two runs were made. Another scale, number of threads or seed makes other
/// programs of the workloads; another machine or compiler shifts overheads, and is only warned of.
pub fn differences(base: &Environment, new: &Environment) -> Differences {
    let (settings, other) = (&base.settings, &new.settings);
    let (params, others) = (&settings.params, &other.params);
    let refusals = [
        another_scale(settings, other),
        differs("threads", params.threads.to_string(), others.threads.to_string()),
        differs("seed", params.seed.to_string(), others.seed.to_string()),
        differs("pacing", format!("{:?}", params.pacing), format!("{:?}", others.pacing)),
        differs("profile", base.profile.clone(), new.profile.clone()),
    ];
    let timed_on = |environment: &Environment| match &environment.procedure {
        Some(procedure) if procedure.times_one_thread() => "1".to_owned(),
        _ => environment.settings.params.threads.to_string(),
    };
    let unknown = || "unknown".to_owned();
    let warnings = [
        differs("machine", base.machine(), new.machine()),
        differs(
            "compiler",
            base.rustc.clone().unwrap_or_else(unknown),
            new.rustc.clone().unwrap_or_else(unknown),
        ),
        differs("number of threads that were timed", timed_on(base), timed_on(new)),
        differs("harness", base.harness(), new.harness()),
    ];
    Differences {
        refusals: refusals.into_iter().flatten().collect(),
        warnings: warnings.into_iter().flatten().collect(),
    }
}

/// Why page faults of one run are nothing to hold against those of another: how often a page is touched for the first
/// time depends on the kernel, its huge pages, and the C library's allocator. Nothing, where these are the same.
pub fn other_pages(base: &Environment, new: &Environment) -> Option<String> {
    let told = |environment: &Environment| {
        let pages = environment.switches.get("transparent_hugepage");
        let parts = [environment.kernel.as_ref(), environment.libc.as_ref(), pages];
        let cores = units::counted(environment.cores, "core");
        let known = parts.into_iter().flatten().cloned().chain([cores]);
        known.collect::<Vec<_>>().join(", ")
    };
    let (base, new) = (told(base), told(new));
    (base != new).then(|| format!("page faults are not compared: they are of {base}, and of {new}"))
}

fn differs(what: &str, base: String, new: String) -> Option<String> {
    (base != new).then(|| format!("another {what}: {base} and {new}"))
}

/// Compares the scale of every workload that both have. Runs that do not tell their workloads are held to
/// their common scale.
fn another_scale(base: &SettingsRecord, new: &SettingsRecord) -> Option<String> {
    let told = |settings: &SettingsRecord| -> BTreeSet<String> {
        settings.workloads.iter().chain(settings.scales.keys()).cloned().collect()
    };
    let common: Vec<String> = told(base).intersection(&told(new)).cloned().collect();
    let scales = |workload: &str| (base.params_of(workload).scale, new.params_of(workload).scale);
    if common.is_empty() {
        let (base, new) = (base.params.scale, new.params.scale);
        return differs("scale", base.to_string(), new.to_string());
    }
    let differing: Vec<&str> = common
        .iter()
        .map(String::as_str)
        .filter(|workload| {
            let (base, new) = scales(workload);
            base != new
        })
        .collect();
    let (base, new) = scales(differing.first()?);
    let whose = if differing.len() == common.len() {
        String::new()
    } else {
        format!(" for {}", units::listed(&differing))
    };
    Some(format!("another scale{whose}: {base} and {new}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::environment;

    #[test]
    fn another_program_is_refused_and_another_machine_warned_of() {
        let base = environment();
        assert_eq!(differences(&base, &base), Differences::default());
        let mut new = environment();
        new.settings.params.scale = 0.1;
        new.rustc = Some("rustc 1.99.0".to_owned());
        let found = differences(&base, &new);
        assert_eq!(found.refusals, ["another scale: 1 and 0.1"]);
        assert!(found.warnings[0].contains("1.99.0"), "{found:?}");
    }

    #[test]
    fn page_faults_of_another_kernel_or_library_are_not_compared() {
        let base = environment();
        assert_eq!(other_pages(&base, &base), None);
        let changes: [fn(&mut Environment); 3] = [
            |new| new.kernel = Some("9.9.9".to_owned()),
            |new| new.libc = Some("musl".to_owned()),
            |new| {
                new.switches.insert("transparent_hugepage".to_owned(), "[always]".to_owned());
            },
        ];
        for change in changes {
            let mut new = environment();
            change(&mut new);
            assert!(other_pages(&base, &new).is_some(), "{new:?}");
        }
    }

    #[test]
    fn each_workload_is_held_to_its_own_scale() {
        let with = |scales: &[(&str, f64)]| {
            let mut environment = environment();
            let workloads = ["broken-pipe", "fragmentation"];
            environment.settings.workloads = workloads.map(str::to_owned).to_vec();
            let scales = scales.iter().map(|&(name, scale)| (name.to_owned(), scale));
            environment.settings.scales = scales.collect();
            environment
        };
        let (full, bench) = (with(&[]), with(&[("broken-pipe", 0.1)]));
        assert_eq!(differences(&bench, &bench), Differences::default());
        let refused = differences(&full, &bench).refusals;
        assert_eq!(refused, ["another scale for broken-pipe: 1 and 0.1"]);
        // What only one of them has measured is not compared.
        let mut phases = full;
        phases.settings.workloads = vec!["fragmentation".to_owned()];
        assert_eq!(differences(&phases, &bench), Differences::default());
    }
}
