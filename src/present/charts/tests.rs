//! What every chart has to hold, whatever the summary.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use super::*;
use crate::analyse::accuracy::{Audit, Family, Standing};
use crate::analyse::history::Dated;
use crate::fixture;
use crate::present::canvas::{NOTE, Type};
use crate::record::Failure;

fn texts<'a>(document: &'a Document<'_>) -> Vec<(Node<'a, 'a>, String)> {
    let elements = document.descendants().filter(|node| node.has_tag_name("text"));
    elements.map(|node| (node, node.text().unwrap_or_default().trim().to_owned())).collect()
}

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute).and_then(|text| text.parse().ok()).unwrap()
}

/// Left, right, top and bottom of a text, as far as can be told without its font.
fn extent(node: Node<'_, '_>, text: &str) -> [f64; 4] {
    let (x, y, size) = (number(node, "x"), number(node, "y"), number(node, "font-size"));
    let width = Type { size, ..NOTE }.width(text);
    if let Some(turn) = node.attribute("transform") {
        // A quarter to the left, around its place: it reads upwards from there.
        assert_eq!(turn, format!("rotate(-90 {x} {y})"));
        return [x - size / 2.0, x + size / 2.0, y - width, y];
    }
    let left = match node.attribute("text-anchor") {
        Some("middle") => x - width / 2.0,
        Some("end") => x - width,
        _ => x,
    };
    [left, left + width, y - size / 2.0, y + size / 2.0]
}

/// Parses a chart of all workloads and arms, checks that each is named, and gives its texts.
fn checked(svg: &str, summary: &Summary) -> Vec<String> {
    let texts = checked_frame(svg);
    // Long names are broken into lines.
    let all = texts.concat().replace(' ', "");
    let names = summary.workloads.iter().map(|workload| workload.workload.clone());
    for name in names.chain(arm_titles(summary)) {
        assert!(all.contains(&name.replace(' ', "")), "{name} is missing");
    }
    texts
}

/// Parses a chart, checks what holds for all, and gives its texts.
fn checked_frame(svg: &str) -> Vec<String> {
    let texts = fitting(svg);
    let all = texts.concat().replace(' ', "");
    for fact in ["2026-11-22 04:15 UTC", "(1a2b3c4d5e)", "Example CPU", "scale 1, seed 42"] {
        assert!(all.contains(&fact.replace(' ', "")), "the provenance lacks {fact}");
    }
    texts
}

