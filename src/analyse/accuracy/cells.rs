//! From records to audited cells.

use std::collections::BTreeMap;

use protocol::{Pass, workloads};

use super::{Audit, LeakAudit};
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::plan::procedure::Experiment;
use crate::record::Record;

/// Every audited cell, by workload in the registry's order, then by arm. Where several runs audited a cell,
/// the newest says what is so, in each of the questions that were asked.
pub(crate) fn audits(
    records: &[&Record],
    leaks: &[LeakAudit],
    catalog: Option<&Catalog>,
) -> Vec<Audit> {
    let Some(catalog) = catalog else { return Vec::new() };
    let moments = newest(records, Some(Experiment::Moments));
    let sites = newest(records, Some(Experiment::Sites));
    let audit = |(cell, record): (&Cell<'_>, &&Record)| {
        let convention = catalog.convention(&record.arm, record.version.as_deref())?;
        let mut audit = Audit::of(record, Some(convention))?;
        if let Some(record) = moments.get(cell) {
            audit.add_moments(record, convention);
        }
        if let Some(record) = sites.get(cell) {
            audit.add_sites(record, convention);
        }
        let lists = leaks.iter().filter(|list| (&*list.workload, &list.arm) == *cell);
        lists.for_each(|list| audit.add_leaks(list));
        for record in again(records, cell) {
            match record.experiment {
                Some(Experiment::Leaks) => audit.add_another_list(record),
                _ => audit.add_repeat(record, convention),
            }
        }
        Some(audit)
    };
    let mut audits: Vec<Audit> = newest(records, None).iter().filter_map(audit).collect();
    audits.sort_by(|a, b| {
        let place = |audit: &Audit| workloads::place(&audit.workload);
        place(a).cmp(&place(b)).then_with(|| a.arm.natural_cmp(&b.arm))
    });
    audits
}

/// What was asked of a cell once more.
fn again<'a>(records: &'a [&'a Record], cell: &Cell<'_>) -> impl Iterator<Item = &'a Record> {
    let (workload, arm) = (cell.0.to_owned(), cell.1.clone());
    records.iter().copied().filter(move |record| {
        let again = match record.experiment {
            Some(Experiment::Repeats) => true,
            Some(Experiment::Leaks) => record.slot.block > 0,
            _ => false,
        };
        again && record.workload == workload && record.arm == arm
    })
}

type Cell<'a> = (&'a str, &'a ArmId);

/// The newest audit of each cell, as part of this experiment or of none.
fn newest<'a>(
    records: &[&'a Record],
    experiment: Option<Experiment>,
) -> BTreeMap<Cell<'a>, &'a Record> {
    let mut newest = BTreeMap::<Cell<'_>, &Record>::new();
    let audited =
        |r: &&&Record| r.pass == Pass::Audit && r.arm.is_tracked() && r.experiment == experiment;
    for &record in records.iter().filter(audited) {
        let cell = newest.entry((&record.workload, &record.arm)).or_insert(record);
        if record.started_unix_ns > cell.started_unix_ns {
            *cell = record;
        }
    }
    newest
}
