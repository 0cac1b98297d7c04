//! What is published can be installed, and an installed memscope-bench needs no checkout: the packages are made and
//! unpacked as cargo uploads them, installed from there into an empty folder, and the packages removed before it is
//! used.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const CRATES: [&str; 3] = ["memscope-bench-protocol", "memscope-bench-subject", "memscope-bench"];

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(ROOT).args(arguments);
    cargo
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{words}");
    output
}

/// Unpacks the crates as they would be uploaded; gives the folder of each.
fn packed(folder: &Path) -> Vec<PathBuf> {
    let target = folder.join("packed");
    let mut package = cargo(&["package", "--no-verify", "--allow-dirty", "--locked"]);
    for name in CRATES {
        package.args(["--package", name]);
    }
    done(package.arg("--target-dir").arg(&target));
    let version = env!("CARGO_PKG_VERSION");
    let unpack = |name: &&str| {
        let archive = target.join(format!("package/{name}-{version}.crate"));
        done(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(folder));
        folder.join(format!("{name}-{version}"))
    };
    CRATES.iter().map(unpack).collect()
}

#[test]
fn what_subjects_are_built_from_is_in_the_package() {
    let list = done(&mut cargo(&["package", "--list", "--allow-dirty", "--package", CRATES[2]]));
    let list = String::from_utf8(list.stdout).unwrap();
    let listed = |path: &str| list.lines().any(|line| line == path);
    let files = done(Command::new("git").arg("-C").arg(ROOT).args([
        "ls-files",
        "protocol/src",
        "subject/src",
        "trackers",
    ]));
    let files = String::from_utf8(files.stdout).unwrap();
    assert!(files.lines().count() > 50);
    for path in files.lines() {
        let packed =
            if path.starts_with("trackers") { path.to_owned() } else { format!("sources/{path}") };
        assert!(listed(&packed), "{packed} is missing in the package");
    }
    for path in ["sources/lock.toml", "sources/workspace.toml", "sources/programs/manifest.toml"] {
        assert!(listed(path), "{path} is missing in the package");
    }
}

#[test]
#[ignore = "compiles all of it in release, and the subjects anew: some minutes"]
fn an_installed_one_needs_no_checkout() {
    let folder = tempfile::tempdir().unwrap();
    let crates = packed(folder.path());
    let root = folder.path().join("root");
    let mut install = cargo(&["install", "--quiet", "--locked", "--path"]);
    install.arg(&crates[2]).arg("--root").arg(&root);
    // As if the others were in the registry already.
    for (name, path) in CRATES.iter().zip(&crates).take(2) {
        let patch = format!("patch.crates-io.{name}.path={:?}", path.display().to_string());
        install.args(["--config", &patch]);
    }
    // What was compiled for the other tests need not be compiled again.
    let target = Path::new(env!("CARGO_BIN_EXE_memscope-bench")).ancestors().nth(2).unwrap();
    done(install.env("CARGO_TARGET_DIR", target));
    let mut programs: Vec<_> = fs::read_dir(root.join("bin"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    programs.sort();
    assert_eq!(programs, ["cargo-memscope-bench", "memscope-bench"]);
    for path in &crates {
        fs::remove_dir_all(path).unwrap();
    }

    let path = format!("{}:{}", root.join("bin").display(), std::env::var("PATH").unwrap());
    let run = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO"));
        program.arg("memscope-bench").args(arguments).current_dir(folder.path());
        program.env_remove("CARGO_MANIFEST_DIR").env_remove("MEMSCOPE_BENCH_SUBJECTS");
        program.env("CARGO_TARGET_DIR", target);
        program.env("PATH", &path).env("XDG_CACHE_HOME", folder.path().join("cache"));
        String::from_utf8(done(&mut program).stdout).unwrap()
    };
    let (phase, scale) = ("reference-cycles", "0.01");
    let copy = copy_of_memscope(folder.path());
    let spec = format!("memscope-rs@path:{}", copy.display());
    // One of those built in, a version, and a path, in one run.
    let few = ["-w", phase, "--scale", scale, "--samples", "2", "--out", "out"];
    let trackers = ["-t", "counting", "-t", "memscope-rs@0.2.4", "-t", &spec];
    let told = run(&[&["measure"][..], &few, &trackers].concat());
    assert!(told.contains("counting") && told.contains("memscope-rs@0.2.4"), "{told}");
    let runs = fs::read_dir(folder.path().join("out/runs")).unwrap();
    let runs: Vec<_> = runs.map(|entry| entry.unwrap().path().display().to_string()).collect();
    run(&["report", &runs[0], "--out", "site"]);
    assert!(folder.path().join("site/index.html").is_file());
    let gate = ["gate", "--baseline", "baseline.json", "--truth"];
    run(&[&gate[..], &["--update", "-t", "counting", "-w", phase, "--scale", scale]].concat());
    run(&gate);
    let listed = run(&["list"]);
    assert!(listed.contains("memscope-rs"), "{listed}");
}

/// A folder with the tracker's own source, as `path:` wants it: cargo has unpacked it to compile it.
fn copy_of_memscope(folder: &Path) -> PathBuf {
    let metadata = done(&mut cargo(&["metadata", "--format-version", "1", "--locked"]));
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let tracker = packages.iter().find(|package| package["name"] == "memscope-rs").unwrap();
    let from = Path::new(tracker["manifest_path"].as_str().unwrap()).parent().unwrap();
    let to = folder.join("memscope-copy");
    done(Command::new("cp").arg("-r").arg(from).arg(&to));
    to
}
