//! How the points of a tracker look: the same in every chart of every page.

use std::sync::OnceLock;

use crate::plan::arm::{ArmId, Role};
use crate::plan::catalog::Catalog;
use crate::present::canvas::{GREY, Marker, Shape, marker};

/// The looks of a chart's arms, in their order: by their places in the catalogue, so that a tracker in a mode looks the
/// same wherever it is drawn. Arms that share a place, versions of one tracker, can only be told apart by their order in
/// this chart, and so can all that stand beside them; a reader's own come behind the catalogue's.
pub(super) fn looks(arms: &[&ArmId]) -> Vec<Marker> {
    let known = known();
    let mut own = known.len();
    let mut place = |arm: &ArmId| {
        let mode = arm.mode.as_deref();
        let place = known.iter().position(|(tracker, of)| {
            *tracker == arm.tracker && (of.as_deref() == mode || mode.is_none())
        });
        place.unwrap_or_else(|| {
            own += 1;
            own - 1
        })
    };
    let places: Vec<usize> = arms.iter().map(|arm| place(arm)).collect();
    let is_shared = places.iter().enumerate().any(|(index, one)| places[..index].contains(one));
    let indices = places.into_iter().enumerate();
    indices.map(|(index, place)| marker(if is_shared { index } else { place })).collect()
}

/// The same where the program without a tracker is among them, which is grey.
pub(super) fn beside_the_base(arms: &[&ArmId]) -> Vec<Marker> {
    let is_base = |arm: &ArmId| arm.role == Role::Base;
    let tracked: Vec<&ArmId> = arms.iter().copied().filter(|arm| !is_base(arm)).collect();
    let mut tracked = looks(&tracked).into_iter();
    let grey = Marker { colour: GREY, shape: Shape::Circle, hollow: false };
    let of = |arm: &&ArmId| if is_base(arm) { grey } else { tracked.next().unwrap_or(grey) };
    arms.iter().map(of).collect()
}

/// Every tracker of the catalogue in each of its modes; none if it cannot be read, and then the order decides.
fn known() -> &'static [(String, Option<String>)] {
    static KNOWN: OnceLock<Vec<(String, Option<String>)>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let trackers = Catalog::built_in().map(|catalog| catalog.trackers).unwrap_or_default();
        let tracked = trackers.into_iter().filter(|entry| entry.kind.is_some() && !entry.reference);
        let modes = tracked.flat_map(|entry| {
            let name = entry.name;
            let modes: Vec<Option<String>> = match entry.modes.is_empty() {
                true => vec![None],
                false => entry.modes.into_iter().map(|mode| Some(mode.name)).collect(),
            };
            modes.into_iter().map(move |mode| (name.clone(), mode))
        });
        modes.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn of(names: &[&str]) -> Vec<Marker> {
        let arms: Vec<ArmId> = names.iter().map(|name| fixture::arm(name)).collect();
        looks(&arms.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_tracker_looks_the_same_beside_whatever_it_is_drawn() {
        let [alone] = of(&["dhat"])[..] else { unreachable!() };
        let others = of(&["memscope-rs/full", "counting", "dhat"]);
        assert_eq!(others[2], alone);
        assert!(others[0] != others[1] && others[1] != alone && others[0] != alone);
    }

    #[test]
    fn the_arms_of_the_experiments_have_colours_of_their_own() {
        let arms = ["memscope-rs/full", "memscope-rs/allocator", "counting", "dhat"];
        let arms = [&arms[..], &["heapscope/exact", "mod-alloc-backtraces"]].concat();
        let looks = of(&arms);
        for (index, one) in looks.iter().enumerate() {
            for (other, before) in looks[..index].iter().enumerate() {
                assert_ne!(one.colour, before.colour, "{} and {}", arms[index], arms[other]);
            }
        }
    }

    #[test]
    fn versions_of_one_tracker_and_a_readers_own_can_be_told_apart() {
        let versions = of(&["memscope-rs@0.2.4/full", "memscope-rs@0.2.5/full"]);
        assert_eq!(versions, [marker(0), marker(1)]);
        let own = of(&["dhat", "my-own", "my-other"]);
        assert!(own[0] != own[1] && own[1] != own[2]);
    }
}
