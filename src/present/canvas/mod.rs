//! The canvas of every picture, charts and stress test alike: what they look like, and how they are drawn.
//!
//! plotters draws into a document of ours (`svg.rs`), which writes the elements and escapes them. Places are
//! in pixels; heights are those of a text's middle.

mod axis;
mod colour;
mod draw;
mod frame;
mod legend;
mod marker;
mod svg;
#[cfg(test)]
mod tests;
mod text;

pub use self::axis::{Axis, Direction, is_tall};
pub use self::colour::{
    ALARM, BAND, BLUE, FAILED, FAINT, GREEN, GREY, INK, ORANGE, PALE, PURPLE, SKY, VERMILLION,
    WHITE, ink_on, tint,
};
pub use self::draw::{Area, Canvas, GRID, Point, Stroke};
pub use self::frame::{Frame, MARGIN, WIDTH};
pub use self::legend::{Entry, legend};
pub use self::marker::{Marker, REACH, Shape, marker};
pub use self::text::{Align, NOTE, SMALL, TEXT, TITLE, Type};
