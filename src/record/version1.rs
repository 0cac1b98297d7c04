//! Reading what earlier versions of memscope-bench wrote: schema 1, brought to the form of schema 2.
//!
//! Works on JSON values, before they become types: each step says what is called or placed otherwise.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Record;
use super::environment::SettingsRecord;

/// What has another name in schema 2, wherever it stands.
const RENAMED: [(&str, &str); 6] = [
    ("blocks", "allocations"),
    ("live_blocks", "live_allocations"),
    ("peak_live_blocks", "peak_live_allocations"),
    ("alive_blocks", "alive_allocations"),
    ("export_ns", "took_ns"),
    ("export_findings", "findings"),
];

/// A record of schema 1 as one of schema 2. What is not as it should be is left for the reader of schema 2
/// to refuse.
pub(super) fn record(mut value: Value) -> Value {
    rename(&mut value);
    let Value::Object(mut old) = value else { return value };
    let mut new = Map::new();
    new.insert("schema".to_owned(), json!(super::SCHEMA));
    new.insert("params".to_owned(), params(&mut old));
    new.insert("arm".to_owned(), arm(&mut old));
    if let Some(version) = old.get_mut("tracker").and_then(|tracker| tracker.get_mut("version")) {
        new.insert("version".to_owned(), version.take());
    }
    new.insert("outcome".to_owned(), outcome(&mut old));
    for (from, to) in [
        ("run", "run"),
        ("workload", "workload"),
        ("pass", "pass"),
        ("experiment", "experiment"),
        ("block", "block"),
        ("order", "place"),
        ("warm_up", "warm_up"),
        ("exported", "report_asked"),
        ("started_unix_ns", "started_unix_ns"),
        ("sample_ns", "sample_ns"),
        ("artefacts", "folder"),
    ] {
        if let Some(value) = old.remove(from) {
            new.insert(to.to_owned(), value);
        }
    }
    Value::Object(new)
}

/// The environment of a run of schema 1. Which workloads ran at a scale of their own, its records tell; see
/// [`scales`].
pub(super) fn environment(mut value: Value) -> Value {
    let Value::Object(environment) = &mut value else { return value };
    environment.insert("schema".to_owned(), json!(super::SCHEMA));
    if let Some(Value::Object(settings)) = environment.get_mut("settings") {
        let params = params(settings);
        settings.insert("params".to_owned(), params);
    }
    if let Some(Value::Array(versions)) = environment.get_mut("versions") {
        for version in versions.iter_mut().filter_map(Value::as_object_mut) {
            let arm = version.remove("arm");
            let (tracker, asked) = arm
                .as_ref()
                .and_then(Value::as_str)
                .map_or(("", ""), |arm| arm.split_once('@').unwrap_or((arm, "")));
            version.insert("tracker".to_owned(), json!(tracker));
            version.insert("asked".to_owned(), json!(asked));
        }
    }
    value
}

/// The scales of workloads that differ from the common one: `cargo bench` ran scenarios at a tenth, and its
/// settings did not say so.
pub(super) fn scales(records: &[Record], settings: &SettingsRecord) -> BTreeMap<String, f64> {
    let cells = records.iter().filter(|record| record.is_of_a_cell());
    let differing = cells.filter(|record| record.params.scale != settings.params.scale);
    differing.map(|record| (record.workload.clone(), record.params.scale)).collect()
}

fn rename(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(rename),
        Value::Object(fields) => {
            for (from, to) in RENAMED {
                if let Some(value) = fields.remove(from) {
                    fields.insert(to.to_owned(), value);
                }
            }
            fields.values_mut().for_each(rename);
        }
        _ => {}
    }
}

/// Takes scale, threads, seed and pacing out of what held them.
fn params(old: &mut Map<String, Value>) -> Value {
    let mut params = Map::new();
    for name in ["scale", "threads", "seed", "pacing"] {
        if let Some(value) = old.remove(name) {
            let value = if value == "seed" { json!("original") } else { value };
            params.insert(name.to_owned(), value);
        }
    }
    Value::Object(params)
}

/// The arm: its name held the version, and `tracker` the rest.
fn arm(old: &mut Map<String, Value>) -> Value {
    let name = old.remove("arm").and_then(|name| name.as_str().map(str::to_owned));
    let name = name.unwrap_or_default();
    let idle = old.remove("idle").is_some_and(|idle| idle == true);
    let role = match name.as_str() {
        "untracked" => "base",
        "untracked-twin" => "twin",
        _ if idle => "idle",
        _ => "tracked",
    };
    let tracker = old.get("tracker");
    let told = |field: &str| tracker.and_then(|t| t.get(field)).and_then(Value::as_str);
    let mode = told("mode").filter(|mode| !mode.is_empty());
    let name = name.strip_suffix(" (idle)").unwrap_or(&name);
    let name = mode.and_then(|mode| name.strip_suffix(mode)?.strip_suffix('/')).unwrap_or(name);
    let mut arm = Map::new();
    arm.insert("tracker".to_owned(), json!(told("name").unwrap_or_default()));
    if let Some((_, version)) = name.split_once('@') {
        arm.insert("version".to_owned(), json!(version));
    }
    if let Some(mode) = mode {
        arm.insert("mode".to_owned(), json!(mode));
    }
    arm.insert("role".to_owned(), json!(role));
    Value::Object(arm)
}

