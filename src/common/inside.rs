//! Files inside a folder, where text from elsewhere says which: nothing beyond the folder is read, and nothing is written
//! through a link.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// Whether a path consists of plain names alone: neither `..` nor a root, and at least one name.
pub fn is_plain(path: &Path) -> bool {
    let mut any = false;
    path.components().all(|component| {
        any = true;
        matches!(component, Component::Normal(_))
    }) && any
}

/// The path of a file that is named relative to a folder.
///
/// # Errors
///
/// If the name is not [plain](is_plain), if there is no such file, or if links lead out of the folder.
pub fn inside(folder: &Path, place: &Path) -> io::Result<PathBuf> {
    let path = folder.join(place);
    if is_plain(place) && path.canonicalize()?.starts_with(folder.canonicalize()?) {
        Ok(path)
    } else {
        Err(leads_out(folder, place))
    }
}

fn leads_out(folder: &Path, place: &Path) -> io::Error {
    refused(format!("{} leads out of {}", place.display(), folder.display()))
}

fn refused(words: String) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, words)
}

/// Refuses a place below a folder that is reached through a link: whatever was written there would go elsewhere. What is
/// not there yet is no link.
///
/// # Errors
///
/// If a folder on the way is a link, or the place is not [plain](is_plain).
pub fn refuse_links(folder: &Path, place: &Path) -> io::Result<()> {
    if !is_plain(place) {
        return Err(leads_out(folder, place));
    }
    let mut path = folder.to_owned();
    for component in place.parent().into_iter().flat_map(Path::components) {
        path.push(component);
        if path.symlink_metadata().is_ok_and(|about| about.is_symlink()) {
            let words = format!("{} is a link, and nothing is written through one", path.display());
            return Err(refused(words));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_plain_names_are_taken() {
        for plain in ["a", "a/b.txt", "a..b"] {
            assert!(is_plain(Path::new(plain)), "{plain}");
        }
        for other in ["", "..", "../a", "a/../b", "/etc/passwd", "./a"] {
            assert!(!is_plain(Path::new(other)), "{other}");
        }
    }

    #[test]
    fn what_lies_elsewhere_is_not_read() {
        let parent = tempfile::tempdir().unwrap();
        let run = parent.path().join("run");
        fs::create_dir_all(run.join("locks")).unwrap();
        fs::write(parent.path().join("secret.txt"), "secret").unwrap();
        fs::write(run.join("locks/a.lock"), "lock").unwrap();
        symlink(parent.path(), run.join("out")).unwrap();
        symlink(run.join("locks/a.lock"), run.join("alias.lock")).unwrap();
        let read = |place: &str| inside(&run, Path::new(place));
        assert!(read("locks/a.lock").is_ok() && read("alias.lock").is_ok());
        for other in ["../secret.txt", "out/secret.txt", "locks/../../secret.txt", "missing"] {
            assert!(read(other).is_err(), "{other}");
        }
        assert!(read("out/secret.txt").unwrap_err().to_string().contains("leads out of"));
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("out");
        fs::create_dir_all(out.join("data")).unwrap();
        fs::create_dir(parent.path().join("elsewhere")).unwrap();
        symlink(parent.path().join("elsewhere"), out.join("data/run")).unwrap();
        assert!(refuse_links(&out, Path::new("data/new/a.lock")).is_ok());
        assert!(refuse_links(&out, Path::new("index.html")).is_ok());
        let error = refuse_links(&out, Path::new("data/run/a.lock")).unwrap_err();
        assert!(error.to_string().contains("is a link"), "{error}");
        assert!(refuse_links(&out, Path::new("../a.lock")).is_err());
    }
}
