//! From records to audited cells.

use std::collections::BTreeMap;

use protocol::{Pass, workloads};

use super::Audit;
use crate::plan::arm::ArmId;
use crate::plan::catalog::Catalog;
use crate::plan::procedure::Experiment;
use crate::record::Record;

/// What was asked of a tracker on a workload.
#[derive(Default)]
struct Asked<'a> {
    /// Of each question, by the experiment it belongs to, the newest sample; that of none is the audit.
    newest: BTreeMap<Option<Experiment>, &'a Record>,
    /// The same once more: audits, and lists of leaks.
    again: Vec<&'a Record>,
}

impl<'a> Asked<'a> {
    fn add(&mut self, record: &'a Record) {
        match record.experiment {
            Some(Experiment::Repeats) => self.again.push(record),
            Some(Experiment::Leaks) if record.slot.block > 0 => self.again.push(record),
            question => {
                let newest = self.newest.entry(question).or_insert(record);
                if record.started_unix_ns > newest.started_unix_ns {
                    *newest = record;
                }
            }
        }
    }

    /// The cell; `None` if it was not audited, or its tracker claims to count nothing.
    fn audit(&self, catalog: &Catalog) -> Option<Audit> {
        let record = self.newest.get(&None)?;
        let convention = catalog.convention(&record.arm, record.version.as_deref())?;
        let mut audit = Audit::of(record, Some(convention))?;
        if let Some(moments) = self.newest.get(&Some(Experiment::Moments)) {
            audit.add_moments(moments, convention);
        }
        if let Some(sites) = self.newest.get(&Some(Experiment::Sites)) {
            audit.add_sites(sites, convention);
        }
        if let Some(list) = self.newest.get(&Some(Experiment::Leaks)) {
            audit.add_leaks(list);
        }
        for record in &self.again {
            match record.experiment {
                Some(Experiment::Leaks) => audit.add_another_list(record),
                _ => audit.add_repeat(record, convention),
            }
        }
        Some(audit)
    }
}

/// Every audited cell, by workload in the registry's order, then by arm. Where several runs audited a cell,
/// the newest says what is so, in each of the questions that were asked.
pub(crate) fn audits(records: &[&Record], catalog: Option<&Catalog>) -> Vec<Audit> {
    let Some(catalog) = catalog else { return Vec::new() };
    let mut cells = BTreeMap::<(&str, &ArmId), Asked<'_>>::new();
    for record in records.iter().filter(|r| r.pass == Pass::Audit && r.arm.is_tracked()) {
        cells.entry((&record.workload, &record.arm)).or_default().add(record);
    }
    let mut audits: Vec<Audit> = cells.values().filter_map(|asked| asked.audit(catalog)).collect();
    audits.sort_by(|a, b| {
        let place = |audit: &Audit| workloads::place(&audit.workload);
        place(a).cmp(&place(b)).then_with(|| a.arm.natural_cmp(&b.arm))
    });
    audits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::accuracy::{Family, Grade};
    use crate::fixture;
    use crate::record::{Audited, LeakSample, Outcome};
    use protocol::{LeakGrades, Leaked};

    /// A list of so many of ten leaks.
    fn list(found: u64, started: u64) -> Record {
        let mut record = fixture::audited(&fixture::arm("dhat"), "planted-leaks");
        let Outcome::Audit(audited) = record.outcome else { unreachable!("it is an audit") };
        let true_leaks = Leaked { allocations: 10, bytes: 100 };
        let list = LeakGrades { listed: found, leaked: found, true_leaks, ..LeakGrades::default() };
        let audited: Audited = *audited;
        record.outcome = Outcome::Leaks(Box::new(LeakSample { audited, list: Some(list) }));
        record.experiment = Some(Experiment::Leaks);
        record.started_unix_ns = started;
        record
    }

    #[test]
    fn of_two_runs_the_newer_list_of_leaks_is_graded() {
        let audit = fixture::audited(&fixture::arm("dhat"), "planted-leaks");
        let catalog = Catalog::built_in().unwrap();
        let graded = |lists: [Record; 2]| {
            let records: Vec<&Record> = lists.iter().chain([&audit]).collect();
            let audits = audits(&records, Some(&catalog));
            audits[0].families[&Family::Leaks].grade
        };
        assert_eq!(graded([list(3, 1), list(10, 2)]), Grade::Exact);
        assert_eq!(graded([list(10, 2), list(3, 1)]), Grade::Exact);
        assert_eq!(graded([list(10, 1), list(3, 2)]), Grade::Wrong);
    }
}
