//! What it takes to add a tracker to a program.

use super::table::{Table, Unit, Value};
use super::words;
use crate::analyse::adoption::Adoption;

/// A row a version of a tracker.
pub(super) fn table(adoptions: &[Adoption]) -> Table {
    let table = Table::of(adoptions)
        .words("tracker", "tracker", |one: &Adoption| one.tracker.as_str())
        .words("version", "version", version)
        .figure("crates", "crates", |one| Some(Value::Count(one.crates as u64)))
        .figure("compiles in", "compile_cpu_s", |one| Some(Value::seconds(one.compile_cpu_s)))
        .figure("program grows by", "program_bytes", |one| {
            one.program_bytes.map(|bytes| Unit::Growth.of(bytes as f64))
        })
        .words("published", "released", |one| one.released.clone().unwrap_or_default())
        .words("licence", "licence", |one| one.licence.clone().unwrap_or_default())
        .words("Rust", "rust", |one| one.rust.clone().unwrap_or_default())
        .datum("compile_s", |one| Value::seconds(one.compile_s))
        .datum("newest", |one| one.newest.clone().unwrap_or_default())
        .datum("started", |one| one.started.as_str())
        .datum("machine", |one| one.machine.as_str())
        .datum("rustc", |one| one.rustc.clone().unwrap_or_default())
        .table("adoption", "What it takes to add each to a program");
    table.note(note(adoptions))
}

fn note(adoptions: &[Adoption]) -> String {
    let made = adoptions.iter().map(|one| one.started.as_str()).max();
    let newest = adoptions.iter().max_by_key(|one| &one.started);
    format!(
        "Crates that are compiled for a program that does nothing but depend on it, itself among them, and the CPU time \
         that this takes in the release profile, of all cores. The program grows by what more is loaded of a workload's \
         program, code and data, than without a tracker. Rust: the oldest that its manifest promises. By memscope-bench \
         adopt, {}{}.",
        made.map(words::moment).unwrap_or_default(),
        newest.map(|one| format!(", {}", one.machine)).unwrap_or_default()
    )
}

/// The version, and what was the newest then, if it is another.
fn version(one: &Adoption) -> String {
    match &one.newest {
        Some(newest) if one.is_outdated() => format!("{} (newest: {newest})", one.version),
        _ => one.version.clone(),
    }
}

/// The same of one, a line each.
pub(super) fn facts(one: &Adoption) -> Vec<(&'static str, String)> {
    let grows = one.program_bytes.map(|bytes| Unit::Growth.of(bytes as f64).words());
    let lines = [
        ("published", one.released.clone()),
        ("newest then", one.newest.clone().filter(|_| one.is_outdated())),
        ("crates that it brings", Some(one.crates.to_string())),
        (
            "they compile in",
            Some(format!("{} of CPU time", Value::seconds(one.compile_cpu_s).words())),
        ),
        ("a program grows by", grows),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn a_version_that_was_not_the_newest_says_so_and_the_table_fits_eighty_columns() {
        let one = fixture::adoption("memscope-rs", "0.2.4", "0.2.5");
        let text =
            Terminal { width: Some(80), colour: false }.render(&table(std::slice::from_ref(&one)));
        assert!(text.contains("(newest:") && text.contains("123"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(facts(&one).contains(&("newest then", "0.2.5".to_owned())));
        let newest = Adoption { newest: Some("0.2.4".to_owned()), ..one };
        assert!(!facts(&newest).iter().any(|(name, _)| *name == "newest then"));
    }
}
