//! Input from elsewhere, and a world that is not as it should be: nothing outside is read or written, nothing panics,
//! and each has its exit code.

mod common;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use common::{errors, memscope_bench, newest_run, run, text};
use memscope_bench::record::{ENVIRONMENT_FILE, RECORDS_FILE, Writer};
use serde_json::{Value, json};

const SECRET: &str = "the secret";

/// A folder with a secret in it, and a small run below it.
struct Place {
    root: tempfile::TempDir,
    run: PathBuf,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("secret.txt"), SECRET).unwrap();
        let short = ["-w", "fragmentation", "-t", "counting", "--scale", "0.01", "--samples", "2"];
        let output = run(root.path(), &[&["measure"], &short[..]].concat());
        assert!(output.status.success(), "{}", errors(&output));
        let run = newest_run(root.path()).folder;
        Self { root, run }
    }

    fn secret(&self) -> PathBuf {
        self.root.path().join("secret.txt")
    }

    /// Changes the run's environment.
    fn change(&self, change: impl FnOnce(&mut Value)) {
        let path = self.run.join(ENVIRONMENT_FILE);
        let mut environment: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut environment);
        fs::write(path, environment.to_string()).unwrap();
    }

    /// With a lock file of this name.
    fn lock(&self, place: &str) {
        self.change(|environment| {
            environment["versions"] = json!([{
                "tracker": "memscope-rs", "asked": "0.2.4", "version": "0.2.4", "lock": place
            }]);
        });
    }

    fn report(&self, out: &str) -> Output {
        run(self.root.path(), &["report", self.run.to_str().unwrap(), "--out", out])
    }

    /// That it was refused in these words, and nothing of the secret is in the site.
    fn assert_refused(&self, words: &str) {
        let output = self.report("site");
        assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
        assert!(errors(&output).contains(words), "{}", errors(&output));
        assert!(!holds(&self.root.path().join("site"), SECRET), "the secret is in the site");
    }
}

/// Whether any file below a folder has a text in it.
fn holds(folder: &Path, text: &str) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| match path.is_dir() {
        true => holds(&path, text),
        false => fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)),
    })
}

#[test]
fn a_report_reads_nothing_outside_its_run() {
    let place = Place::new();
    place.lock("../../../secret.txt");
    place.assert_refused("leads out of the run");
    place.lock(place.secret().to_str().unwrap());
    place.assert_refused("leads out of the run");
    symlink(place.secret(), place.run.join("a.lock")).unwrap();
    place.lock("a.lock");
    place.assert_refused("leads out of");
}

