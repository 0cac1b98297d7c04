//! Drawing in pixels: plotters' elements on an [`Svg`], and the groups and tooltips it has no words for.

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::prelude::DrawingArea;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, TextStyle};

use super::colour::{FAINT, INK, WHITE};
use super::marker::{Marker, Shape};
use super::svg::{Svg, UNITS};
use super::text::{Align, FONT, SMALL, Type};

/// A place, in pixels from the upper left corner.
pub type Point = (f64, f64);

/// A rectangle, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Its left edge.
    pub x: f64,
    /// Its top edge.
    pub y: f64,
    /// Its width; less than 0 counts as 0.
    pub width: f64,
    /// Its height; likewise.
    pub height: f64,
}

impl Area {
    /// The right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// The bottom edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// The middle.
    pub fn middle(&self) -> Point {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Its colour.
    pub colour: RGBColor,
    /// Its width in pixels.
    pub width: f64,
    /// Whether it is dashed.
    pub dashed: bool,
}

impl Stroke {
    /// A solid line.
    pub const fn new(colour: RGBColor, width: f64) -> Self {
        Self { colour, width, dashed: false }
    }

    /// The same, dashed.
    pub const fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }
}

/// A grid line or separator.
pub const GRID: Stroke = Stroke::new(FAINT, 1.0);

/// What shows where the mouse is: the first rectangle of a tooltip is its ground; a sensor is invisible
/// elsewhere.
const STYLE: &str = "\
    .tip:hover > rect:first-of-type { stroke: #1f2328; stroke-width: 1.5px }\n\
    rect[opacity='0']:hover { opacity: 0.14 }\n";

/// A picture in the making.
pub struct Canvas {
    document: Rc<RefCell<Svg>>,
    area: DrawingArea<Svg, Shift>,
}

impl Canvas {
    /// An empty canvas.
    pub fn new() -> Self {
        let document = Rc::new(RefCell::new(Svg::default()));
        Self { area: DrawingArea::from(&document), document }
    }

    /// The picture as a document, with a title and a description for those who cannot see it.
    pub fn finish(self, (width, height): (f64, f64), title: &str, description: &str) -> String {
        let body = self.document.take().into_body();
        let mut svg = Svg::default();
        let view = format!("0 0 {width} {height}");
        svg.open(
            "svg",
            &[
                ("xmlns", &"http://www.w3.org/2000/svg"),
                ("role", &"img"),
                ("width", &width),
                ("height", &height),
                ("viewBox", &view),
                ("font-family", &FONT),
                ("stroke-linejoin", &"round"),
            ],
        );
        svg.words("title", &[], title);
        svg.words("desc", &[], description);
        // Its own ground: pages may be dark.
        svg.element("rect", &[("width", &width), ("height", &height), ("fill", &"#FFFFFF")]);
        svg.words("style", &[], STYLE);
        svg.into_body() + &body + "</svg>\n"
    }

