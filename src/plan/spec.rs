//! SPECs: how people name trackers, versions and modes.

use std::fmt;
use std::str::FromStr;

/// What the name of a reader's own file ends with, which describes a tracker.
pub(super) const FILE: &str = ".toml";

/// What one asks for: `name[@version][/mode]`, or the path of a file of one's own in the name's place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// The tracker's name.
    pub name: String,
    /// A version, a range, a path or a revision; `None` for the version that is built in.
    pub version: Option<String>,
    /// The mode; `None` for the default.
    pub mode: Option<String>,
}

/// A text that is no SPEC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a tracker; write NAME, NAME/MODE, NAME@VERSION/MODE or the path of a FILE.toml of your own"
)]
pub struct NotASpec(String);

impl FromStr for Spec {
    type Err = NotASpec;

    fn from_str(text: &str) -> Result<Self, NotASpec> {
        // Of a file's path, slashes are a part; so they are in `name@path:dir/dir`.
        let before = text.split('@').next().unwrap_or(text);
        let end = before.find(FILE).map_or_else(
            || text.find(['@', '/']).unwrap_or(text.len()),
            |begin| begin + FILE.len(),
        );
        let (name, rest) = text.split_at(end);
        let (version, mode) = match (rest.chars().next(), rest.get(1..).unwrap_or_default()) {
            (None, _) => (None, None),
            (Some('/'), mode) => (None, Some(mode)),
            (Some('@'), version) if version.contains(':') => (Some(version), None),
            (Some('@'), rest) => match rest.split_once('/') {
                Some((version, mode)) => (Some(version), Some(mode)),
                None => (Some(rest), None),
            },
            _ => return Err(NotASpec(text.to_owned())),
        };
        if name.is_empty() || version == Some("") || mode == Some("") {
            return Err(NotASpec(text.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            mode: mode.map(str::to_owned),
        })
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(version) = &self.version {
            write!(f, "@{version}")?;
        }
        if let Some(mode) = &self.mode {
            write!(f, "/{mode}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_read_and_written_back() {
        let spec = |name: &str, version: Option<&str>, mode: Option<&str>| {
            let own = |text: &str| text.to_owned();
            Spec { name: own(name), version: version.map(own), mode: mode.map(own) }
        };
        for (text, expected) in [
            ("dhat", spec("dhat", None, None)),
            ("memscope-rs/full", spec("memscope-rs", None, Some("full"))),
            ("memscope-rs@0.1.10", spec("memscope-rs", Some("0.1.10"), None)),
            ("memscope-rs@0.2.5/variables", spec("memscope-rs", Some("0.2.5"), Some("variables"))),
            ("memscope-rs@path:../a/b", spec("memscope-rs", Some("path:../a/b"), None)),
            ("memscope-rs@path:../a.toml/b", spec("memscope-rs", Some("path:../a.toml/b"), None)),
            ("./own.toml", spec("./own.toml", None, None)),
            ("../a/own.toml/exact", spec("../a/own.toml", None, Some("exact"))),
            ("own.toml@1.2.0/exact", spec("own.toml", Some("1.2.0"), Some("exact"))),
        ] {
            assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
            assert_eq!(expected.to_string(), text);
        }
        for text in ["", "@1", "a@", "a/", "/b", "a.tomlb"] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }
}