#[test]
fn a_report_writes_nothing_through_a_link() {
    let place = Place::new();
    let elsewhere = place.root.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let charts = place.run.join("charts");
    fs::remove_dir_all(&charts).unwrap();
    symlink(&elsewhere, &charts).unwrap();
    let output = run(place.root.path(), &["report", place.run.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("is a link"), "{}", errors(&output));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn what_a_run_says_does_not_act_on_a_terminal() {
    let place = Place::new();
    let acting = "evil\u{1b}[2J\u{7}\u{202e}";
    place.change(|environment| environment["cpu"] = acting.into());
    let path = place.run.join(RECORDS_FILE);
    let records = fs::read_to_string(&path).unwrap();
    let version = records.lines().find_map(|line| {
        let record: Value = serde_json::from_str(line).unwrap();
        Some(record["version"].as_str()?.to_owned())
    });
    let version = format!("\"version\":{:?}", version.unwrap());
    let hostile = format!("\"version\":{}", Value::from(acting));
    assert!(records.contains(&version), "{version}");
    fs::write(&path, records.replace(&version, &hostile)).unwrap();
    for format in ["table", "markdown", "csv", "overview"] {
        let folder = place.run.to_str().unwrap();
        let output =
            run(place.root.path(), &["report", folder, "--out", "site", "--format", format]);
        assert!(output.status.success(), "{}", errors(&output));
        let told = text(&output.stdout) + &errors(&output);
        assert!(!told.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}: {told:?}");
    }
    for acts in ["\u{1b}", "\u{202e}"] {
        let data = place.root.path().join("site/data");
        fs::remove_dir_all(data).unwrap_or_default();
        assert!(!holds(&place.root.path().join("site"), acts), "{acts:?}");
    }
}

#[test]
fn a_gate_that_compares_nothing_is_neither_green_nor_red() {
    let folder = tempfile::tempdir().unwrap();
    let update = ["gate", "--baseline", "b.json", "--update", "--scale", "0.01"];
    let output =
        run(folder.path(), &[&update[..], &["-t", "untracked", "-w", "fragmentation"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    let small = ["-t", "counting", "-w", "fragmentation"];
    let output = run(folder.path(), &[&update[..], &small].concat());
    assert!(output.status.success(), "{}", errors(&output));
    let path = folder.path().join("b.json");
    let mut baseline: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    baseline["arms"] = json!([]);
    fs::write(&path, baseline.to_string()).unwrap();
    let output = run(folder.path(), &["gate", "--baseline", "b.json", "--truth"]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    assert!(errors(&output).contains("nothing is compared"), "{}", errors(&output));
}

#[test]
fn a_run_that_is_being_measured_is_not_taken_up() {
    let place = Place::new();
    let writer = Writer::append(&place.run).unwrap();
    let before = fs::read(place.run.join(RECORDS_FILE)).unwrap();
    let resume = ["measure", "--resume", place.run.to_str().unwrap()];
    let output = run(place.root.path(), &resume);
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    let holder = format!("process {}", std::process::id());
    assert!(errors(&output).contains(&holder), "{}", errors(&output));
    drop(writer);
    let output = run(place.root.path(), &resume);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(fs::read(place.run.join(RECORDS_FILE)).unwrap(), before, "nothing was left to do");
}

#[test]
fn a_line_that_is_cut_off_is_told_and_taken_again() {
    let place = Place::new();
    let path = place.run.join(RECORDS_FILE);
    let records = fs::read_to_string(&path).unwrap();
    fs::write(&path, &records[..records.len() - 9]).unwrap();
    let output = place.report("site");
    assert!(output.status.success(), "{}", errors(&output));
    assert!(errors(&output).contains("cut off"), "{}", errors(&output));
    let output = run(place.root.path(), &["measure", "--resume", place.run.to_str().unwrap()]);
    assert!(output.status.success(), "{}", errors(&output));
    let again = fs::read_to_string(&path).unwrap();
    assert_eq!(again.lines().count(), records.lines().count());
    assert!(again.ends_with('\n'));
}

#[test]
fn patterns_and_text_that_are_none_are_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let nested = format!("{}a{}", "{".repeat(300), "}".repeat(300));
    let output = run(folder.path(), &["measure", "-w", &nested]);
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
    let no_text = OsString::from_vec(vec![b'a', 0xff]);
    let output = memscope_bench(folder.path(), &["measure", "-w"]).arg(&no_text).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", errors(&output));
}

#[test]
fn variables_and_paths_that_are_no_text_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let no_text = OsString::from_vec(vec![b'a', 0xff]);
    let short = ["measure", "-w", "fragmentation", "-t", "counting", "--scale", "0.01"];
    let mut command = memscope_bench(folder.path(), &[&short[..], &["--samples", "2"]].concat());
    command.arg("--out").arg(&no_text);
    command.env("MEMSCOPE_ANYTHING", &no_text).env(OsStr::new("MALLOC_x"), &no_text);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(folder.path().join(&no_text).join("runs").is_dir());
}

#[test]
fn a_reader_who_had_enough_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let short = ["measure", "-w", "fragmentation", "-t", "counting", "--scale", "0.01"];
    let mut command = memscope_bench(folder.path(), &[&short[..], &["--samples", "2"]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_git_server_that_says_nothing_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // It takes connections, and is silent.
    let taken = std::thread::spawn(move || listener.accept().map(|(stream, _)| stream));
    let spec = format!("memscope-rs@git:http://127.0.0.1:{port}/repository.git");
    let mut command = memscope_bench(folder.path(), &["measure", "-t", &spec]);
    let output = command.env("GIT_HTTP_LOW_SPEED_TIME", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(errors(&output).contains("git could not fetch it"), "{}", errors(&output));
    assert!(taken.join().unwrap().is_ok());
}
