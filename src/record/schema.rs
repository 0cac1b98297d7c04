//! The JSON Schemas of what a run leaves behind, made from the types.

use schemars::{Schema, schema_for};

use super::Record;
use super::environment::Environment;

/// The files that hold the schemas, below `docs/schema/`, with their content.
pub fn all() -> [(&'static str, Schema); 2] {
    [("record.json", schema_for!(Record)), ("environment.json", schema_for!(Environment))]
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// `MEMSCOPE_BENCH_UPDATE_SCHEMA=1 cargo test schema` writes the files again.
    #[test]
    fn the_documented_schemas_are_those_of_the_types() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
        for (name, schema) in all() {
            let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            let path = folder.join(name);
            if std::env::var_os("MEMSCOPE_BENCH_UPDATE_SCHEMA").is_some() {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, &text).unwrap();
            }
            let documented = fs::read_to_string(&path).unwrap_or_default();
            assert!(documented == text, "{} is of other types", path.display());
        }
    }
}
