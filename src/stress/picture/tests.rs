//! The picture as a whole.

use protocol::{Reply, Reported, TimelinePoint, Truth, TypeUse};
use roxmltree::{Document, Node};

use super::{WIDTH, picture};
use crate::present::canvas::{NOTE, Type};
use crate::stress::fixture::{empty, outcome, reply};

fn draw(reply: &Reply) -> String {
    picture(&outcome(reply))
}

/// A section's texts, in the order of the file.
fn texts(document: &Document<'_>, class: &str) -> Vec<String> {
    let group = document.descendants().find(|node| node.attribute("class") == Some(class)).unwrap();
    let all = group.descendants().filter(|node| node.has_tag_name("text"));
    all.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

fn tips(document: &Document<'_>) -> Vec<String> {
    let tips = document.descendants().filter(|node| node.attribute("class") == Some("tip"));
    let title = |node: Node<'_, '_>| {
        let title = node.children().find(|child| child.has_tag_name("title")).unwrap();
        title.text().unwrap_or_default().to_owned()
    };
    tips.map(title).collect()
}

#[test]
fn it_has_every_section_every_phase_and_tooltips() {
    let svg = draw(&reply());
    let document = Document::parse(&svg).unwrap();
    for section in ["dashboard", "heat-map", "usage", "growth", "fragmentation", "provenance"] {
        assert!(!texts(&document, section).is_empty(), "{section}");
    }
    let tips = tips(&document);
    for meta in crate::stress::phases::all() {
        assert!(tips.iter().any(|tip| tip.contains(meta.title)), "{}", meta.title);
    }
    assert!(
        tips.iter().any(|tip| tip.contains("32 to 63 bytes: 10,000,000 allocations")),
        "{tips:?}"
    );
    // A point every 100 ms: ten a phase and its neighbours', and a strip for each, in two charts.
    let strips = tips.iter().filter(|tip| tip.contains("after it began")).count();
    assert_eq!(strips, 2 * (8 * 10 + 7 + 7));
    assert!(tips.iter().all(|tip| !tip.is_empty()));
    let provenance = texts(&document, "provenance").join(" ");
    for fact in
        ["2026-11-22 04:15 UTC", "Example CPU", "1a2b3c4d5e", "rustc 1.88.0", "scale 1", "seed 42"]
    {
        assert!(provenance.contains(fact), "{fact}: {provenance}");
    }
}

#[test]
fn both_figures_are_shown_where_they_differ_and_one_where_they_do_not() {
    let svg = draw(&reply());
    let document = Document::parse(&svg).unwrap();
    let dashboard = texts(&document, "dashboard");
    let has = |text: &str| dashboard.iter().filter(|found| *found == text).count();
    assert_eq!((has("11,132,111"), has("11,112,111")), (1, 1), "{dashboard:?}");
    assert_eq!((has("126,111"), has("111,111")), (1, 1));
    // Active memory: both say the same.
    assert_eq!((has("5.3 MB"), has("as both say")), (1, 1));
    let usage = texts(&document, "usage");
    let has = |text: &str| usage.iter().filter(|found| *found == text).count();
    assert_eq!((has("16, as both say"), has("16")), (1, 1), "{usage:?}");
    assert_eq!((has("7"), has("8")), (1, 1), "{usage:?}");
}

#[test]
fn no_text_leaves_the_picture() {
    let mut reply = reply();
    // Long names and large numbers.
    reply.reported.as_mut().unwrap().types.push(TypeUse {
        type_name: "a_module::with::a::long::path::".repeat(20) + "Container",
        count: u64::MAX / 4,
        bytes: Some(u64::MAX / 4),
    });
    let truth = reply.truth.as_mut().unwrap();
    (truth.heap.live_bytes, truth.heap.peak_live_bytes) = (u64::MAX / 4, u64::MAX / 2);
    for part in &mut reply.parts {
        part.truth.as_mut().unwrap().size_classes = vec![u64::MAX / 1024; 65];
    }
    let mut outcome = outcome(&reply);
    outcome.environment.command = "memscope-bench --and-an-argument".repeat(30);
    let svg = picture(&outcome);
    let document = Document::parse(&svg).unwrap();
    let height: f64 = document.root_element().attribute("height").unwrap().parse().unwrap();
    for node in document.descendants().filter(|node| node.has_tag_name("text")) {
        let number = |name| node.attribute(name).unwrap().parse::<f64>().unwrap();
        let looks = Type { size: number("font-size"), ..NOTE };
        let width = looks.width(node.text().unwrap_or_default());
        let left = number("x")
            - match node.attribute("text-anchor") {
                Some("end") => width,
                Some(_) => width / 2.0,
                None => 0.0,
            };
        assert!(left >= 0.0 && left + width <= WIDTH, "{:?} at {left}", node.text());
        assert!((0.0..height).contains(&number("y")), "{:?}", node.text());
    }
}

#[test]
fn names_of_types_cannot_break_it() {
    let mut reply = reply();
    let hostile = "<script>alert('x')</script>&\"\u{0}";
    let hostile = TypeUse { type_name: hostile.to_owned(), count: 1, bytes: None };
    reply.reported.as_mut().unwrap().types.push(hostile.clone());
    reply.parts[0].variables.push(hostile);
    reply.identity.version = "</title>".to_owned();
    let svg = draw(&reply);
    Document::parse(&svg).unwrap();
    assert!(!svg.contains("<script"));
}

#[test]
fn what_is_missing_is_said_to_be_missing() {
    let svg = draw(&empty());
    let document = Document::parse(&svg).unwrap();
    let said = |section| texts(&document, section).join(" ");
    assert!(said("heat-map").contains("No sizes were counted."));
    assert!(said("usage").contains("No variables were tracked."));
    assert!(said("growth").contains("No timeline was taken."));
    assert!(said("fragmentation").contains("No resident memory was read."));
    assert!(said("dashboard").contains("not counted"));
    let mut replies = vec![Reply { parts: Vec::new(), ..empty() }];
    // Nothing allocated, nothing resident, all at one moment.
    replies.push(Reply {
        truth: Some(Truth::default()),
        reported: Some(Reported { allocations: Some(0), ..Reported::default() }),
        timeline: vec![TimelinePoint::default(); 3],
        ..empty()
    });
    for reply in &replies {
        let svg = draw(reply);
        Document::parse(&svg).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

/// Draws the made-up outcomes, for looking at: `CHARTS=FOLDER cargo test --lib -- --ignored look`.
#[test]
#[ignore = "draws for people, checks nothing"]
fn look() {
    let folder = std::path::PathBuf::from(std::env::var("CHARTS").unwrap()).join("stress");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("memory_analysis.svg"), draw(&reply())).unwrap();
    std::fs::write(folder.join("empty.svg"), draw(&empty())).unwrap();
}