    fn draw<'e, E: Drawable<Svg>>(&self, element: &'e E)
    where
        &'e E: PointCollection<'e, (i32, i32)>,
    {
        let drawn = self.area.draw(element);
        debug_assert!(drawn.is_ok(), "writing to a string cannot fail: {drawn:?}");
    }

    /// What `draw` draws, in a group with an attribute.
    fn grouped(&self, attribute: (&str, &dyn Display), draw: impl FnOnce(&Self)) {
        self.document.borrow_mut().open("g", &[attribute]);
        draw(self);
        self.document.borrow_mut().close("g");
    }

    /// What `draw` draws, in a group of a class.
    pub fn group(&self, class: &str, draw: impl FnOnce(&Self)) {
        self.grouped(("class", &class), draw);
    }

    /// What `draw` draws shows a tooltip, and is highlighted, where the mouse points at it.
    pub fn tip(&self, tip: &str, draw: impl FnOnce(&Self)) {
        self.group("tip", |canvas| {
            canvas.document.borrow_mut().words("title", &[], tip);
            draw(canvas);
        });
    }

    /// Text whose vertical middle is at `y`.
    pub fn text(&self, text: &str, at: Point, looks: Type) {
        self.turned(text, at, looks, FontTransform::None);
    }

    /// Text that reads upwards; its line's middle is at `x`, and `y` is where its alignment says.
    pub fn upright(&self, text: &str, at: Point, looks: Type) {
        self.turned(text, at, looks, FontTransform::Rotate270);
    }

    fn turned(&self, text: &str, at: Point, looks: Type, turn: FontTransform) {
        if text.is_empty() {
            return;
        }
        let weight = if looks.bold { FontStyle::Bold } else { FontStyle::Normal };
        let horizontal = match looks.align {
            Align::Left => HPos::Left,
            Align::Centre => HPos::Center,
            Align::Right => HPos::Right,
        };
        // The family is the document's.
        let font = FontDesc::new(FontFamily::SansSerif, looks.size * UNITS, weight);
        let font = font.transform(turn);
        let style =
            TextStyle::from(font).color(&looks.colour).pos(Pos::new(horizontal, VPos::Center));
        self.draw(&Text::new(text, place(at), style));
    }

    /// Lines of text below one another from `y` on; returns where they end.
    pub fn lines(&self, lines: &[String], (x, y): Point, looks: Type) -> f64 {
        let mut y = y;
        for line in lines {
            self.text(line, (x, y + looks.line() / 2.0), looks);
            y += looks.line();
        }
        y
    }

    /// A line through points.
    pub fn line(&self, points: &[Point], stroke: Stroke) {
        let style = stroke.colour.stroke_width(units(stroke.width).unsigned_abs());
        let points: Vec<_> = points.iter().copied().map(place).collect();
        let draw = |canvas: &Self| canvas.draw(&PathElement::new(points, style));
        if stroke.dashed { self.grouped(("stroke-dasharray", &"5 4"), draw) } else { draw(self) }
    }

    /// A filled rectangle.
    pub fn rectangle(&self, area: Area, colour: impl Color) {
        let corner = (area.x + area.width.max(0.0), area.y + area.height.max(0.0));
        let corners = [place((area.x, area.y)), place(corner)];
        self.draw(&Rectangle::new(corners, colour.filled()));
    }

    /// An invisible rectangle that takes the mouse, and shows itself when it does.
    pub fn sensor(&self, area: Area) {
        self.rectangle(area, INK.mix(0.0));
    }

    /// A filled shape.
    pub fn polygon(&self, corners: &[Point], colour: impl Color) {
        let corners: Vec<_> = corners.iter().copied().map(place).collect();
        self.draw(&Polygon::new(corners, colour.filled()));
    }

    /// A bar on its track, as long as its share of it.
    pub fn bar(&self, track: Area, ground: RGBColor, share: f64, colour: RGBColor) {
        self.rectangle(track, ground);
        if share > 0.0 {
            // Whatever is there can be seen.
            let width = (track.width * share.min(1.0)).max(2.0);
            self.rectangle(Area { width, ..track }, colour);
        }
    }

    /// A cell of a table, its text in the middle: on two lines in small where it is too long for one.
    pub fn cell(&self, area: Area, ground: RGBColor, text: &str, looks: Type) {
        self.rectangle(area, ground);
        let ((x, y), width) = (area.middle(), area.width - 2.0);
        let looks = looks.centred();
        if looks.width(text) <= width {
            return self.text(text, (x, y), looks);
        }
        let looks = Type { size: SMALL.size, ..looks };
        let mut lines = looks.wrap(text, width);
        lines.truncate(2);
        let top = y - lines.len() as f64 * looks.size / 2.0;
        for (line, text) in lines.iter().enumerate() {
            self.text(text, (x, top + (line as f64 + 0.5) * (looks.size + 0.5)), looks);
        }
    }

    /// A point of an arm.
    pub fn marker(&self, (x, y): Point, marker: Marker) {
        let drawn = |scale: f64, colour: RGBColor| {
            if marker.shape == Shape::Circle {
                let radius = units(5.0 * scale);
                return self.draw(&Circle::new(place((x, y)), radius, colour.filled()));
            }
            let corners = marker.shape.corners().iter();
            let corners: Vec<Point> =
                corners.map(|&(dx, dy)| (x + dx * scale, y + dy * scale)).collect();
            self.polygon(&corners, colour);
        };
        drawn(1.0, marker.colour);
        if marker.hollow {
            drawn(0.58, WHITE);
        }
    }

    /// The cross that stands for a failure.
    pub fn cross(&self, (x, y): Point, colour: RGBColor) {
        let stroke = Stroke::new(colour, 2.0);
        self.line(&[(x - 4.0, y - 4.0), (x + 4.0, y + 4.0)], stroke);
        self.line(&[(x - 4.0, y + 4.0), (x + 4.0, y - 4.0)], stroke);
    }
}

/// Pixels in the document's units; what is no number is none.
fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

fn place((x, y): Point) -> (i32, i32) {
    (units(x), units(y))
}
