//! Records by what they are of.

use std::collections::BTreeMap;

use protocol::workloads;

use crate::plan::arm::ArmId;
use crate::record::Record;

/// Records by workload, in the registry's order; what it does not know (any more) comes last.
pub(super) fn by_workload<'a>(records: &[&'a Record]) -> Vec<(&'a str, Vec<&'a Record>)> {
    let mut groups = BTreeMap::<(usize, &str), Vec<&Record>>::new();
    for record in records {
        let key = (workloads::place(&record.workload), record.workload.as_str());
        groups.entry(key).or_default().push(record);
    }
    groups.into_iter().map(|((_, workload), own)| (workload, own)).collect()
}

/// Records by workload and arm: workloads as in [`by_workload`], the arms of each by their role, so that the base
/// comes first.
pub(super) fn by_cell<'a>(records: &[&'a Record]) -> Vec<(&'a ArmId, Vec<&'a Record>)> {
    let of_workload = |(_, own): (&str, Vec<&'a Record>)| {
        let mut arms: Vec<&ArmId> = own.iter().map(|record| &record.arm).collect();
        arms.sort_by(|a, b| a.role_cmp(b));
        arms.dedup();
        let of_arm = |arm: &'a ArmId| own.iter().copied().filter(|one| one.arm == *arm).collect();
        arms.into_iter().map(|arm| (arm, of_arm(arm))).collect::<Vec<_>>()
    };
    by_workload(records).into_iter().flat_map(of_workload).collect()
}
