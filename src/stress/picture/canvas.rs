//! Writes SVG elements: everything escaped, every group closed.

use std::fmt::{Display, Write as _};

/// A picture in the making.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    body: String,
}

/// Which end of a text is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text's looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) colour: &'static str,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
}

impl Type {
    pub(super) const fn new(size: f64, colour: &'static str) -> Self {
        Self { size, colour, bold: false, anchor: Anchor::Start }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub(super) colour: &'static str,
    pub(super) width: f64,
    pub(super) dashed: bool,
}

impl Stroke {
    pub(super) const fn new(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dashed: false }
    }

    pub(super) const fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }
}

impl Canvas {
    /// The elements drawn so far.
    pub(super) fn into_body(self) -> String {
        self.body
    }

    /// A group with a class, which holds whatever `draw` draws.
    pub(super) fn group(&mut self, class: &str, draw: impl FnOnce(&mut Self)) {
        self.element("g", &[("class", &class)], ">\n");
        draw(self);
        self.body.push_str("</g>\n");
    }

    /// What `draw` draws shows a tooltip, and is highlighted, where the mouse points at it.
    pub(super) fn tip(&mut self, tip: &str, draw: impl FnOnce(&mut Self)) {
        self.group("tip", |canvas| {
            let _ = writeln!(canvas.body, "<title>{}</title>", escape(tip));
            draw(canvas);
        });
    }

    /// Text on a baseline.
    pub(super) fn text(&mut self, x: f64, y: f64, text: &str, looks: Type) {
        let size = number(looks.size);
        let (x, y) = (number(x), number(y));
        let mut attributes: Vec<(&str, &dyn Display)> =
            vec![("x", &x), ("y", &y), ("font-size", &size), ("fill", &looks.colour)];
        if looks.bold {
            attributes.push(("font-weight", &"bold"));
        }
        match looks.anchor {
            Anchor::Start => {}
            Anchor::Middle => attributes.push(("text-anchor", &"middle")),
            Anchor::End => attributes.push(("text-anchor", &"end")),
        }
        self.element("text", &attributes, "");
        let _ = writeln!(self.body, ">{}</text>", escape(text));
    }

    /// A filled rectangle with corners of a radius.
    pub(super) fn rectangle(&mut self, area: Area, radius: f64, fill: &str) {
        self.shape(area, radius, &[("fill", &fill)]);
    }

    /// A filled rectangle below all else of a [`tip`](Self::tip), which shows where the mouse is.
    pub(super) fn ground(&mut self, area: Area, radius: f64, fill: &str) {
        self.shape(area, radius, &[("class", &"ground"), ("fill", &fill)]);
    }

    /// A rectangle that is but an outline.
    pub(super) fn outline(&mut self, area: Area, radius: f64, colour: &str) {
        self.shape(area, radius, &[("fill", &"none"), ("stroke", &colour)]);
    }

    /// An invisible rectangle that takes the mouse, and shows itself when it does.
    pub(super) fn sensor(&mut self, area: Area) {
        self.shape(area, 0.0, &[("class", &"sensor")]);
    }

    fn shape(&mut self, area: Area, radius: f64, looks: &[(&str, &dyn Display)]) {
        let [x, y, width, height, radius] =
            [area.x, area.y, area.width.max(0.0), area.height.max(0.0), radius].map(number);
        let mut attributes: Vec<(&str, &dyn Display)> =
            vec![("x", &x), ("y", &y), ("width", &width), ("height", &height)];
        if radius != "0" {
            attributes.push(("rx", &radius));
        }
        attributes.extend_from_slice(looks);
        self.element("rect", &attributes, "/>\n");
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.path(&[from, to], stroke);
    }

    /// A line through points; nothing without at least two.
    pub(super) fn path(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        if points.len() > 1 {
            let (path, width) = (path_data(points), number(stroke.width));
            let mut attributes: Vec<(&str, &dyn Display)> = vec![
                ("d", &path),
                ("fill", &"none"),
                ("stroke", &stroke.colour),
                ("stroke-width", &width),
                ("stroke-linejoin", &"round"),
            ];
            if stroke.dashed {
                attributes.push(("stroke-dasharray", &"5 4"));
            }
            self.element("path", &attributes, "/>\n");
        }
    }

    /// A filled shape through points.
    pub(super) fn polygon(&mut self, points: &[(f64, f64)], fill: &str, opacity: f64) {
        if points.len() > 2 {
            let (path, opacity) = (path_data(points) + "Z", number(opacity));
            self.element(
                "path",
                &[("d", &path), ("fill", &fill), ("fill-opacity", &opacity)],
                "/>\n",
            );
        }
    }

    /// A rectangle filled with colours from left to right.
    pub(super) fn gradient(&mut self, id: &str, area: Area, colours: &[String]) {
        let _ = writeln!(self.body, "<linearGradient id=\"{}\">", escape(id));
        for (index, colour) in colours.iter().enumerate() {
            let offset = 100.0 * index as f64 / (colours.len().max(2) - 1) as f64;
            let offset = number(offset) + "%";
            self.element("stop", &[("offset", &offset), ("stop-color", colour)], "/>\n");
        }
        self.body.push_str("</linearGradient>\n");
        self.rectangle(area, 0.0, &format!("url(#{id})"));
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &dyn Display)], end: &str) {
        let _ = write!(self.body, "<{name}");
        for (name, value) in attributes {
            let _ = write!(self.body, " {name}=\"{}\"", escape(&value.to_string()));
        }
        self.body.push_str(end);
    }
}

fn path_data(points: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(points.len() * 12);
    for (index, &(x, y)) in points.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{} {}", number(x), number(y));
    }
    path
}

/// A number to a tenth, without a needless point.
fn number(value: f64) -> String {
    // What is no number would make the whole picture unreadable.
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.1}");
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// Text as XML has it; characters that XML 1.0 cannot have are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_always_numbers() {
        for (value, text) in
            [(1.0, "1"), (1.25, "1.2"), (-0.01, "0"), (f64::NAN, "0"), (f64::INFINITY, "0")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn nothing_gets_out_of_its_element() {
        let mut canvas = Canvas::default();
        let hostile = "</text>\"<script>&\u{0}\u{1b}]]>";
        canvas.tip(hostile, |canvas| {
            canvas.text(0.0, 0.0, hostile, Type::new(10.0, "#000"));
            canvas.rectangle(
                Area { x: 0.0, y: 0.0, width: -1.0, height: 2.0 },
                3.0,
                "\" onload=\"x",
            );
        });
        let body = canvas.into_body();
        let document = roxmltree::Document::parse(&body).unwrap();
        assert!(!body.contains("<script>"));
        let rectangle = document.descendants().find(|node| node.has_tag_name("rect")).unwrap();
        assert_eq!(rectangle.attribute("width"), Some("0"));
        assert_eq!(rectangle.attribute("onload"), None);
    }
}
