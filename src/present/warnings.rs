//! What a reader must know before believing any figure.

use std::collections::BTreeSet;

use super::words;
use crate::analyse::summary::{Content, Summary};
use crate::record::environment::Environment;

/// Debug builds, another scale than upstream's, runs that do not compare, and what else a summary has of that kind; none
/// if there is nothing.
pub fn of(summary: &Summary) -> Vec<String> {
    let mut warnings = Vec::new();
    if summary.debug_build {
        warnings.push(
            "Some subjects were built with debug assertions. These figures say nothing about \
             release builds; run again with --release."
                .to_owned(),
        );
    }
    let cells = summary.environments_of(&[Content::Timed, Content::Audited]);
    let another = |environment: &&Environment| {
        let settings = &environment.settings;
        settings.params.scale != 1.0 || !settings.scales.is_empty()
    };
    if cells.iter().any(another) {
        let scale = words::distinct(cells.iter().map(|e| e.settings.scale_in_words()));
        warnings.push(format!(
            "Measured at scale {scale}, where 1 is the workloads' real size. Fixed costs weigh more \
             in small runs: do not compare these figures with those of another scale."
        ));
    }
    warnings.extend(several_machines(&summary.environments));
    if summary.noise.is_none() && !summary.overall.is_empty() && summary.is_timed() {
        warnings.push(
            "Untracked was not measured twice: how far apart this machine sees identical programs is \
             unknown."
                .to_owned(),
        );
    }
    let misdeclared = summary
        .audits
        .iter()
        .filter_map(|audit| Some(format!("{}: {}.", audit.arm, audit.misdeclared.as_ref()?)));
    warnings.extend(misdeclared.collect::<BTreeSet<String>>());
    warnings
}

/// That the runs are of several machines, and which ones are not of the machine that made most of them.
fn several_machines(environments: &[Environment]) -> Option<String> {
    let mut machines: Vec<(String, Vec<&Environment>)> = Vec::new();
    for one in environments {
        let machine = one.machine();
        match machines.iter_mut().find(|(known, _)| *known == machine) {
            Some((_, runs)) => runs.push(one),
            None => machines.push((machine, vec![one])),
        }
    }
    // Stable: of two that made as many, the first one that is named stays first.
    machines.sort_by_key(|(_, runs)| std::cmp::Reverse(runs.len()));
    let [(most, runs), others @ ..] = machines.as_slice() else { return None };
    if others.is_empty() {
        return None;
    }
    if others.iter().any(|(_, other)| other.len() == runs.len()) {
        let all = words::distinct(machines.iter().map(|(machine, _)| machine.clone()));
        return Some(format!("The runs were made on different machines: {all}."));
    }
    let others: Vec<String> = others
        .iter()
        .map(|(machine, runs)| {
            let commands = words::distinct(runs.iter().map(|one| without_trackers(&one.command)));
            format!("Made on {machine} instead: {commands}.")
        })
        .collect();
    Some(format!("Most runs were made on {most}. {}", others.join(" ")))
}

/// A command without the trackers that it names, of which there may be dozens.
fn without_trackers(command: &str) -> String {
    let mut words = command.split(' ');
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "-t" | "--tracker" => _ = words.next(),
            word if word.starts_with("--tracker=") => {}
            word => kept.push(word),
        }
    }
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(cpu: &str, command: &str) -> Environment {
        Environment {
            cpu: Some(cpu.to_owned()),
            command: command.to_owned(),
            ..Environment::default()
        }
    }

    #[test]
    fn of_several_machines_it_is_said_which_runs_were_made_elsewhere() {
        let here = || run("One", "memscope-bench measure -t dhat");
        let there = run("Two", "memscope-bench sweep -w reallocations -t dhat -t counting --at 1");
        assert_eq!(several_machines(&[]), None);
        assert_eq!(several_machines(&[here(), here()]), None);
        let said = several_machines(&[here(), there.clone(), here()]).unwrap();
        assert!(said.starts_with("Most runs were made on One"), "{said}");
        assert!(said.contains("on Two"), "{said}");
        assert!(said.ends_with(": memscope-bench sweep -w reallocations --at 1."), "{said}");
        let even = several_machines(&[here(), there]).unwrap();
        assert!(even.starts_with("The runs were made on different machines: One"), "{even}");
    }
}
