//! Why a run cannot go on.

use std::io;
use std::path::PathBuf;

use super::wrap::WrapError;
use crate::plan::catalog::CatalogError;
use crate::record::RecordsError;

/// Why a run cannot go on. What was recorded until then is safe.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum RunError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("{path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error(
        "interrupted; what was measured is in {folder}, and \
         `memscope-bench {verb} --resume {folder}` goes on with it"
    )]
    Interrupted { folder: PathBuf, verb: &'static str },
    #[error("{folder}: cannot be resumed here: {reason}")]
    Elsewhere { folder: PathBuf, reason: String },
    #[error(transparent)]
    Wrapper(#[from] WrapError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}
