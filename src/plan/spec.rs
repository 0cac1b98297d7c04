//! SPECs: how people name trackers, versions and modes.

use std::fmt;
use std::str::FromStr;

/// What one asks for: `name[@version][/mode]`.
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
#[error("{0:?} is not a tracker; write NAME, NAME/MODE or NAME@VERSION/MODE")]
pub struct NotASpec(String);

impl FromStr for Spec {
    type Err = NotASpec;

    fn from_str(text: &str) -> Result<Self, NotASpec> {
        let (name, rest) = match text.split_once('@') {
            Some((name, rest)) => (name, Some(rest)),
            None => (text, None),
        };
        // In `name@path:dir/dir` slashes belong to the path.
        let (name, version, mode) = match rest {
            None => match name.split_once('/') {
                Some((name, mode)) => (name, None, Some(mode)),
                None => (name, None, None),
            },
            Some(rest) if rest.contains(':') => (name, Some(rest), None),
            Some(rest) => match rest.split_once('/') {
                Some((version, mode)) => (name, Some(version), Some(mode)),
                None => (name, Some(rest), None),
            },
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
        ] {
            assert_eq!(text.parse(), Ok(expected.clone()), "{text}");
            assert_eq!(expected.to_string(), text);
        }
        for text in ["", "@1", "a@", "a/", "/b"] {
            assert!(text.parse::<Spec>().is_err(), "{text}");
        }
    }
}
