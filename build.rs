//! Tells the built-in subjects which version of its tracker each was compiled with, so that the running
//! program can say so: `LOCKED_MEMSCOPE_RS=0.2.5` for each package of `Cargo.lock`, as far as a subject
//! asks for it by `env!`.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts");
    let lock = fs::read_to_string(Path::new(&root).join("Cargo.lock")).unwrap_or_default();
    let mut name = None;
    for line in lock.lines() {
        if let Some(found) = quoted(line, "name = ") {
            name = Some(found);
        } else if let (Some(version), Some(name)) = (quoted(line, "version = "), name.take()) {
            let name = name.to_uppercase().replace('-', "_");
            println!("cargo::rustc-env=LOCKED_{name}={version}");
        }
    }
}

/// The text in quotes after a key of `Cargo.lock`.
fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix('"')?.strip_suffix('"')
}
