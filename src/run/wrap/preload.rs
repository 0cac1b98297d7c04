//! Tools that are a shared library: loaded before the program's own by `LD_PRELOAD`.
//!
//! The variables are set by `env` in front of the program, which becomes the program: they are in no other process,
//! and there is none more. That the program is linked dynamically is taken for granted.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::WrapError;

/// An installed library.
#[derive(Clone, Debug)]
pub(super) struct Library {
    path: PathBuf,
    /// What is loaded behind it, and before the program's own.
    also: Option<PathBuf>,
}

impl Library {
    #[cfg(test)]
    pub(super) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), also: None }
    }

    /// Finds it where the loader does.
    pub(super) fn find(
        name: &str,
        tool: &'static str,
        package: &'static str,
    ) -> Result<Self, WrapError> {
        // Of a program that is only traced, the loader prints what it would load, and from where (ld.so(8)).
        let output = Command::new("true")
            .env("LD_PRELOAD", name)
            .env("LD_TRACE_LOADED_OBJECTS", "1")
            .output()
            .ok();
        let printed = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let path = printed.as_deref().and_then(|printed| path_in(printed, name));
        let path = path.ok_or(WrapError::NotInstalled { tool, package })?;
        Ok(Self { path, also: None })
    }

    /// The same with another one behind it.
    pub(super) fn and(self, also: Self) -> Self {
        Self { also: Some(also.path), ..self }
    }

    /// The version that is compiled into the library's file, in the text behind a mark.
    pub(super) fn version(&self, mark: &str) -> String {
        let bytes = fs::read(&self.path).unwrap_or_default();
        version_in(&bytes, mark).unwrap_or_else(|| "unknown".to_owned())
    }

    /// What it says on standard error in a program that does nothing.
    pub(super) fn said_by(&self, variables: &[(&str, &str)]) -> String {
        let mut command = Command::new("true");
        command.env("LD_PRELOAD", &self.path).envs(variables.iter().copied());
        let errors = command.output().map(|output| output.stderr).unwrap_or_default();
        String::from_utf8_lossy(&errors).into_owned()
    }

    /// The command prefix that loads it, with variables.
    pub(super) fn command(&self, variables: &[(&str, &OsStr)]) -> Vec<OsString> {
        let mut libraries = self.path.clone().into_os_string();
        if let Some(also) = &self.also {
            libraries.push(":");
            libraries.push(also);
        }
        let preload = [("LD_PRELOAD", libraries.as_os_str())];
        let set = preload.iter().chain(variables).map(|(name, value)| {
            let mut word = OsString::from(name);
            word.push("=");
            word.push(value);
            word
        });
        std::iter::once("env".into()).chain(set).collect()
    }
}

/// The path of a line such as `libjemalloc.so.2 => /lib/libjemalloc.so.2 (0x00007f)`.
fn path_in(printed: &str, name: &str) -> Option<PathBuf> {
    let line = printed.lines().find_map(|line| line.trim().strip_prefix(name))?;
    let (path, _) = line.trim().strip_prefix("=> ")?.rsplit_once(" (")?;
    Some(Path::new(path).to_owned())
}

/// The first number with points in a text that begins with the mark. Texts end with a zero byte.
fn version_in(bytes: &[u8], mark: &str) -> Option<String> {
    let mut texts = bytes.split(|&byte| byte == 0);
    texts.find_map(|text| {
        let behind = text.strip_prefix(mark.as_bytes())?;
        let behind = std::str::from_utf8(behind).ok()?;
        let version = &behind[behind.find(|first: char| first.is_ascii_digit())?..];
        let end = version.find(|one: char| !one.is_ascii_digit() && one != '.');
        Some(version[..end.unwrap_or(version.len())].to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_tells_where_a_library_is() {
        let printed = "\tlinux-vdso.so.1 (0x00007fca97ccb000)\n\
                       \tlibjemalloc.so.2 => /a folder/libjemalloc.so.2 (0x00007fca97800000)\n";
        let path = path_in(printed, "libjemalloc.so.2").unwrap();
        assert_eq!(path, Path::new("/a folder/libjemalloc.so.2"));
        for cut in ["", "libjemalloc.so.2", "libjemalloc.so.2 => ", "libjemalloc.so.2 => not found"]
        {
            assert_eq!(path_in(cut, "libjemalloc.so.2"), None, "{cut:?}");
        }
    }

    #[test]
    fn a_library_that_is_not_there_is_said_to_be_missing() {
        let error = Library::find("libno-such.so.9", "NoSuch", "no-such").unwrap_err().to_string();
        assert!(error.contains("NoSuch is not installed"), "{error}");
        assert!(error.contains("apt-get install no-such"), "{error}");
    }

    #[test]
    fn a_version_is_the_first_number_of_the_text_that_begins_with_the_mark() {
        let bytes = b"\0gperftools \0use gperftools 1\0gperftools 2.10\0";
        assert_eq!(version_in(bytes, "gperftools ").as_deref(), Some("2.10"));
        let gcc = b"GCC: (Debian 12.2.0-14+deb12u1) 12.2.0\0";
        assert_eq!(version_in(gcc, "GCC: ").as_deref(), Some("12.2.0"));
        for none in [&b"gperftools "[..], b"", b"gperftools \xff2"] {
            assert_eq!(version_in(none, "gperftools "), None);
        }
    }

    #[test]
    fn variables_stand_before_the_program() {
        let library = Library::at(Path::new("/lib/a.so"));
        let command = library.command(&[("A", OsStr::new("1 2")), ("B", OsStr::new("3"))]);
        assert_eq!(command, ["env", "LD_PRELOAD=/lib/a.so", "A=1 2", "B=3"]);
        let command = library.and(Library::at(Path::new("/lib/b.so"))).command(&[]);
        assert_eq!(command, ["env", "LD_PRELOAD=/lib/a.so:/lib/b.so"]);
    }
}
