//! What every layer uses: how figures are written, what the system tells, and which name is nearest to
//! a misspelt one; and what text from elsewhere may do.

pub mod children;
pub mod descendants;
pub mod files;
pub mod inside;
pub mod interrupt;
pub mod kept;
pub mod machine;
pub mod nearest;
pub mod os;
pub mod printable;
pub mod shell;
pub mod units;
