//! Points that can be told apart.

use plotters::style::RGBColor;

use super::colour::{BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION};

/// The shape of a point. A cross is not among them: it stands for a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A circle.
    Circle,
    /// A square.
    Square,
    /// A triangle on its base.
    Triangle,
    /// A diamond.
    Diamond,
    /// A triangle on its tip.
    Inverted,
    /// A plus, which is no arm's.
    Plus,
}

/// How the points of an arm look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marker {
    /// Their colour.
    pub colour: RGBColor,
    /// Their shape.
    pub shape: Shape,
    /// Whether they are white inside.
    pub hollow: bool,
}

/// How far a marker reaches from its middle, in pixels.
pub const REACH: f64 = 6.0;

/// The look of the arm with this index. Seventy arms can be told apart, the first five by shape alone.
pub fn marker(arm: usize) -> Marker {
    const COLOURS: [RGBColor; 7] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK];
    const SHAPES: [Shape; 5] =
        [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Inverted];
    Marker {
        colour: COLOURS[arm % COLOURS.len()],
        shape: SHAPES[arm % SHAPES.len()],
        hollow: (arm / SHAPES.len()) % 2 == 1,
    }
}

impl Shape {
    /// The corners, seen from the middle; none of a circle.
    pub fn corners(self) -> &'static [(f64, f64)] {
        match self {
            Self::Circle => &[],
            Self::Square => &[(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)],
            Self::Triangle => &[(-6.0, 5.0), (0.0, -6.0), (6.0, 5.0)],
            Self::Diamond => &[(-6.0, 0.0), (0.0, -6.0), (6.0, 0.0), (0.0, 6.0)],
            Self::Inverted => &[(-6.0, -5.0), (0.0, 6.0), (6.0, -5.0)],
            Self::Plus => &[
                (-2.0, -6.0),
                (2.0, -6.0),
                (2.0, -2.0),
                (6.0, -2.0),
                (6.0, 2.0),
                (2.0, 2.0),
                (2.0, 6.0),
                (-2.0, 6.0),
                (-2.0, 2.0),
                (-6.0, 2.0),
                (-6.0, -2.0),
                (-2.0, -2.0),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arm_looks_different() {
        for a in 0..20 {
            for b in 0..a {
                assert_ne!(marker(a), marker(b), "{a} and {b}");
            }
        }
    }
}
