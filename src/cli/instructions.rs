//! `--metric instructions` of `measure`, `compare` and `gate`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use memscope_bench::analyse::calibration::TIMES;
use memscope_bench::analyse::instructions::{
    Counted, Functions, InstructionCell, InstructionComparison, arms,
};
use memscope_bench::plan::arm::ArmId;
use memscope_bench::plan::catalog::Catalog;
use memscope_bench::plan::procedure::Verb;
use memscope_bench::plan::procedures;
use memscope_bench::present::{self, InstructionsCompared};
use memscope_bench::record::Run;
use memscope_bench::record::comparable::differences;
use memscope_bench::run::wrap::{self, CALLGRIND};
use serde::Serialize;

use super::options::{Selection, Sizes};
use super::run::{Course, Finished, Planned};
use super::{Failed, Output, load};

/// How often each arm is counted: so that it is known by how much counts differ.
const SAMPLES: u32 = TIMES as u32;
/// The scale: a second or two for a sample.
pub(super) const SCALE: f64 = 0.02;
/// Slower than without Valgrind by a factor of some dozens.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// What `measure` prints as JSON.
#[derive(Serialize)]
struct Told<'a> {
    cells: &'a [InstructionCell],
    functions: &'a [Functions],
}

/// What `compare` prints as JSON.
#[derive(Serialize)]
struct ComparedJson<'a> {
    #[serde(flatten)]
    comparison: &'a InstructionComparison,
    functions: &'a [Functions],
}

/// What is compared, and where to look at it.
pub(super) struct Answer {
    pub(super) compared: InstructionsCompared,
    /// A line that names the page, or the pictures.
    pub(super) place: String,
}

impl Answer {
    /// As a table for a terminal.
    pub(super) fn table(&self) -> String {
        let InstructionsCompared { comparison, functions, .. } = &self.compared;
        format!("{}\n{}", present::compared_instructions(comparison, functions), self.place)
    }

    /// As Markdown.
    pub(super) fn markdown(&self) -> String {
        let InstructionsCompared { comparison, functions, reasons } = &self.compared;
        present::compared_instructions_markdown(comparison, functions, reasons.as_deref())
    }

    /// As CSV.
    pub(super) fn csv(&self) -> String {
        present::compared_instructions_csv(&self.compared.comparison)
    }

    /// As JSON.
    pub(super) fn json(&self) -> impl Serialize + '_ {
        let InstructionsCompared { comparison, functions, .. } = &self.compared;
        ComparedJson { comparison, functions }
    }
}

/// `measure --metric instructions`.
pub(super) fn measure(
    selection: &Selection,
    sizes: &Sizes,
    samples: Option<u32>,
    course: &Course,
    output: &Output,
) -> Result<(), Failed> {
    let finished = counted(Verb::Measure, selection, sizes, samples, course, |_| Ok(()))?;
    let page = finished.write_page()?;
    let functions = Functions::of_run(&finished.run).map_err(Failed::harness)?;
    let cells = &finished.summary.instructions;
    output.result(&Told { cells, functions: &functions }, || {
        let tables = present::instruction_tables(cells, &functions);
        format!("{tables}\n\nReport: {}", page.display())
    })
}

/// Counts the instructions of every arm, or goes on with such a run.
pub(super) fn counted(
    verb: Verb,
    selection: &Selection,
    sizes: &Sizes,
    samples: Option<u32>,
    course: &Course,
    check: impl FnOnce(&[ArmId]) -> Result<(), Failed>,
) -> Result<Finished, Failed> {
    course.run(verb, || {
        // Before anything is built for it.
        let counter = tool()?;
        let mut settings = selection.settings(sizes)?;
        settings.params.scale = sizes.scale().unwrap_or(SCALE);
        settings.timeout = sizes.timeout().unwrap_or(TIMEOUT);
        let times = samples.unwrap_or(SAMPLES);
        settings.sampling = Some(times).into();
        Planned::of(settings, |groups, arms| {
            can_be_counted(arms)?;
            check(arms)?;
            Ok(procedures::instructions(verb, groups, times, counter))
        })
    })
}

/// What counts them, if it is here.
pub(super) fn tool() -> Result<&'static str, Failed> {
    let unavailable =
        |error| Failed::Harness(format!("instructions are unavailable here: {error}"));
    wrap::find(CALLGRIND).map_err(unavailable)?;
    Ok(CALLGRIND)
}

/// A tool in front of the program has no place for another one.
fn can_be_counted(arms: &[ArmId]) -> Result<(), Failed> {
    let catalog = Catalog::built_in().map_err(Failed::harness)?;
    let wrapped = |arm: &&ArmId| catalog.find(&arm.tracker).is_ok_and(|entry| entry.is_wrapped());
    match arms.iter().find(wrapped) {
        Some(arm) => Err(Failed::Usage(format!(
            "{arm} is a tool in front of the program: its instructions cannot be counted by another"
        ))),
        None => Ok(()),
    }
}

/// What a run counted.
pub(super) fn counts(run: &Run) -> Vec<Counted> {
    Counted::all(&run.records.iter().collect::<Vec<_>>())
}

