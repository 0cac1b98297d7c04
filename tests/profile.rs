//! The verb `profile`, end to end: what dhat wrote adds up to what truly happened.

mod common;

use std::fs;

use common::memscope_bench;
use memscope_bench::analyse::profile::Profile;
use memscope_bench::record::Run;
use protocol::workloads;

#[test]
fn profiles_add_up_to_the_truth_on_every_phase() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["profile", "--scale", "0.01", "--threads", "2", "--json"];
    let output = memscope_bench(folder.path(), &arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let run = Run::newest(&folder.path().join("target-reports")).unwrap();
    let profiles = Profile::all_of_run(&run).unwrap();
    let printed: Vec<Profile> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((printed.len(), profiles.len()), (8, 8));
    let records = Run::load(&run).unwrap().records;
    for profile in &profiles {
        let name = &profile.workload;
        assert!(printed.contains(profile), "{name}");
        let truth = records.iter().find(|record| record.workload == *name).unwrap();
        let truth = truth.outcome.audited().unwrap().truth.as_ref().unwrap().heap;
        let totals = profile.totals;
        // By dhat's convention a reallocation is one more allocation. Nothing of the program's happens between
        // the reading of the truth and dhat's writing.
        assert_eq!(totals.allocations, truth.allocations + truth.reallocations, "{name}");
        assert_eq!(totals.bytes, truth.allocated_bytes, "{name}");
        assert_eq!(totals.end_allocations, truth.live_allocations, "{name}");
        assert_eq!(totals.end_bytes, truth.live_bytes, "{name}");
        let meta = workloads::find(name).unwrap();
        // Racing threads reach their peak by another way each time they are counted.
        let slack = if meta.is_deterministic() { 0 } else { truth.peak_live_bytes / 20 };
        assert!(totals.peak_bytes.abs_diff(truth.peak_live_bytes) <= slack, "{name}: {totals:?}");
        // The line that allocates most is one of the workload's own.
        let file = format!("workloads/{}.rs:", name.replace('-', "_"));
        assert!(profile.sites[0].place.contains(&file), "{:?}", profile.sites[0]);
        for path in profile.files() {
            let text = fs::read_to_string(run.join(&path)).unwrap();
            if path.extension().is_some_and(|extension| extension == "svg") {
                roxmltree::Document::parse_with_options(
                    &text,
                    roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() },
                )
                .unwrap();
                assert!(
                    text.contains(&name.replace('-', "_")),
                    "{name}'s source is not in {path:?}"
                );
            }
        }
    }
    let page = fs::read_to_string(run.join("index.html")).unwrap();
    assert!(page.contains("Where the workloads allocate"));
}
