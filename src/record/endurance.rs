//! What is recorded of a sample that had to endure something: a load, Memcheck, or a long time.

use serde::{Deserialize, Serialize};
use subject::protocol::{Farewell, Served, SoakPoint};

use crate::run::load::Loaded;
use crate::run::memcheck::Found;

/// Part of a [`Record`](crate::record::Record); empty for the samples of phases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Endurance {
    /// What the load on a server did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Loaded>,
    /// What the server says that it served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<Served>,
    /// The account of the whole process at its very end (of `verify`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub farewell: Option<Farewell>,
    /// What Memcheck found (of `verify`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memcheck: Option<Found>,
    /// The process after each repetition (of `verify --soak`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub soak: Vec<SoakPoint>,
}
