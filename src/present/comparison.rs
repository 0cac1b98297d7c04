//! A comparison as people and programs read it.

use super::table::{Csv, Markdown, Place, Placed, Renderer, Table, Terminal, Value};
use crate::analyse::accuracy::Grade;
use crate::analyse::comparison::{
    Comparison, Difference, FigureShift, Pairing, Reading, Row, Shift, Shown, Versus,
};
use crate::common::units;
use crate::present::words;
use crate::stats::ORDERS_NEEDED;

/// Both tables for a terminal: a section for each arm, then the figures that changed. Without columns of time, if
/// none was taken.
pub fn table(comparison: &Comparison) -> String {
    let terminal = Terminal::here(false);
    let changed = families(comparison, false).filled().map(|table| terminal.render(&table));
    [Some(terminal.render(&model(comparison))), changed]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// As GitHub's Markdown, for a comment on a pull request: red or green and why, if it was judged, then both tables.
pub fn markdown(comparison: &Comparison, reasons: Option<&[String]>) -> String {
    let mut parts = Vec::new();
    if let Some(reasons) = reasons {
        let colour = if reasons.is_empty() { "🟢 **green**" } else { "🔴 **red**" };
        let mut verdict = format!("{colour}: {}", verdict(comparison));
        for reason in reasons {
            verdict += &format!("\n- {}", Markdown.text(reason));
        }
        parts.push(verdict);
    }
    parts.push(Markdown.render(&model(comparison)));
    if let Some(changed) = families(comparison, false).filled() {
        parts.push(format!(
            "<details><summary>Accuracy, figure by figure</summary>\n\n{}\n</details>",
            Markdown.render(&changed)
        ));
    }
    parts.join("\n\n")
}

/// What the comparison says, in a sentence for each arm.
pub fn verdict(comparison: &Comparison) -> String {
    let sentences = comparison.against.iter().map(|versus| {
        let all = versus.rows.iter().find(|row| row.workload.is_none());
        let told = all.map(verdicts).filter(|told| !told.is_empty());
        let ratio = all.and_then(|row| row.change).map_or(String::new(), |change| {
            let interval = match (change.low, change.high) {
                (Some(low), Some(high)) => {
                    format!(" [{}]", units::interval(change.ratio, low, high))
                }
                _ => String::new(),
            };
            format!(", {}{interval} the CPU time", units::factor(change.ratio))
        });
        format!(
            "{}: {}{ratio}.",
            words::versus_title(versus),
            told.unwrap_or_else(|| "no difference".to_owned())
        )
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// Both tables for a page: all rows, and every figure whether it changed or not.
pub(super) fn placed(comparison: &Comparison) -> Vec<Placed> {
    let tables = [Some(model(comparison)), families(comparison, true).filled()];
    tables.into_iter().flatten().map(Placed::from).collect()
}

/// Unrounded, absent figures empty.
pub fn csv(comparison: &Comparison) -> String {
    Csv.render(&model(comparison))
}

/// The table in no form yet.
fn model(comparison: &Comparison) -> Table {
    let timed = is_timed(comparison);
    let of_time = if timed { Place::Text } else { Place::Data };
    let sections = comparison.against.iter().map(|versus| {
        // Over all workloads there are times alone.
        let rows = versus.rows.iter().filter(move |row| timed || row.workload.is_some());
        (words::versus_title(versus), rows.map(move |row| (versus, row)))
    });
    let table = Table::in_sections(sections)
        .datum("base", |(versus, _)| versus.base.to_string())
        .datum("arm", |(versus, _)| versus.arm.to_string())
        .words("workload", "workload", |(_, row)| match &row.workload {
            Some(workload) => Value::from(workload.as_str()),
            None => Value::Label("all".to_owned()),
        })
        .figure("base", "base_overhead", |(_, row)| overhead(&row.base))
        .at(of_time)
        .figure("new", "new_overhead", |(_, row)| overhead(&row.new))
        .at(of_time)
        .estimate("new ÷ base", "change", |(_, row)| row.change)
        .at(of_time)
        .spare()
        .figure("base again", "noise_factor", |(_, row)| row.noise.map(Value::factor))
        .at(of_time)
        .spare()
        .words("accuracy", "grades", |(_, row)| grades(row))
        .bare_estimate("memory", "memory", |(_, row)| row.memory)
        .at(Place::Data)
        .words("verdict", "verdicts", |(_, row)| verdicts(row))
        .table("comparison", "");
    notes(comparison).into_iter().fold(table, Table::note)
}

/// Whether there is a time, or the lack of one to tell.
fn is_timed(comparison: &Comparison) -> bool {
    let told = |side: &Shown| side.overhead.is_some() || side.failed.is_some();
    let mut rows = comparison.against.iter().flat_map(|versus| &versus.rows);
    rows.any(|row| told(&row.base) || told(&row.new))
}

fn overhead(side: &Shown) -> Value {
    match (&side.overhead, &side.failed) {
        (Some(overhead), _) => Value::factor(overhead.ratio),
        (None, Some(failed)) => Value::Failed(failed.clone()),
        (None, None) => Value::Absent,
    }
}

/// The grades of both sides: `exact → wrong`.
fn grades(row: &Row) -> String {
    let word = |side: &Shown| side.grade.map_or(units::ABSENT, Grade::word);
    match (word(&row.base), word(&row.new)) {
        (base, new) if base == new => base.to_owned(),
        (base, new) => format!("{base} → {new}"),
    }
}

/// What may be said of a row; of accuracy, in which families: `slower, less accurate (events, live)`.
fn verdicts(row: &Row) -> String {
    let of = |is: fn(Shift) -> bool| {
        let families = row.families(is);
        let words: Vec<&str> = families.iter().map(|family| family.word()).collect();
        format!(" ({})", words.join(", "))
    };
    let words = row.verdicts.iter().map(|verdict| match verdict {
        Difference::LessAccurate => verdict.words().to_owned() + &of(Shift::is_worse),
        Difference::NotDetected => words::difference(verdict.words(), row.detectable),
        Difference::MoreAccurate => verdict.words().to_owned() + &of(|shift| shift == Shift::More),
        other => other.words().to_owned(),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Every figure that changed, before and after, family by family.
fn families(comparison: &Comparison, all: bool) -> Table {
    let rows: Vec<(&Versus, &Row, &FigureShift)> = comparison
        .against
        .iter()
        .flat_map(|versus| versus.rows.iter().map(move |row| (versus, row)))
        .filter(|(_, row)| row.workload.is_some())
        .flat_map(|(versus, row)| row.figures.iter().map(move |one| (versus, row, one)))
        .filter(|(.., one)| all || one.shift.is_some())
        .collect();
    let ratio = |reading: Option<Reading>| reading.and_then(|one| one.ratio()).map(Value::capture);
    let count = |reading: Option<Reading>| reading?.reported.map(Value::Count);
    let many = comparison.against.len() > 1;
    let mut table = Table::of(&rows);
    if many {
        table = table.words("tracker", "arm", |(versus, ..)| {
            words::arm_title(&versus.arm, versus.version.as_deref())
        });
    } else {
        table = table.datum("arm", |(versus, ..)| versus.arm.to_string());
    }
    table
        .words("workload", "workload", |(_, row, _)| row.workload.clone().unwrap_or_default())
        .words("family", "family", |(.., one)| one.family.word())
        .words("figure", "figure", |(.., one)| one.figure.clone())
        .figure("base", "base", move |(.., one)| ratio(one.base))
        .figure("new", "new", move |(.., one)| ratio(one.new))
        .datum("actual", |(.., one)| one.new.or(one.base).map(|one| Value::Count(one.actual)))
        .datum("base_reported", move |(.., one)| count(one.base))
        .datum("new_reported", move |(.., one)| count(one.new))
        .words("became", "shift", |(.., one)| one.shift.map_or("the same", Shift::words))
        .table("families", "Accuracy, figure by figure")
        .note(
            "Reported ÷ actual; of several audits, the one that is off by most. Less accurate: what is missed \
             of the program's, or what is counted too much, is larger beyond what repeated audits differ by. \
             Reports more, or fewer: it cannot be told whether that is nearer to the truth.",
        )
}

fn notes(comparison: &Comparison) -> Vec<String> {
    let mut notes: Vec<String> =
        comparison.warnings.iter().map(|warning| format!("Note: {warning}.")).collect();
    if !is_timed(comparison) {
        notes.push("Accuracy alone: no times were taken.".to_owned());
        return notes;
    }
    notes.push("Base and new: CPU time, tracked ÷ untracked.".to_owned());
    notes.extend(of_layout(comparison));
    if comparison.pairing == Pairing::SameBlocks {
        notes.push(format!(
            "All rows are judged together. Slower or faster: a difference, and of {} or more; slightly, of \
             less. Not detected (< 2 %): a larger one would have been found.",
            units::percent(comparison.least_effect - 1.0)
        ));
    }
    notes
}

/// What the place of code in memory has to do with it.
fn of_layout(comparison: &Comparison) -> Option<String> {
    match comparison.links {
        Some(links) if links < ORDERS_NEEDED => Some(format!(
            "Each side was linked {links} times: an interval needs {ORDERS_NEEDED} link orders, and 8 are a good number."
        )),
        Some(links) => Some(format!(
            "Each side was linked {links} times, with its code in another order each time: intervals hold what the \
             place of code in memory does, and so does the base again."
        )),
        None if comparison.may_be_layout() => Some(
            "Where code lies in memory alone makes two builds of the same code differ by up to 3 %: `--links 8` tells \
             whether a smaller difference is more than that."
                .to_owned(),
        ),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::comparison::{Side, compare};
    use crate::analyse::summary::Ratio;
    use crate::fixture;
    use crate::stats::LEAST_EFFECT;

    /// A version that is slower on one workload and fails on another.
    fn comparison() -> Comparison {
        let mut records = Vec::new();
        for workload in ["basic-structures", "fragmentation"] {
            for arm in ["untracked", "memscope-rs@0.2.4/full", "memscope-rs@path:./full"] {
                records.push(fixture::audited(&fixture::arm(arm), workload));
            }
        }
        for block in 1..=12 {
            let noise = 1.0 + f64::from(block % 3) * 0.01;
            for workload in ["basic-structures", "fragmentation"] {
                let crashes = workload == "fragmentation";
                for (arm, ms) in [
                    ("untracked", Some(100.0 * noise)),
                    ("untracked-twin", Some(100.5 / noise)),
                    ("memscope-rs@0.2.4/full", Some(300.0 * noise)),
                    ("memscope-rs@path:./full", Some(360.0).filter(|_| !crashes)),
                ] {
                    records.push(fixture::record(arm, workload, block, ms));
                }
            }
        }
        let summary = fixture::summarised(records);
        let side = |arm| Side::of(&summary, &fixture::arm(arm));
        let (base, new) = (side("memscope-rs@0.2.4/full"), side("memscope-rs@path:./full"));
        compare(&[(base, new)], Pairing::SameBlocks, LEAST_EFFECT).unwrap()
    }

    #[test]
    fn a_comparison_as_a_table() {
        insta::assert_snapshot!(Terminal::default().render(&model(&comparison())));
    }

    #[test]
    fn a_comparison_as_markdown() {
        insta::assert_snapshot!(markdown(&comparison(), Some(&[])));
    }

    #[test]
    fn what_may_be_the_place_of_code_is_said_once_and_over_link_orders_that_it_is_not() {
        let told = |comparison: &Comparison| {
            // Where lines break does not matter here.
            let texts = [table(comparison), markdown(comparison, None)];
            texts.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let mut comparison = comparison();
        let hint = "`--links 8` tells whether a smaller difference is more than that";
        assert!(told(&comparison).iter().all(|text| !text.contains(hint)), "19 % is no layout");
        let row = &mut comparison.against[0].rows[0];
        row.verdicts = vec![Difference::SlightlySlower];
        row.change = row.change.map(|change| Ratio { ratio: 1.02, ..change });
        for text in told(&comparison) {
            assert_eq!(text.matches("--links 8").count(), 1, "{text}");
        }
        comparison.links = Some(8);
        for text in told(&comparison) {
            assert!(
                text.contains("Each side was linked 8 times") && !text.contains(hint),
                "{text}"
            );
        }
    }

    #[test]
    fn lines_of_csv_have_as_many_fields_as_the_header() {
        let csv = csv(&comparison());
        // The reader fails on a record of another length than the first.
        let records = csv::Reader::from_reader(csv.as_bytes()).into_records();
        let records = records.collect::<Result<Vec<_>, _>>().unwrap();
        assert_eq!(records.len(), 3);
    }
}
