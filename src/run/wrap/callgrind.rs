//! Valgrind Callgrind: counts the instructions of the measured region, function by function.
//!
//! The subject does the work in a function of its own. When that is entered, all counts are set to zero, and
//! when it is left they are written: of all threads, as they are not counted apart. (To switch counting on
//! and off, `--toggle-collect`, would do so for the thread that enters the function, and miss all others.)

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{ToolFindings, WrapError, Wrapper, remove, unreadable, valgrind};
use crate::record::{CALLGRIND_FILE, CallProfile};

/// What Callgrind writes when the process ends; parts of the run lie beside it, numbered.
const OUT: &str = "callgrind.out";

/// An installed Callgrind.
#[derive(Clone, Debug)]
pub(super) struct Callgrind {
    version: String,
}

impl Callgrind {
    /// Finds it on the `PATH`.
    pub(super) fn find() -> Result<Self, WrapError> {
        Ok(Self { version: valgrind::version()? })
    }
}

impl Wrapper for Callgrind {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        // Valgrind forgets the first of two patterns that begin alike: so these do not.
        let begin = format!("--zero-before=subject::{}*", protocol::REGION);
        let end = format!("--dump-after=*::{}*", protocol::REGION);
        // By functions, not by lines: a tenth of the size.
        let options = ["--tool=callgrind", &begin, &end, "--dump-line=no", "--quiet"];
        valgrind::command(folder, &options, &[("--callgrind-out-file=", OUT)])
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let parts = parts(folder);
        let region = parts.iter().find(|part| is_of_the_region(part)).cloned();
        let found = match region {
            None => Err(unreadable(&folder.join(OUT), "the measured region did not end")),
            Some(part) => CallProfile::read(&part)
                .map_err(|error| unreadable(&part, error))
                .and_then(|profile| {
                    let kept = compress(&part, &folder.join(CALLGRIND_FILE));
                    kept.map_err(|error| unreadable(&part, error))?;
                    Ok(profile.total())
                }),
        };
        remove(&parts);
        let instructions = Some((found?, format!("Valgrind {}", self.version)));
        Ok(ToolFindings { instructions, ..ToolFindings::default() })
    }
}

/// What Callgrind wrote of a process: parts of its run, and the rest.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let own = |path: &PathBuf| {
        path.file_name().is_some_and(|name| {
            name != CALLGRIND_FILE && name.as_encoded_bytes().starts_with(OUT.as_bytes())
        })
    };
    let mut parts: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(own).collect();
    parts.sort();
    parts
}

/// Whether a part was written when the measured region was left.
fn is_of_the_region(part: &Path) -> bool {
    // What triggered it stands in the first lines.
    let text = fs::read_to_string(part).unwrap_or_default();
    text.lines().take(30).any(|line| line.starts_with("desc: Trigger: --dump-after="))
}

fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let mut encoder = GzEncoder::new(File::create(to)?, Compression::default());
    io::copy(&mut File::open(from)?, &mut encoder)?;
    encoder.finish().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_part_of_the_measured_region_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let callgrind = Callgrind { version: "3.19.0".to_owned() };
        let write = |file: &str, trigger: &str, cost: u64| {
            let text = format!(
                "desc: Trigger: {trigger}\npositions: line\nevents: Ir\nfn=(1) a\n1 {cost}\n"
            );
            fs::write(folder.path().join(file), text).unwrap();
        };
        write("callgrind.out", "Program termination", 7);
        let error = callgrind.take_findings(folder.path()).unwrap_err().to_string();
        assert!(error.contains("did not end"), "{error}");
        write("callgrind.out", "Program termination", 7);
        write("callgrind.out.1", "--dump-after=subject::measure::measured_region", 42);
        let found = callgrind.take_findings(folder.path()).unwrap();
        assert_eq!(found.instructions, Some((42, "Valgrind 3.19.0".to_owned())));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        let kept = CallProfile::read(&folder.path().join(CALLGRIND_FILE)).unwrap();
        assert_eq!(kept.total(), 42);
    }

    #[test]
    fn the_two_patterns_begin_differently_and_name_the_region() {
        let callgrind = Callgrind { version: "3.19.0".to_owned() };
        let command = callgrind.command(Path::new(".")).unwrap();
        let pattern = |option: &str| {
            let words = command.iter().filter_map(|word| word.to_str());
            words.filter_map(|word| word.strip_prefix(option)).next().unwrap().to_owned()
        };
        let (zero, dump) = (pattern("--zero-before="), pattern("--dump-after="));
        assert_ne!(zero.chars().next(), dump.chars().next());
        assert!(zero.contains(protocol::REGION) && dump.contains(protocol::REGION));
    }
}