/// The payload: its fields stood side by side with those of all other kinds.
fn outcome(old: &mut Map<String, Value>) -> Value {
    let ended = old.remove("outcome");
    if ended.as_ref().and_then(Value::as_str) == Some("failed") {
        return json!({ "failed": taken(old, &[
            ("failure", "failure"),
            ("reason", "reason"),
            ("load", "load"),
            ("memcheck", "memcheck"),
        ]) });
    }
    let server = taken(old, &[("load", "load"), ("served", "served")]);
    if server.contains_key("load") {
        old.insert("server".to_owned(), Value::Object(server));
    }
    if let Some(Value::Object(mut report)) = old.remove("export") {
        report.extend(taken(old, &[("findings", "findings")]));
        old.insert("report".to_owned(), Value::Object(report));
    }
    let experiment = old.get("experiment").and_then(Value::as_str).unwrap_or_default().to_owned();
    let timed = old.get("pass").and_then(Value::as_str) == Some("timed");
    let kind = match experiment.as_str() {
        kind @ ("leaks" | "growth" | "verify" | "soak") => kind,
        _ if timed => "timed",
        _ => "audit",
    };
    let payload = taken(
        old,
        &[
            ("startup_ns", "startup_ns"),
            ("init_ns", "init_ns"),
            ("readout_ns", "readout_ns"),
            ("debug_build", "debug_build"),
            ("cost", "cost"),
            ("work", "work"),
            ("truth", "truth"),
            ("reported", "reported"),
            ("own_heap", "own_heap"),
            ("leaked", "leaked"),
            ("variables", "variables"),
            ("server", "server"),
            ("report", "report"),
            ("leaks", "list"),
            ("passes", "repetitions"),
            ("farewell", "final_heap"),
            ("memcheck", "memcheck"),
            ("soak", "points"),
        ],
    );
    json!({ kind: payload })
}

/// Takes fields out, under their new names.
fn taken(old: &mut Map<String, Value>, fields: &[(&str, &str)]) -> Map<String, Value> {
    let take = |&(from, to): &(&str, &str)| Some((to.to_owned(), old.remove(from)?));
    fields.iter().filter_map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::arm::Role;

    fn read(value: Value) -> Record {
        serde_json::from_value(record(value)).unwrap()
    }

    fn sample(arm: &str, mode: &str) -> Value {
        json!({
            "schema": 1, "run": "r", "block": 3, "order": 1, "pass": "timed",
            "workload": "fragmentation", "arm": arm,
            "tracker": { "name": "memscope-rs", "version": "0.1.10", "mode": mode },
            "scale": 0.1, "threads": 2, "seed": 1, "pacing": "seed",
            "started_unix_ns": 5, "sample_ns": 7, "startup_ns": 1, "outcome": "completed",
            "cost": { "wall_ns": 9 }
        })
    }

    #[test]
    fn a_timed_sample_is_read() {
        let record = read(sample("memscope-rs@path:../a/full", "full"));
        assert_eq!(record.arm.to_string(), "memscope-rs@path:../a/full");
        assert_eq!(record.arm.version.as_deref(), Some("path:../a"));
        assert_eq!(record.version.as_deref(), Some("0.1.10"));
        assert_eq!(record.params.pacing, protocol::Pacing::Original);
        assert_eq!((record.slot.block, record.slot.place), (3, 1));
        assert_eq!(record.cost().unwrap().wall_ns, 9);
        assert_eq!(record.outcome.process().unwrap().startup_ns, Some(1));
    }

    #[test]
    fn roles_are_told_by_the_names_of_their_arms() {
        let role = |arm: &str, idle: bool| {
            let mut sample = sample(arm, "full");
            sample["idle"] = json!(idle);
            read(sample).arm.role
        };
        assert_eq!(role("untracked", false), Role::Base);
        assert_eq!(role("untracked-twin", false), Role::Twin);
        assert_eq!(role("memscope-rs/full (idle)", true), Role::Idle);
        assert_eq!(role("memscope-rs/full", false), Role::Tracked);
    }

    #[test]
    fn a_failure_is_read() {
        let mut failed = sample("dhat", "");
        failed["outcome"] = json!("failed");
        failed["failure"] = json!("crashed");
        failed["reason"] = json!("ended by SIGSEGV");
        let record = read(failed);
        assert_eq!(record.outcome.failure().unwrap(), "crashed: ended by SIGSEGV");
        assert_eq!(record.arm.mode, None);
    }
}
