//! The JSON Schemas of what a run leaves behind, made from the types.

use schemars::{Schema, schema_for};

use super::Record;
use super::environment::Environment;

/// The files that hold the schemas, below `docs/schema/`, with their content.
pub fn all() -> [(&'static str, Schema); 2] {
    [("record.json", schema_for!(Record)), ("environment.json", schema_for!(Environment))]
}
