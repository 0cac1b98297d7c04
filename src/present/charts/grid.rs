//! How panels lie in a picture: two side by side, or, where they are wide or the screen is a phone's, below one another.

use crate::present::canvas::{Area, MARGIN, WIDTH};

/// A picture's width, and how many panels lie side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// In pixels.
    pub(super) width: f64,
    columns: usize,
}

/// For a screen or a README.
pub(super) const WIDE: Grid = Grid { width: WIDTH, columns: 2 };
/// For a screen, where each panel has its whole width.
pub(super) const WHOLE: Grid = Grid { width: WIDTH, columns: 1 };
/// For a phone, whose 360 points it fills with letters that can be read.
pub(super) const NARROW: Grid = Grid { width: 380.0, columns: 1 };

/// Between panels that lie side by side.
const GAP: f64 = 16.0;
/// Above a panel, for its name.
const NAME: f64 = 18.0;

/// What each panel takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// To its left, for its axis.
    pub(super) left: f64,
    /// From its upper end to its lower.
    pub(super) height: f64,
    /// Below it, down to the next.
    pub(super) below: f64,
}

impl Grid {
    /// Whether it is a phone's, where names stand above what they name.
    pub(super) fn is_narrow(self) -> bool {
        self.width <= NARROW.width
    }

    /// The place of the panel of a number, from 0 on, where the first begins below `top`.
    pub(super) fn place(self, size: Size, top: f64, number: usize) -> Area {
        let Size { left, height, below } = size;
        let columns = self.columns as f64;
        let taken = 2.0 * MARGIN + columns * left + (columns - 1.0) * GAP;
        let width = (self.width - taken) / columns;
        let (line, column) = ((number / self.columns) as f64, (number % self.columns) as f64);
        Area {
            x: MARGIN + left + column * (width + GAP + left),
            y: top + NAME + line * (height + below),
            width,
            height,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { left: 50.0, height: 100.0, below: 60.0 };

    #[test]
    fn panels_fill_the_picture_from_margin_to_margin() {
        for (grid, columns) in [(WIDE, 2), (WHOLE, 1), (NARROW, 1)] {
            let last = grid.place(SIZE, 0.0, columns - 1);
            assert!((last.right() - (grid.width - MARGIN)).abs() < 1e-9, "{last:?}");
            let next = grid.place(SIZE, 0.0, columns);
            assert_eq!((next.x, next.y - last.y), (MARGIN + 50.0, 160.0));
        }
    }
}
