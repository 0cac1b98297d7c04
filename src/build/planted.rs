//! A copy of a tracker in which a slow-down can be planted: work that is added to every allocation, as much as a
//! variable of the environment says. One program for all amounts, so that what is told apart is the work and not the
//! luck of two layouts.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

use super::{VersionError, cache_folder, source_folder};

/// Names the steps of work for each allocation; without it there are none.
pub const PLANTED_VARIABLE: &str = "MEMSCOPE_BENCH_PLANTED";

/// The tracker that is copied: the version that is built in.
pub const TRACKER: &str = "memscope-rs";

/// The module that is added to the copy. Within an allocator: it allocates nothing, and cannot panic.
const WORK: &str = "\
//! Added by memscope-bench to a copy of this crate: work of a known amount for every allocation.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

extern \"C\" {
    fn getenv(name: *const std::ffi::c_char) -> *const std::ffi::c_char;
    fn atoi(text: *const std::ffi::c_char) -> std::ffi::c_int;
}

static STEPS: AtomicU32 = AtomicU32::new(u32::MAX);

#[inline(always)]
pub(crate) fn work() {
    let mut steps = STEPS.load(Relaxed);
    if steps == u32::MAX {
        steps = asked();
        STEPS.store(steps, Relaxed);
    }
    // Without work, too, and with one step then: what is planted is the steps beyond it alone, not the way into them.
    fence();
    let mut value = 3_u64;
    for _ in 0..=steps {
        value = value.wrapping_mul(6_364_136_223_846_793_005);
    }
    std::hint::black_box(value);
    fence();
}

/// Waits for all before it: else the processor does the work and the tracker's at the same time, and it costs less than
/// it takes.
#[inline(always)]
fn fence() {
    // SAFETY: neither touches memory or a register.
    #[cfg(target_arch = \"x86_64\")]
    unsafe {
        std::arch::asm!(\"lfence\", options(nomem, nostack))
    };
    #[cfg(target_arch = \"aarch64\")]
    unsafe {
        std::arch::asm!(\"isb\", options(nomem, nostack))
    };
}

#[cold]
fn asked() -> u32 {
    // SAFETY: the name ends with a zero; what comes back is text that ends with one, or nothing; nobody writes to
    // the environment before `main`.
    unsafe {
        let text = getenv(c\"MEMSCOPE_BENCH_PLANTED\".as_ptr());
        if text.is_null() { 0 } else { atoi(text).max(0) as u32 }
    }
}
";

/// What is changed in the copy: in which file, which line, and what stands before it then.
const CHANGES: [(&str, &str, &str); 3] = [
    // Else it would belong to the workspace around it.
    ("Cargo.toml", "[package]", "[workspace]"),
    ("src/core/allocator.rs", "let ptr = System.alloc(layout);", "crate::planted::work();"),
    ("src/lib.rs", "pub mod core;", "mod planted;"),
];

/// Makes the copy, or finds it made; gives its folder.
///
/// # Errors
///
/// Without memscope-bench's source or cargo's copy of the tracker; or if that is no longer made as it was.
pub fn copy() -> Result<PathBuf, VersionError> {
    let root = source_folder()?;
    let original = original(&root)?;
    let folder = cache_folder(&root).join("planted").join(TRACKER);
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| VersionError::File { path, source }
    };
    copy_folder(&original, &folder).map_err(file(&folder))?;
    for (name, line, before) in CHANGES {
        let path = folder.join(name);
        let text = fs::read_to_string(original.join(name)).map_err(file(&path))?;
        let changed = planted(&text, line, before).ok_or_else(|| {
            let error = format!("has {} times {line:?}, and not once", text.matches(line).count());
            file(&path)(std::io::Error::other(error))
        })?;
        write_if_new(&path, &changed).map_err(file(&path))?;
    }
    let work = folder.join("src/planted.rs");
    write_if_new(&work, WORK).map_err(file(&work))?;
    Ok(folder)
}

/// Whether a folder is the copy.
pub(super) fn is_copy(folder: &Path) -> bool {
    source_folder().is_ok_and(|root| folder.starts_with(cache_folder(&root).join("planted")))
}

/// The text with a line before another one, which is there exactly once.
fn planted(text: &str, line: &str, before: &str) -> Option<String> {
    let mut found = text.match_indices(line);
    let (place, _) = found.next()?;
    let once = found.next().is_none();
    once.then(|| format!("{}{before}\n{}", &text[..place], &text[place..]))
}

/// Where cargo keeps the tracker's source.
fn original(root: &Path) -> Result<PathBuf, VersionError> {
    let manifest = |reason: String| VersionError::Manifest { folder: root.to_owned(), reason };
    let mut command = MetadataCommand::new();
    let command = command.manifest_path(root.join("Cargo.toml"));
    let metadata = command.exec().map_err(|error| manifest(error.to_string()))?;
    let package = metadata.packages.iter().find(|package| *package.name == TRACKER);
    let package = package.ok_or_else(|| manifest(format!("{TRACKER} is not built in")))?;
    Ok(package.manifest_path.parent().map_or_else(PathBuf::new, Into::into))
}

/// Copies what is not there yet, or is another; so that cargo sees no change where there is none.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&path, &target)?;
        } else if !CHANGES.iter().any(|(name, ..)| target.ends_with(name)) {
            let bytes = fs::read(&path)?;
            if fs::read(&target).ok().as_ref() != Some(&bytes) {
                fs::write(&target, bytes)?;
            }
        }
    }
    Ok(())
}

fn write_if_new(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::read_to_string(path).ok().as_deref() == Some(text) {
        return Ok(());
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_put_before_another_that_is_there_once() {
        let text = "fn alloc() {\n        let ptr = a();\n}\n";
        let expected = "fn alloc() {\n        work();\nlet ptr = a();\n}\n";
        assert_eq!(planted(text, "let ptr = a();", "work();").as_deref(), Some(expected));
        assert_eq!(planted(text, "let ptr = b();", "work();"), None);
        assert_eq!(planted(&text.repeat(2), "let ptr = a();", "work();"), None);
    }
}
