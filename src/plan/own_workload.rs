//! A workload of the reader's own: a file in the place of a name (`-w ./my-workload.toml`). `examples/own-workload/` has one.

use std::fs;
use std::path::{Path, PathBuf};

use protocol::workloads::{self, Kind, Setup, Workload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::spec::FILE;

/// What its file says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnWorkload {
    /// Its name in records: `my-workload`.
    pub name: String,
    /// What it does, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The folder of its crate; in the file, relative to it.
    pub path: PathBuf,
    /// The name of its package, where that is another than its own.
    #[serde(rename = "crate", default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The type that implements `subject::Workload`: `my_workload::MyWorkload`.
    #[serde(rename = "type")]
    pub type_path: String,
    /// What it runs on.
    #[serde(default)]
    pub setup: OwnSetup,
}

/// What it runs on: what is set up for it outside the measured region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OwnSetup {
    /// The main thread alone.
    #[default]
    Plain,
    /// Threads that it starts and joins itself.
    Threads,
    /// A multi-threaded tokio runtime.
    Runtime,
    /// A rayon thread pool.
    Pool,
}

impl OwnSetup {
    /// As the subject knows it.
    pub fn setup(self) -> Setup {
        match self {
            Self::Plain => Setup::Plain,
            Self::Threads => Setup::Threads,
            Self::Runtime => Setup::Runtime,
            Self::Pool => Setup::Pool,
        }
    }

    /// The name of that in the source.
    pub fn variant(self) -> &'static str {
        match self {
            Self::Plain => "Plain",
            Self::Threads => "Threads",
            Self::Runtime => "Runtime",
            Self::Pool => "Pool",
        }
    }
}

/// Why a file describes no workload.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct NoWorkload {
    file: String,
    reason: String,
}

impl OwnWorkload {
    /// Whether what stands in the place of a workload's name is such a file.
    pub fn is_file(asked: &str) -> bool {
        asked.ends_with(FILE)
    }

    /// Reads its file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or does not describe a workload; the error says why.
    pub fn read(file: &str) -> Result<Self, NoWorkload> {
        Self::in_file(Path::new(file))
            .map_err(|reason| NoWorkload { file: file.to_owned(), reason })
    }

    fn in_file(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
        let mut own: Self = toml::from_str(&text).map_err(|error| error.to_string())?;
        let plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
        if own.name.is_empty() || !own.name.chars().all(plain) {
            return Err("a name has lower-case letters, digits and - alone".to_owned());
        }
        if workloads::find(&own.name).is_some() {
            let name = &own.name;
            return Err(format!("there is a workload {name} already: give yours another name"));
        }
        if !is_path(&own.type_path) {
            return Err(format!(
                "type {:?}: a path such as my_workload::MyWorkload",
                own.type_path
            ));
        }
        let folder = file.parent().unwrap_or(Path::new(".")).join(&own.path);
        own.path = fs::canonicalize(&folder)
            .map_err(|error| format!("path {}: {error}", folder.display()))?;
        if !own.path.join("Cargo.toml").is_file() {
            return Err(format!("{}: no Cargo.toml there", own.path.display()));
        }
        Ok(own)
    }

    /// The name of its package.
    pub fn package(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.name)
    }

    /// Its facts, as those of other workloads are. They stay until the process ends.
    pub fn facts(&self) -> &'static Workload {
        let name: &'static str = self.name.clone().leak();
        Box::leak(Box::new(Workload {
            name,
            title: name,
            summary: self.about.clone().leak(),
            kind: Kind::Own,
            setup: self.setup.setup(),
            leaks_on_purpose: false,
            rounds: &[],
        }))
    }
}

/// Whether it is a path of identifiers, and nothing else that could stand in a program.
fn is_path(text: &str) -> bool {
    let is_name = |part: &str| {
        let mut letters = part.chars();
        letters.next().is_some_and(|one| one.is_ascii_alphabetic() || one == '_')
            && letters.all(|one| one.is_ascii_alphanumeric() || one == '_')
    };
    text.contains("::") && text.split("::").all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<OwnWorkload, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("mine")).unwrap();
        fs::write(folder.path().join("mine/Cargo.toml"), "").unwrap();
        let file = folder.path().join("mine.toml");
        fs::write(&file, text).unwrap();
        OwnWorkload::read(file.to_str().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_describes_a_workload() {
        let own = read("name = \"mine\"\npath = \"mine\"\ntype = \"mine::Mine\"\n").unwrap();
        assert_eq!((own.package(), own.setup), ("mine", OwnSetup::Plain));
        assert!(own.path.is_absolute());
        assert_eq!(own.facts().path(), "own/mine");
        let text =
            "name = \"mine\"\npath = \"mine\"\ntype = \"a::B\"\ncrate = \"a\"\nsetup = \"pool\"\n";
        let own = read(text).unwrap();
        assert_eq!((own.package(), own.facts().setup), ("a", Setup::Pool));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let with = |name: &str, path: &str, of_type: &str| {
            format!("name = {name:?}\npath = {path:?}\ntype = {of_type:?}\n")
        };
        for (text, reason) in [
            (with("a b", "mine", "a::B"), "lower-case letters"),
            (with("fragmentation", "mine", "a::B"), "give yours another name"),
            (with("mine", "gone", "a::B"), "No such file"),
            (with("mine", ".", "a::B"), "no Cargo.toml there"),
            (with("mine", "mine", "a::B; fn main() {} "), "a path such as"),
            (with("mine", "mine", "B"), "a path such as"),
            ("name = \"mine\"\n".to_owned(), "missing field"),
            (with("mine", "mine", "a::B") + "nmae = 1\n", "unknown field"),
        ] {
            let told = read(&text).unwrap_err();
            assert!(told.contains(reason), "{text}: {told}");
        }
    }
}
