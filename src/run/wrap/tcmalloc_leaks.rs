//! The heap leak checker of gperftools: at the exit it looks which blocks nothing points to.
//!
//! A program that leaks then ends with code 1, whatever it was to end with. That is no failure of the program, so a shell
//! in front of it makes it 0; if there are no findings, the sample fails all the same.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;

use protocol::Reported;

use super::gperftools::tcmalloc;
use super::preload::Library;
use super::{
    ToolFindings, WrapError, Wrapper, errors_of, files, leaked, number_behind, parsed, remove,
};

/// Passes any exit code on but 1.
const SHELL: &str = "\"$@\"; code=$?; [ $code = 1 ] && exit 0; exit $code";

/// An installed leak checker.
#[derive(Clone, Debug)]
pub(super) struct HeapChecker {
    library: Library,
    version: String,
}

impl HeapChecker {
    /// Finds it where the loader does.
    pub(super) fn find() -> Result<Self, WrapError> {
        let (library, version) = tcmalloc()?;
        Ok(Self { library, version })
    }
}

impl Wrapper for HeapChecker {
    fn version(&self) -> &str {
        &self.version
    }

    fn command(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let folder = std::path::absolute(folder)?;
        let variables = [
            ("HEAPCHECK", OsStr::new("normal")),
            // For the profile of what leaks.
            ("HEAP_CHECK_DUMP_DIRECTORY", folder.as_os_str()),
        ];
        let shell = ["sh", "-c", SHELL, "sh"].map(OsString::from);
        Ok(shell.into_iter().chain(self.library.command(&variables)).collect())
    }

    fn take_findings(&self, folder: &Path) -> Result<ToolFindings, WrapError> {
        let found = parsed(&errors_of(folder), leaks);
        remove(&files(folder, "", "._main_-end.heap"));
        found.map(ToolFindings::of)
    }
}

/// Of standard error: what leaked of the whole program, which it calls `_main_`.
pub(super) fn leaks(log: &str) -> Result<Reported, String> {
    if log.contains("No leaks found for check \"_main_\"") {
        return Ok(leaked(0, 0));
    }
    let line = log.lines().find(|line| line.contains("Leak check _main_ detected leaks of"));
    let line = line.ok_or("it has no result of the heap leak checker")?;
    let bytes = number_behind(line, "leaks of");
    let whole = line.contains(" objects").then(|| number_behind(line, "bytes in")).flatten();
    bytes
        .zip(whole)
        .map(|(bytes, objects)| leaked(objects, bytes))
        .ok_or_else(|| format!("the result of the heap leak checker is cut off: {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
WARNING: Perftools heap leak checker is active -- Performance may suffer
Have memory regions w/o callers: might report false leaks
Leak check _main_ detected leaks of 770 bytes in 10 objects
The 1 largest leaks:
";

    #[test]
    fn leaks_of_the_whole_program_are_told() {
        assert_eq!(leaks(LOG), Ok(leaked(10, 770)));
        let none = "No leaks found for check \"_main_\" (but no 100% guarantee that there aren't \
                    any): found 12 reachable heap objects of 73267 bytes\n";
        assert_eq!(leaks(none), Ok(leaked(0, 0)));
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let end_of_result = LOG.find(" objects").unwrap() + " objects".len();
        for end in 0..end_of_result {
            assert!(leaks(&LOG[..end]).is_err(), "cut off at {end}");
        }
        assert!(leaks(&LOG.replace("770", "many")).unwrap_err().contains("cut off"));
    }

    #[test]
    fn the_code_of_a_program_that_leaks_is_no_failure_and_others_are() {
        let code = |program: &str| {
            let mut command = std::process::Command::new("sh");
            command.args(["-c", SHELL, "sh", "sh", "-c", program]);
            command.stderr(std::process::Stdio::null()).status().unwrap().code()
        };
        assert_eq!(code("exit 0"), Some(0));
        assert_eq!(code("exit 1"), Some(0));
        assert_eq!(code("exit 101"), Some(101));
        assert_eq!(code("kill -9 $$"), Some(137));
    }
}
