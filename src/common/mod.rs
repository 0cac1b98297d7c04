//! What every layer uses: how figures are written, what the system tells, and which name is nearest to
//! a misspelt one.

pub mod files;
pub mod interrupt;
pub mod machine;
pub mod nearest;
pub mod shell;
pub mod units;
