//! The document that comes of drawing.

use roxmltree::Document;

use super::{Area, Canvas, INK, NOTE, Stroke};

#[test]
fn nothing_gets_out_of_its_element() {
    let canvas = Canvas::new();
    let hostile = "</text>\"<script>&\u{0}\u{1b}]]>";
    canvas.group(hostile, |canvas| {
        canvas.tip(hostile, |canvas| canvas.text(hostile, (0.0, 0.0), NOTE));
    });
    let svg = canvas.finish((10.0, 10.0), hostile, hostile);
    Document::parse(&svg).unwrap();
    assert!(!svg.contains("<script>"));
}

#[test]
fn numbers_are_short_and_always_numbers() {
    let canvas = Canvas::new();
    canvas.line(&[(1.0, 1.25), (-0.01, f64::NAN), (f64::INFINITY, 2.5)], Stroke::new(INK, 1.6));
    canvas.rectangle(Area { x: 0.0, y: 0.0, width: -1.0, height: 2.0 }, INK);
    let svg = canvas.finish((10.0, 10.0), "", "");
    for part in ["1,1.3 0,0 100000,2.5", "stroke-width=\"1.6\"", "width=\"0\" height=\"2\""] {
        assert!(svg.contains(part), "{part} is not in {svg}");
    }
}

#[test]
fn who_cannot_see_it_has_words_for_it() {
    let svg = Canvas::new().finish((830.0, 100.0), "Title & more", "What is to be seen.");
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert_eq!(
        (root.attribute("role"), root.attribute("viewBox")),
        (Some("img"), Some("0 0 830 100"))
    );
    let words: Vec<_> = root.children().filter_map(|child| child.first_child()?.text()).collect();
    assert_eq!(words[..2], ["Title & more", "What is to be seen."]);
}