/// Parses a picture, checks that no text leaves it or covers another, and gives its texts.
fn fitting(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let root = document.root_element();
    let (width, height) = (number(root, "width"), number(root, "height"));
    let texts = texts(&document);
    let extents: Vec<_> = texts.iter().map(|(node, text)| (extent(*node, text), text)).collect();
    for ([left, right, top, bottom], text) in &extents {
        let inside = *left >= 0.0 && *right <= width && *top >= 0.0 && *bottom <= height;
        assert!(inside, "{text:?} leaves the picture: {left} to {right} of {width}");
    }
    for (index, (a, one)) in extents.iter().enumerate() {
        for (b, other) in &extents[index + 1..] {
            let apart = a[1] <= b[0] || b[1] <= a[0] || a[3] <= b[2] || b[3] <= a[2];
            assert!(apart, "{one:?} and {other:?} overlap: {a:?}, {b:?}");
        }
    }
    texts.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn pictures_for_phones_fit_too() {
    let summaries = [
        fixture::summary_of_truth(),
        fixture::summary(),
        fixture::judged_summary(),
        fixture::summary_of_latencies(),
        fixture::summary_of_loads(),
        fixture::versions_summary(),
        fixture::large_summary(20, 8),
    ];
    let (mut drawn, mut wrong) = (BTreeSet::new(), BTreeSet::new());
    let kinds = || ALL.iter().chain(&OF_PARTS);
    for (file, draw) in kinds().filter_map(|kind| Some((kind.file, kind.narrow?))) {
        for summary in &summaries {
            if let Ok(svg) = draw(summary, grid::NARROW) {
                drawn.insert(file);
                // All that do not fit, and not the first alone.
                if std::panic::catch_unwind(|| checked_frame(&svg)).is_err() {
                    wrong.insert(file);
                }
            }
        }
    }
    // One report has no history; nor have these a calibration, sizes, servers, soaks, or a page of a workload.
    let not_here = [
        "history.svg",
        "slow-downs.svg",
        "known-costs.svg",
        "sizes.svg",
        "samples.svg",
        "server-cpu.svg",
        "latency.svg",
        "soak.svg",
    ];
    let missing: Vec<&str> = kinds()
        .map(|kind| kind.file)
        .filter(|file| !drawn.contains(file) && !not_here.contains(file))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn sizes_of_many_trackers_are_rows() {
    let mut summary = fixture::summary();
    let names: Vec<String> = (0..12).map(|number| format!("tracker-{number}")).collect();
    summary.sizes = (0..12)
        .flat_map(|number| {
            let ns = 10.0 * number as f64;
            let arm = fixture::arm(&names[number]);
            [1_000, 100_000].map(|events| {
                let mut cell = fixture::sized(&arm, "event-rate", events, 1.0, (ns, ns - 5.0));
                cell.own_peak_bytes = (number == 7).then_some(events * 8);
                cell
            })
        })
        .collect();
    for grid in [grid::WIDE, grid::NARROW] {
        let texts = checked_frame(&super::sizes::draw_in(&summary, grid).unwrap());
        let count = |text: &str| texts.iter().filter(|one| *one == text).count();
        assert!(names.iter().all(|name| count(name) >= 1), "{texts:?}");
        // Only one has anything of its own on the heap: 80 bytes for each live allocation.
        assert_eq!((count("tracker-7"), count("80 B"), count("within the noise")), (2, 1, 1));
    }
}

#[test]
fn what_a_site_showed_before_is_drawn_from_two_reports_on() {
    let mut summary = fixture::summary();
    let dated = |day: &str| Dated {
        measured: format!("{day}T04:15:00Z"),
        runs: vec![day.to_owned()],
        ..Dated::of(&fixture::summary()).unwrap()
    };
    summary.history = vec![dated("2026-11-01")];
    assert!(matches!(history::history(&summary), Err(ChartError::Nothing)));
    summary.history.extend([dated("2026-11-08"), dated("2026-11-22")]);
    summary.history[2].circumstances.machine = "Another CPU".to_owned();
    for grid in [grid::WIDE, grid::NARROW] {
        let texts = fitting(&history::draw_in(&summary, grid).unwrap());
        for label in ["2026-11-01", "2026-11-22", "machine, compiler or settings changed"] {
            assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
        }
    }
    let told = history::alt(&summary);
    assert!(told.contains("2026-11-22") && told.contains("(changed: machine)"), "{told}");
}

#[test]
fn figures_and_failures_are_labelled() {
    let summary = fixture::summary();
    let texts = checked(&overhead(&summary).unwrap(), &summary);
    for label in [
        "3.2×",
        "31×",
        "dhat 0.3.3: crashed (13 samples)",
        "timed out (1 sample)",
        "untracked 89.4 ms",
    ] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    let texts = checked(&peak_memory(&summary).unwrap(), &summary);
    for label in [
        "1.79× · 80.9 MB",
        "memscope-rs 0.2.5/full: not measured",
        "memscope-rs 0.2.5/full: out of memory (12 samples)",
    ] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
}

#[test]
fn sixteen_versions_fit_and_failures_are_cells() {
    let summary = fixture::versions_summary();
    let texts = checked_frame(&versions::overhead(&summary).unwrap());
    for label in ["0.1.10", "2025-06-15", "all phases", "timed out", "fragmentation"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    assert_eq!(texts.iter().filter(|text| *text == "does not").count(), 8, "{texts:?}");
    let texts = checked_frame(&trend::trend(&summary).unwrap());
    for label in ["2025-06", "live", "8,369×", "∞", "failed"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    // Without versions there are no such charts.
    assert!(matches!(trend::trend(&fixture::summary()), Err(ChartError::Nothing)));
}

#[test]
fn every_grade_has_its_mark_and_every_audited_workload_its_column() {
    let summary = fixture::versions_summary();
    let texts = checked_frame(&versions::accuracy(&summary).unwrap()).concat();
    // A cell's text may be on two lines.
    for label in ["✗8,369×", "✗∞", "~1.11×", "≈close", "‼failed", "known-sites"] {
        assert!(texts.replace(' ', "").contains(label), "{label} is missing from {texts}");
    }
    let texts = checked_frame(&families::families(&summary).unwrap());
    for label in ["events", "live", "peak", "sites", "✓", "≈", "✗", "known-sites"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    assert!(!texts.iter().any(|text| text == "variables"), "no version reports it");
    let alt = versions::accuracy_alt(&summary);
    assert!(alt.contains("concurrent-tasks wrong by 8,369×"), "{alt}");
    let plain = fixture::plain_summary();
    assert!(matches!(versions::accuracy(&plain), Err(ChartError::Nothing)));
    assert!(matches!(families::families(&plain), Err(ChartError::Nothing)));
}

#[test]
fn points_say_what_is_wrong_and_what_is_left_out() {
    let workload = fixture::workload(
        "basic-structures",
        ["a", "b", "c", "d"].map(|arm| fixture::cell(arm, "1.0.0", 2.0)).to_vec(),
    );
    let mut summary = fixture::summary_of(vec![workload]);
    let audit = |arm, family, reported| {
        fixture::audit_of("basic-structures", arm, &[(family, 10, reported)])
    };
    summary.audits = vec![
        audit("a", Family::Live, 83_690),
        audit("b", Family::Live, 0),
        Audit { coverage: Some((1, 1_000)), ..audit("c", Family::Variables, 10) },
    ];
    summary.standings = Standing::all(&summary.audits);
    let texts = checked(&scatter(&summary).unwrap(), &summary);
    for label in ["live 8,369×", "live", "∞", "covers 0.1 %", "not audited"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    let alt = scatter::alt(&summary);
    assert!(alt.contains("c 2.0×, exact, covers 0.1 %"), "{alt}");
}

#[test]
fn any_number_of_arms_and_workloads_fits() {
    for (arms, workloads) in [(1, 1), (1, 12), (8, 1), (8, 14), (3, 8)] {
        let summary = fixture::large_summary(arms, workloads);
        checked(&overhead(&summary).unwrap(), &summary);
        checked(&peak_memory(&summary).unwrap(), &summary);
        checked_frame(&scatter(&summary).unwrap());
        assert!(matches!(maps::overhead(&summary), Err(ChartError::Nothing)));
    }
    for (arms, workloads) in [(9, 1), (10, 14), (40, 8)] {
        let summary = fixture::large_summary(arms, workloads);
        checked_frame(&maps::overhead(&summary).unwrap());
        checked_frame(&maps::memory(&summary).unwrap());
        checked_frame(&maps::accuracy(&summary).unwrap());
        assert!(matches!(overhead(&summary), Err(ChartError::Nothing)));
    }
}

#[test]
fn every_tracker_is_to_be_seen_at_a_glance_on_a_phone_too() {
    for summary in [fixture::judged_summary(), fixture::large_summary(40, 8), fixture::summary()] {
        for draw in [at_a_glance, at_a_glance_narrow] {
            let texts = checked_frame(&draw(&summary).unwrap());
            for name in arm_titles(&summary) {
                assert!(texts.contains(&name), "{name} is missing from {texts:?}");
            }
        }
        checked_frame(&in_short(&summary).unwrap());
    }
    let texts = checked_frame(&at_a_glance(&fixture::judged_summary()).unwrap());
    for label in ["✗ 8,369×", "✓ exact: events", "1.30×"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
}

#[test]
fn the_samples_of_a_workload_are_spread() {
    let part = fixture::judged_summary().of_workload("fragmentation");
    let texts = checked_frame(&samples::samples(&part).unwrap());
    for label in ["untracked", "dhat 0.3.3"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    assert!(matches!(samples::samples(&fixture::judged_summary()), Err(ChartError::Nothing)));
}

#[test]
fn charts_of_truth_fit() {
    let summary = fixture::summary_of_truth();
    let texts = checked_frame(&threads(&summary).unwrap());
    for label in ["concurrent-tasks: worst figure", "16", "dhat 1.2.3", "live", "∞"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    let texts = checked_frame(&bookkeeping(&summary).unwrap());
    for label in ["210 B", "liar 1.2.3/drops", "dhat 1.2.3: not counted"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    let texts = checked_frame(&scatter(&summary).unwrap());
    for label in ["concurrent-tasks", "crashed", "not audited"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
}

#[test]
fn charts_of_latencies_fit() {
    let summary = fixture::summary_of_latencies();
    let texts = checked_frame(&calls(&summary).unwrap());
    for label in ["basic-structures: frees", "p99.99", "memscope-rs 0.2.5/full", "1 µs"] {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    let alt = calls::alt(&summary);
    assert!(alt.contains("dhat on leak-detection: half within 1.20 µs"), "{alt}");
    assert!(matches!(calls(&fixture::summary()), Err(ChartError::Nothing)));
}

#[test]
fn charts_of_loads_fit() {
    let summary = fixture::summary_of_loads();
    let texts = checked_frame(&held_rates(&summary).unwrap());
    for label in ["untracked 0.2.5: ≥ 8,000/s", "dhat 0.2.5: none", "50 ms", "requests a second"]
    {
        assert!(texts.iter().any(|text| text == label), "{label} is missing from {texts:?}");
    }
    let alt = load::alt(&summary);
    assert!(alt.contains("memscope-rs/full holds 2,000/s"), "{alt}");
    assert!(matches!(held_rates(&fixture::summary()), Err(ChartError::Nothing)));
}

#[test]
fn extreme_and_missing_figures_are_drawn() {
    let all_failed = fixture::failed_cell("dhat", Failure::Build, 1);
    let mut no_interval = fixture::cell("dhat", "0.3.3", 4.0);
    no_interval.overhead = no_interval.overhead.map(|r| Ratio { low: None, high: None, ..r });
    for cell in [
        all_failed,
        no_interval,
        fixture::cell("dhat", "0.3.3", 0.004),
        fixture::cell("dhat", "0.3.3", 123_456.0),
        fixture::cell("dhat", "0.3.3", 1.0),
    ] {
        let summary = fixture::summary_of(vec![fixture::workload("basic-structures", vec![cell])]);
        checked(&overhead(&summary).unwrap(), &summary);
        checked(&peak_memory(&summary).unwrap(), &summary);
    }
}

#[test]
fn the_picture_has_its_own_ground_and_a_description() {
    let svg = overhead(&fixture::summary()).unwrap();
    let document = Document::parse(&svg).unwrap();
    let mut elements = document.root_element().children().filter(Node::is_element);
    assert_eq!(elements.next().unwrap().text(), Some(super::overhead::TITLE));
    let description = elements.next().unwrap();
    assert!(description.text().unwrap().contains("memscope-rs/full 3.2×"), "{description:?}");
    let ground = elements.next().unwrap();
    assert_eq!(ground.attribute("fill"), Some("#FFFFFF"));
    assert_eq!(ground.attribute("width"), Some("830"));
}

#[test]
fn without_tracked_arms_there_is_no_chart() {
    let summary = fixture::summary_of(vec![fixture::workload("basic-structures", Vec::new())]);
    assert!(matches!(overhead(&summary), Err(ChartError::Nothing)));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(write_all(&summary, folder.path()).unwrap(), []);
}

#[test]
fn all_charts_are_written_and_only_they() {
    let folder = tempfile::tempdir().unwrap();
    let charts = write_all(&fixture::summary(), folder.path()).unwrap();
    let written = fs::read_dir(folder.path()).unwrap().count();
    // Without audits or threads, no chart of those: costs, memory, and three at a glance; of two a phone has its own.
    let narrow = charts.iter().filter(|chart| chart.narrow.is_some()).count();
    assert_eq!((charts.len(), narrow, written), (5, 2, 7));
    assert!(charts[0].alt.contains("concurrent-tasks: dhat crashed (13 samples)"));
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = write_all(&fixture::summary(), &file.path().join("charts")).unwrap_err();
    assert!(error.to_string().contains("charts"), "{error}");
}

/// Draws the made-up summaries, for looking at: `CHARTS=FOLDER cargo test --lib -- --ignored look`.
#[test]
#[ignore = "draws for people, checks nothing"]
fn look() {
    let folder = PathBuf::from(std::env::var("CHARTS").unwrap());
    write_all(&fixture::summary(), &folder.join("mixed")).unwrap();
    write_all(&fixture::plain_summary(), &folder.join("plain")).unwrap();
    write_all(&fixture::summary_of_truth(), &folder.join("truth")).unwrap();
    write_all(&fixture::large_summary(10, 12), &folder.join("large")).unwrap();
    write_all(&fixture::versions_summary(), &folder.join("versions")).unwrap();
    write_all(&fixture::summary_of_latencies(), &folder.join("latencies")).unwrap();
    write_all(&fixture::summary_of_loads(), &folder.join("loads")).unwrap();
}
