//! Public claims and what became of them, as a table.

use super::table::{Cell, Table, Unit, Value};
use super::{links, words};
use crate::analyse::claims::{JudgedClaim, Verdict, judge};
use crate::analyse::summary::Summary;
use crate::common::units;
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::plan::claims::{Claim, Measure};

/// The claims of a summary's trackers, judged. Empty, if nothing was timed.
pub fn judged(summary: &Summary) -> Vec<JudgedClaim> {
    // A page can be made without it.
    let (Ok(claims), Ok(catalog)) = (Claim::built_in(), Catalog::built_in()) else {
        return Vec::new();
    };
    if summary.is_timed() { judge(summary, &claims, &catalog) } else { Vec::new() }
}

/// The same as tables, for a page: those that were judged, and those that could not be.
pub(super) fn tables(summary: &Summary) -> Vec<Table> {
    let (told, open): (Vec<_>, Vec<_>) =
        judged(summary).into_iter().partition(|one| one.verdict < Verdict::NotMeasured);
    let open = Table::of(&open)
        .words("tracker", "arm", tracker)
        .words("claim", "says", |one| format!("“{}”", one.claim.says))
        .words("where", "at", |one| one.claim.at.as_str())
        .words("verdict", "verdict", verdict)
        .words("why", "why", by)
        .table("claims-open", "What could not be judged, and why");
    vec![table(&told), open]
}

/// Those that are made of one arm.
pub(super) fn of_arm(all: &[JudgedClaim], arm: &ArmId) -> Table {
    let own = all.iter().filter(|one| one.arm.as_ref() == Some(arm)).cloned();
    table(&own.collect::<Vec<_>>())
}

/// One row a claim and arm.
pub(super) fn table(judged: &[JudgedClaim]) -> Table {
    let mut rows: Vec<&JudgedClaim> = judged.iter().collect();
    // What was judged before what was not; else in the file's order.
    rows.sort_by_key(|one| one.verdict >= Verdict::NotMeasured);
    Table::of(rows)
        .words("tracker", "arm", tracker)
        .words("verdict", "verdict", verdict)
        .figure("measured", "measured", measured)
        .words("claim", "says", |one| format!("“{}”", one.claim.says))
        .words("where", "at", |one| one.claim.at.as_str())
        .words("is judged by", "measure", by)
        .spare()
        .table("claims", "Public claims")
        .note(
            "A claim holds if the whole 95 % interval is as it says, fails if none of it is, and is undecided else. It is \
             judged by these workloads on this machine; claims that were made of others are judged all the same, \
             as a reader would. Not measured: these runs do not hold what would show it. Untestable: nothing here can.",
        )
}

fn tracker(one: &JudgedClaim) -> Cell {
    match &one.arm {
        Some(arm) => {
            let title = words::arm_title(arm, one.version.as_deref());
            Cell::from(title).link(links::tracker_page(arm))
        }
        None => {
            let versions = one.claim.versions.as_ref();
            let versions = versions.map(|range| format!(" {range}")).unwrap_or_default();
            format!("{}{versions}", one.claim.tracker).into()
        }
    }
}

fn verdict(one: &JudgedClaim) -> Value {
    let mark = match one.verdict {
        Verdict::Holds => "✓",
        Verdict::Fails => "✗",
        Verdict::Undecided => "~",
        Verdict::NotMeasured | Verdict::Untestable => "–",
    };
    Value::Text(format!("{mark} {}", one.verdict.word()))
}

fn measured(one: &JudgedClaim) -> Cell {
    let Some((measured, measure)) = one.measured.zip(one.claim.measure) else {
        return Value::Absent.into();
    };
    if measured.figure.is_infinite() {
        return Value::Text("∞".to_owned()).into();
    }
    let ends = measured.low.zip(measured.high).map(|(low, high)| [low, high]);
    let value = Value::Figure(measured.figure, ends, unit(measure));
    let interval = value.interval().unwrap_or_default();
    Cell::from(value).aside(interval)
}

fn unit(measure: Measure) -> Unit {
    match measure {
        Measure::Overhead
        | Measure::OverheadOverAllocator
        | Measure::OverheadAt
        | Measure::TimesCheaper
        | Measure::Memory
        | Measure::WorstFactor => Unit::Factor,
        Measure::NsPerAllocation => Unit::Nanoseconds,
        Measure::BytesPerLive | Measure::BytesPerThread => Unit::Bytes,
        Measure::ReportTime => Unit::Seconds,
        Measure::Coverage => Unit::Share,
        Measure::InstructionsPerPair => Unit::Decimals(1, ""),
    }
}

/// What it is judged by, or why it is not.
fn by(one: &JudgedClaim) -> String {
    let claim = &one.claim;
    let Some(measure) = claim.measure else {
        return claim.untestable.clone().unwrap_or_default();
    };
    let unit = unit(measure);
    let bound = |bound: f64| unit.of(bound).words();
    let bounds = match (claim.at_least, claim.at_most) {
        (Some(least), Some(most)) => format!("{} to {}", bound(least), bound(most)),
        (Some(least), None) => format!("at least {}", bound(least)),
        (None, Some(most)) => format!("at most {}", bound(most)),
        (None, None) => String::new(),
    };
    let against = claim.against.as_deref().unwrap_or_default();
    let what = match measure {
        Measure::Overhead => "CPU time, ÷ untracked".to_owned(),
        Measure::OverheadOverAllocator => "CPU time, ÷ that of its allocator alone".to_owned(),
        Measure::OverheadAt => {
            format!(
                "CPU time, ÷ untracked, on {}",
                units::counted(claim.threads.unwrap_or(1), "thread")
            )
        }
        Measure::NsPerAllocation if !against.is_empty() => {
            format!("CPU time added to an allocation, over {against}")
        }
        Measure::NsPerAllocation => "CPU time added to an allocation".to_owned(),
        Measure::TimesCheaper => format!("what {against} adds ÷ what it adds"),
        Measure::Memory => "peak memory, ÷ untracked".to_owned(),
        Measure::BytesPerLive => "its own heap for each live allocation".to_owned(),
        Measure::BytesPerThread => "its own heap ÷ threads".to_owned(),
        Measure::ReportTime => "time to make its reports".to_owned(),
        Measure::WorstFactor => "its worst figure, off by".to_owned(),
        Measure::Coverage => "allocations that it tells of".to_owned(),
        Measure::InstructionsPerPair => "instructions added to an allocation and a free".to_owned(),
    };
    format!("{what}: {bounds}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::present::table::{Renderer, Terminal};

    #[test]
    fn claims_read_like_this() {
        let judged = judged(&fixture::judged_summary());
        let of_memscope: Vec<JudgedClaim> =
            judged.into_iter().filter(|one| one.claim.tracker == "memscope-rs").collect();
        insta::assert_snapshot!(
            Terminal { width: Some(140), colour: false }.render(&table(&of_memscope))
        );
    }
}
