//! `calibrate layout`: the same code, elsewhere in memory.

use memscope_bench::plan::calibration as procedures;

use super::{Arguments, planted_settings, slow_downs};
use crate::cli::Failed;
use crate::cli::run::Planned;

/// Link orders of each side.
const ORDERS: u32 = 40;

pub(super) fn planned(arguments: &Arguments) -> Result<Planned, Failed> {
    let chosen = &arguments.chosen;
    if !chosen.slow_downs.is_empty() || chosen.neighbours > 0 {
        return Err(Failed::Usage(
            "nothing is planted for `layout`: leave out --slow-down and --neighbours".to_owned(),
        ));
    }
    let settings = planted_settings(arguments)?;
    let scales = slow_downs::scales(arguments, &settings)?;
    let orders = chosen.links.unwrap_or(ORDERS);
    Planned::of(settings, |groups, _| {
        Ok(procedures::relinked(slow_downs::scaled(groups, &scales), orders))
    })
}
