//! The SVG document that plotters draws into. Everything is escaped, so nothing leaves its element.

use std::convert::Infallible;
use std::fmt::{Display, Write as _};

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle, FontTransform,
};

/// Units to a pixel. plotters has whole coordinates only, and a tenth of a pixel can be seen in a curve.
pub const UNITS: f64 = 10.0;

/// Elements in the making. Coordinates, sizes and widths come in units and are written in pixels.
#[derive(Debug, Default)]
pub struct Svg {
    body: String,
}

type Attributes<'a> = [(&'a str, &'a dyn Display)];
type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Svg {
    /// The elements so far.
    pub fn into_body(self) -> String {
        self.body
    }

    /// An element without content.
    pub fn element(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.tag(name, attributes, "/>\n");
    }

    /// Begins an element that holds all that is drawn until its [`close`](Self::close).
    pub fn open(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.tag(name, attributes, ">\n");
    }

    /// Ends an element.
    pub fn close(&mut self, name: &str) {
        let _ = writeln!(self.body, "</{name}>");
    }

    /// An element that holds text.
    pub fn words(&mut self, name: &str, attributes: &Attributes<'_>, text: &str) {
        self.tag(name, attributes, ">");
        let _ = writeln!(self.body, "{}</{name}>", escape(text));
    }

    fn tag(&mut self, name: &str, attributes: &Attributes<'_>, end: &str) {
        let _ = write!(self.body, "<{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.body, " {attribute}=\"{}\"", escape(&value.to_string()));
        }
        self.body.push_str(end);
    }

    /// A shape, filled or as an outline, with its opacity if it has any.
    fn shape(&mut self, name: &str, place: &Attributes<'_>, style: &impl BackendStyle, fill: bool) {
        let (colour, width) = (hex(style.color()), pixels(style.stroke_width()));
        let mut attributes = place.to_vec();
        if fill {
            attributes.push(("fill", &colour));
        } else {
            attributes.extend([
                ("fill", &"none" as &dyn Display),
                ("stroke", &colour),
                ("stroke-width", &width),
            ]);
        }
        let opacity = style.color().alpha;
        if opacity < 1.0 {
            attributes.push(("opacity", &opacity));
        }
        self.element(name, &attributes);
    }
}

impl DrawingBackend for Svg {
    type ErrorType = Infallible;

    /// Larger than any picture, whose size is known when all is drawn. plotters moves what lies outside to
    /// the edge.
    fn get_size(&self) -> (u32, u32) {
        (1_000_000, 1_000_000)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, colour: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &colour, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let [x, y, width, height] = [from.0, from.1, to.0 - from.0, to.1 - from.1].map(pixels);
        let place: [(_, &dyn Display); 4] =
            [("x", &x), ("y", &y), ("width", &width), ("height", &height)];
        self.shape("rect", &place, style, fill);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.shape("polyline", &[("points", &points(path))], style, false);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.shape("polygon", &[("points", &points(path))], style, true);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let place: [(_, &dyn Display); 3] =
            [("cx", &pixels(x)), ("cy", &pixels(y)), ("r", &pixels(radius))];
        self.shape("circle", &place, style, fill);
        Ok(())
    }

    /// The font is the document's.
    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let (x, y, size, fill) = (pixels(x), pixels(y), style.size() / UNITS, hex(style.color()));
        let mut attributes: Vec<(&str, &dyn Display)> =
            vec![("x", &x), ("y", &y), ("font-size", &size), ("fill", &fill)];
        match style.anchor().v_pos {
            VPos::Top => attributes.push(("dy", &".75em")),
            VPos::Center => attributes.push(("dy", &".35em")),
            VPos::Bottom => {}
        }
        match style.anchor().h_pos {
            HPos::Left => {}
            HPos::Center => attributes.push(("text-anchor", &"middle")),
            HPos::Right => attributes.push(("text-anchor", &"end")),
        }
        // The only turn that the canvas knows: a quarter to the left.
        let turn = format!("rotate(-90 {x} {y})");
        if let FontTransform::Rotate270 = style.transform() {
            attributes.push(("transform", &turn));
        }
        if let FontStyle::Bold = style.style() {
            attributes.push(("font-weight", &"bold"));
        }
        self.words("text", &attributes, text);
        Ok(())
    }
}

/// A number of units in pixels.
fn pixels(units: impl Into<f64>) -> f64 {
    units.into() / UNITS
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    let points = path.into_iter().map(|(x, y)| format!("{},{}", pixels(x), pixels(y)));
    points.collect::<Vec<_>>().join(" ")
}

fn hex(colour: BackendColor) -> String {
    let (red, green, blue) = colour.rgb;
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// Text as XML has it; characters that XML 1.0 cannot have are replaced.
fn escape(text: &str) -> String {
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
