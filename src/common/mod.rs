//! What every layer uses: how figures are written, and which name is nearest to a misspelt one.

pub mod nearest;
pub mod units;
