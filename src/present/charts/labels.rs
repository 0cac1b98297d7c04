//! Labels beside points, placed so that none hides another.

use crate::present::canvas::{Align, Area, Canvas, Point, REACH, Type};

/// What is taken already within a plot.
pub(super) struct Labels {
    area: Area,
    taken: Vec<Area>,
    written: Vec<(String, Point)>,
}

impl Labels {
    /// A plot in which only these points are.
    pub(super) fn around(area: Area, points: impl Iterator<Item = Point>) -> Self {
        let box_of = |(x, y): Point| Area {
            x: x - REACH,
            y: y - REACH,
            width: 2.0 * REACH,
            height: 2.0 * REACH,
        };
        Self { area, taken: points.map(box_of).collect(), written: Vec::new() }
    }

    /// Writes a text as near to its point as there is room; nothing, if there is none: two texts on one another
    /// are worse.
    pub(super) fn draw(&mut self, canvas: &Canvas, text: &str, point: Point, looks: Type) {
        let (width, height) = (looks.width(text), looks.size + 1.0);
        let (x, y) = point;
        let near = |&(ox, oy): &Point| (x - ox).abs() < 3.0 * REACH && (y - oy).abs() < 3.0 * REACH;
        // Points on one another need to be told of once.
        if self.written.iter().any(|(known, at)| known == text && near(at)) {
            return;
        }
        // Widths are upper bounds, so a text ends where its point is if it stands left of that.
        let columns = [
            (x + REACH + 2.0, looks),
            (x - REACH - 2.0 - width, looks.right()),
            (x - width / 2.0, looks.centred()),
        ];
        let steps = [0.0, -1.0, 1.0, -2.0, 2.0];
        let mut places = steps.iter().flat_map(|step| {
            let top = y + (step - 0.5) * height;
            columns.map(|(left, looks)| (Area { x: left, y: top, width, height }, looks))
        });
        let free = |(place, _): &(Area, Type)| {
            place.x >= self.area.x
                && place.right() <= self.area.right()
                && place.y >= self.area.y
                && place.bottom() <= self.area.bottom()
                && self.taken.iter().all(|other| apart(place, other))
        };
        if let Some((place, looks)) = places.find(free) {
            let x = match looks.align {
                Align::Left => place.x,
                Align::Centre => place.middle().0,
                Align::Right => place.right(),
            };
            canvas.text(text, (x, place.middle().1), looks);
            self.taken.push(place);
            self.written.push((text.to_owned(), point));
        }
    }
}

fn apart(one: &Area, other: &Area) -> bool {
    one.right() <= other.x
        || other.right() <= one.x
        || one.bottom() <= other.y
        || other.bottom() <= one.y
}
