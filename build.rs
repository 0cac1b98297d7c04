//! Compiles in what subjects are built from, so that an installed memscope-bench needs no checkout: the crates
//! `subject` and `protocol`, the built-in programs, the trackers' adapters, and the lock file. The folder `sources`
//! has links to what lies outside this package; cargo puts what they lead to into the package.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// Where files lie in this package, and where they are put; a folder stands for all in it.
const SOURCES: [(&str, &str); 10] = [
    ("sources/workspace.toml", "Cargo.toml"),
    ("sources/lock.toml", "Cargo.lock"),
    ("sources/protocol/manifest.toml", "protocol/Cargo.toml"),
    ("sources/protocol/src", "protocol/src"),
    ("sources/subject/manifest.toml", "subject/Cargo.toml"),
    ("sources/subject/src", "subject/src"),
    ("sources/programs/manifest.toml", "programs/Cargo.toml"),
    ("sources/programs/build.rs", "programs/build.rs"),
    ("trackers", "trackers"),
    ("trackers.toml", "trackers.toml"),
];

fn main() -> io::Result<()> {
    let variable = |name| env::var(name).expect("cargo sets it for build scripts");
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    // By their whole paths: two checkouts that share a target folder share what this writes, and would else take the
    // other's for their own.
    let changes_of = |path: &str| {
        println!("cargo::rerun-if-changed={}", package.join(path).display());
    };
    changes_of("build.rs");
    let mut entries = String::new();
    // A debug build is used in its checkout, and is to be compiled again for no change of a subject.
    if variable("PROFILE") == "release" {
        for (from, to) in SOURCES {
            changes_of(from);
            embed(&package, Path::new(from), to, &mut entries)?;
        }
    }
    let text = format!("pub(super) static FILES: &[(&str, &[u8])] = &[\n{entries}];\n");
    fs::write(Path::new(&variable("OUT_DIR")).join("sources.rs"), text)?;
    if let Some(revision) = revision(&package) {
        println!("cargo::rustc-env=MEMSCOPE_BENCH_REVISION={revision}");
    }
    Ok(())
}

/// Adds a file of the package, or all files of a folder, in the order of their names.
fn embed(package: &Path, from: &Path, to: &str, entries: &mut String) -> io::Result<()> {
    let path = package.join(from);
    if path.is_dir() {
        let mut inside: Vec<_> = fs::read_dir(path)?.collect::<io::Result<_>>()?;
        inside.sort_by_key(fs::DirEntry::file_name);
        for entry in inside {
            let name = entry.file_name().into_string().expect("our files have plain names");
            embed(package, &from.join(&name), &format!("{to}/{name}"), entries)?;
        }
    } else {
        // For the same reason, the package's place is found when this is compiled.
        let bytes =
            format!("include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/\", {from:?}))");
        entries.push_str(&format!("    ({to:?}, {bytes}),\n"));
    }
    Ok(())
}

/// The revision that this package is of, where its files cannot have changed since: cargo keeps it in what it packs,
/// and has checked it out itself for `cargo install --git`. A checkout is asked when the program runs.
fn revision(package: &Path) -> Option<String> {
    if let Ok(info) = fs::read_to_string(package.join(".cargo_vcs_info.json")) {
        let (_, rest) = info.split_once("\"sha1\": \"")?;
        return rest.get(..10).map(str::to_owned);
    }
    if !package.join(".cargo-ok").is_file() {
        return None;
    }
    let mut git = Command::new("git");
    let output =
        git.args(["rev-parse", "--short=10", "HEAD"]).current_dir(package).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
