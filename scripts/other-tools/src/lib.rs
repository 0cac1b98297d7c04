//! memscope-bench beside the tools that people use to find slow-downs: what is compared, and by whom.
//!
//! ```text
//! program  the program that is compared with itself, with and without work planted in it
//! tools    a trial of each tool: does it call the two different?
//! ours     trials of memscope-bench
//! table    in how many trials each did
//! ```

pub mod ours;
pub mod program;
pub mod table;
pub mod tools;

/// Why there is no result, in words.
pub type Failed = Box<dyn std::error::Error>;
