//! From records to figures.

pub mod accuracy;
pub mod bisect;
pub mod comparison;
pub mod gate;
pub mod heap_check;
pub mod instructions;
pub mod latency;
pub mod load;
pub mod profile;
pub mod soak;
pub mod summary;
