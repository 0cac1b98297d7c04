//! From records to figures.

pub mod accuracy;
pub mod adoption;
pub mod baseline;
pub mod bisect;
pub mod calibration;
pub mod claims;
pub mod comparison;
pub mod gate;
mod grouping;
pub mod heap_check;
pub mod history;
pub mod instructions;
pub mod latency;
pub mod load;
pub mod own_program;
pub mod prediction;
pub mod profile;
pub mod soak;
pub mod summary;