/// A recorded run, and what it counted.
pub(super) fn recorded(folder: &Path) -> Result<(Run, Vec<Counted>), Failed> {
    let run = load(folder)?;
    let counted = counts(&run);
    if counted.is_empty() {
        let folder = folder.display();
        return Err(Failed::Usage(format!("{folder}: no instructions were counted in this run")));
    }
    Ok((run, counted))
}

/// The arms of one run against its first.
pub(super) fn within(finished: &Finished, fail_above: Option<f64>) -> Result<Answer, Failed> {
    let run = &finished.run;
    let counted = counts(run);
    let arms: Vec<ArmId> =
        finished.procedure.arms().into_iter().filter(ArmId::is_tracked).collect();
    let pairs: Vec<(ArmId, ArmId)> =
        arms.iter().skip(1).map(|new| (arms[0].clone(), new.clone())).collect();
    let comparison = InstructionComparison::of(&counted, &counted, &pairs);
    let compared = compared(comparison, (run, run), &pairs, fail_above)?;
    let page = finished.write_page_with(present::Options {
        instructions: Some(compared.clone()),
        ..present::Options::default()
    })?;
    Ok(Answer { compared, place: format!("Report: {}", page.display()) })
}

/// Recorded runs against the first of them; the pictures lie in the folder of the last.
pub(super) fn between_runs(folders: &[&String], fail_above: Option<f64>) -> Result<Answer, Failed> {
    let [base, news @ ..] = folders else { return Err(Failed::Usage("no base".to_owned())) };
    let (base_run, bases) = recorded(Path::new(base))?;
    let mut all: Option<InstructionsCompared> = None;
    for folder in news {
        let (run, counted) = recorded(Path::new(folder))?;
        let found = differences(&base_run.environment, &run.environment);
        if !found.refusals.is_empty() {
            return Err(Failed::Usage(format!(
                "{base} and {folder} cannot be compared: {}",
                found.refusals.join("; ")
            )));
        }
        let pairs = partners(&bases, &counted);
        let mut comparison = InstructionComparison::of(&bases, &counted, &pairs);
        comparison.warnings.extend(found.warnings);
        let one = compared(comparison, (&base_run, &run), &pairs, fail_above)?;
        all = Some(match all {
            None => one,
            Some(before) => joined(before, one),
        });
    }
    let compared = all.filter(|all| !all.comparison.against.is_empty());
    let compared =
        compared.ok_or_else(|| Failed::Usage("the runs have no tracker in common".to_owned()))?;
    let folder = folders.last().map(PathBuf::from).unwrap_or_default();
    let mut places = Vec::new();
    for (index, functions) in compared.functions.iter().enumerate() {
        let path = folder.join(format!("instructions-{}.svg", index + 1));
        let svg = present::flame_graph(functions).map_err(Failed::harness)?;
        fs::write(&path, svg)
            .map_err(|error| Failed::Harness(format!("{}: {error}", path.display())))?;
        places.push(format!("Flame graph: {}", path.display()));
    }
    Ok(Answer { compared, place: places.join("\n") })
}

/// Which arm of one run is set against which of another: that of the same name, else the only one of its tracker
/// and mode, whose version may differ.
fn partners(bases: &[Counted], news: &[Counted]) -> Vec<(ArmId, ArmId)> {
    let (bases, news) = (arms(bases), arms(news));
    let only = |arms: &[&ArmId], arm: &ArmId| {
        let mut alike = arms.iter().filter(|other| other.is_same_kind(arm));
        alike.next().filter(|_| alike.next().is_none()).map(|&only| only.clone())
    };
    let partner = |new: &&ArmId| {
        let same = bases.iter().find(|base| *base == new).map(|&base| base.clone());
        let base = same.or_else(|| only(&news, new).and_then(|_| only(&bases, new)))?;
        Some((base, (*new).clone()))
    };
    news.iter().filter_map(partner).collect()
}

fn compared(
    comparison: InstructionComparison,
    (base_run, run): (&Run, &Run),
    pairs: &[(ArmId, ArmId)],
    fail_above: Option<f64>,
) -> Result<InstructionsCompared, Failed> {
    let functions = pairs
        .iter()
        .map(|(base, new)| Functions::between((base_run, base), (run, new)).map(Option::into_iter));
    let functions = functions.collect::<Result<Vec<_>, _>>().map_err(Failed::harness)?;
    Ok(InstructionsCompared {
        reasons: fail_above.map(|percent| comparison.beyond(percent)),
        comparison,
        functions: functions.into_iter().flatten().collect(),
    })
}

fn joined(mut all: InstructionsCompared, one: InstructionsCompared) -> InstructionsCompared {
    all.comparison.against.extend(one.comparison.against);
    all.comparison.warnings.extend(one.comparison.warnings);
    all.comparison.warnings.dedup();
    all.functions.extend(one.functions);
    if let (Some(reasons), Some(more)) = (&mut all.reasons, one.reasons) {
        reasons.extend(more);
    }
    all
}
