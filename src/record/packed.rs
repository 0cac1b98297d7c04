//! Records as they are published: compressed by zstd, to some twentieth of their size.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use super::RECORDS_FILE;

/// The name of the file of compressed records in a published run's folder.
pub const PACKED_FILE: &str = "records.jsonl.zst";

/// How much is made of it, of 22 levels: beyond this it takes three times the memory (57 MB) for two percent less.
const LEVEL: i32 = 9;

/// The records of a run's folder, compressed or not, if it is one.
pub fn records_in(folder: &Path) -> Option<PathBuf> {
    let files = [RECORDS_FILE, PACKED_FILE].map(|name| folder.join(name));
    files.into_iter().find(|path| path.is_file())
}

/// Compresses a file of records, piece by piece.
///
/// # Errors
///
/// If one cannot be read or the other not be written.
pub fn pack(records: &Path, to: impl Write) -> io::Result<()> {
    zstd::stream::copy_encode(File::open(records)?, to, LEVEL)
}

/// Whether a file of records is compressed, by its name.
pub fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "zst")
}

/// A file of records, to be read by lines.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    Ok(if is_packed(path) {
        Box::new(BufReader::new(zstd::Decoder::new(file)?))
    } else {
        Box::new(BufReader::new(file))
    })
}
