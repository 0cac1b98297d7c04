//! Tells each subject which version of its tracker it was compiled with, so that the running program can
//! say so: `LOCKED_MEMSCOPE_RS=0.2.5` for each package of `Cargo.lock`, as far as a subject asks for it by
//! `env!`.

use std::{env, fs, path::Path};

fn main() {
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts");
    // Beside the manifest, or, for a member of a workspace, at its root.
    let lock = Path::new(&folder).ancestors().map(|folder| folder.join("Cargo.lock"));
    let lock =
        lock.into_iter().find(|lock| lock.is_file()).expect("cargo writes it before it builds");
    println!("cargo::rerun-if-changed={}", lock.display());
    let text = fs::read_to_string(lock).expect("cargo has read it");
    let mut name = None;
    for line in text.lines() {
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
