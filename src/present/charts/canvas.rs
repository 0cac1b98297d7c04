//! Drawing in pixels on an SVG by plotters.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::ChartError;
use super::style::{FONT, Marker, Shape, WIDTH};

/// A picture in the making.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Which end of a text is at its position.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// A text's looks.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub(super) size: f64,
    pub(super) colour: RGBColor,
    pub(super) bold: bool,
    pub(super) align: Align,
}

/// Text of a size and colour, neither bold nor aligned to anything but its left.
pub(super) fn plain(size: f64, colour: RGBColor) -> Type {
    Type { size, colour, bold: false, align: Align::Left }
}

impl Type {
    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) fn aligned(self, align: Align) -> Self {
        Self { align, ..self }
    }
}

type Drawn = Result<(), ChartError>;

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> ChartError {
    ChartError::Drawing(error.to_string())
}

/// Draws a picture of [`WIDTH`] × `height` with a title and a description for those who cannot see it.
pub(super) fn picture(
    height: i32,
    title: &str,
    description: &str,
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, ChartError> {
    let mut svg = String::new();
    {
        let size = (WIDTH.unsigned_abs(), height.unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        // Its own ground: pages may be dark.
        area.fill(&WHITE).map_err(failed)?;
        let canvas = Canvas { area };
        draw(&canvas)?;
        canvas.area.present().map_err(failed)?;
    }
    // plotters has no words for these two.
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let words =
        format!(">\n<title>{}</title>\n<desc>{}</desc>\n", escape(title), escape(description));
    Ok(svg.replacen("<svg ", "<svg role=\"img\" ", 1).replacen(">\n", &words, 1))
}

impl Canvas<'_> {
    /// Text whose vertical middle is at `y`.
    pub(super) fn text(&self, text: &str, (x, y): (i32, i32), looks: Type) -> Drawn {
        let style = if looks.bold { FontStyle::Bold } else { FontStyle::Normal };
        // plotters divides by this number, its idea of a line's height, before it writes the size.
        let font = FontDesc::new(FontFamily::Name(FONT), looks.size * 1.24, style);
        let horizontal = match looks.align {
            Align::Left => HPos::Left,
            Align::Centre => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style =
            TextStyle::from(font).color(&looks.colour).pos(Pos::new(horizontal, VPos::Center));
        // plotters centres the letters without descenders; one pixel lower looks centred.
        self.area.draw(&Text::new(text.to_owned(), (x, y + 1), style)).map_err(failed)
    }

    pub(super) fn line(
        &self,
        from: (i32, i32),
        to: (i32, i32),
        colour: RGBColor,
        width: u32,
    ) -> Drawn {
        let line = PathElement::new([from, to], colour.stroke_width(width));
        self.area.draw(&line).map_err(failed)
    }

    pub(super) fn rectangle(&self, corners: [(i32, i32); 2], colour: RGBColor) -> Drawn {
        self.area.draw(&Rectangle::new(corners, colour.filled())).map_err(failed)
    }

    /// A point of an arm.
    pub(super) fn marker(&self, (x, y): (i32, i32), marker: Marker) -> Drawn {
        let corners: &[(i32, i32)] = match marker.shape {
            Shape::Circle => {
                let circle = |colour: RGBColor, radius| {
                    let circle = Circle::new((x, y), radius, colour.filled());
                    self.area.draw(&circle).map_err(failed)
                };
                circle(marker.colour, 5)?;
                return if marker.hollow { circle(WHITE, 3) } else { Ok(()) };
            }
            Shape::Square => &[(-5, -5), (5, -5), (5, 5), (-5, 5)],
            Shape::Triangle => &[(-6, 5), (0, -6), (6, 5)],
            Shape::Diamond => &[(-6, 0), (0, -6), (6, 0), (0, 6)],
            Shape::Inverted => &[(-6, -5), (0, 6), (6, -5)],
        };
        let at = |scale: f64| -> Vec<(i32, i32)> {
            let scaled = |offset: i32| (f64::from(offset) * scale).round() as i32;
            corners.iter().map(|&(dx, dy)| (x + scaled(dx), y + scaled(dy))).collect()
        };
        self.area.draw(&Polygon::new(at(1.0), marker.colour.filled())).map_err(failed)?;
        if marker.hollow {
            self.area.draw(&Polygon::new(at(0.55), WHITE.filled())).map_err(failed)?;
        }
        Ok(())
    }

    /// The cross that stands for a failure.
    pub(super) fn cross(&self, (x, y): (i32, i32), colour: RGBColor) -> Drawn {
        self.line((x - 4, y - 4), (x + 4, y + 4), colour, 2)?;
        self.line((x - 4, y + 4), (x + 4, y - 4), colour, 2)
    }
}
