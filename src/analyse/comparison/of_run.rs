//! What a run of `compare` was made for.

use super::{Comparison, Pairing, Side, compare};
use crate::analyse::summary::Summary;
use crate::plan::arm::ArmId;
use crate::plan::procedure::{Procedure, Verb};
use crate::stats::{LEAST_EFFECT, StatsError};

/// From which effect on a difference is called slower or faster where the interval holds what the layout does: 1 %, a
/// factor.
const LEAST_OVER_LINKS: f64 = 1.01;

/// The factor from which on a difference is called slower or faster if nobody says otherwise: less where each side was
/// linked in several orders.
pub fn least_effect(procedure: &Procedure) -> f64 {
    if procedure.links().is_some() { LEAST_OVER_LINKS } else { LEAST_EFFECT }
}

/// Each tracker of a run against the first, block by block.
///
/// # Errors
///
/// As [`compare`].
pub fn within(
    summary: &Summary,
    procedure: &Procedure,
    least_effect: f64,
) -> Result<Comparison, StatsError> {
    let arms: Vec<ArmId> = procedure.arms().into_iter().filter(ArmId::is_tracked).collect();
    let side = |arm: &ArmId| Side::of(summary, arm);
    let pairs: Vec<_> = arms.iter().skip(1).map(|new| (side(&arms[0]), side(new))).collect();
    compare(&pairs, Pairing::SameBlocks, least_effect)
}

/// The comparison that a run was made for, as it is judged if nobody says otherwise; none if it was made for something else,
/// or counted instructions alone.
///
/// # Errors
///
/// As [`compare`].
pub fn of_run(summary: &Summary, procedure: &Procedure) -> Result<Option<Comparison>, StatsError> {
    let is_one = procedure.verb == Verb::Compare && summary.is_timed();
    let found = is_one.then(|| within(summary, procedure, least_effect(procedure)));
    found.transpose()
}
