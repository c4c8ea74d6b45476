//! What must agree across the project: the operation table, the service models, the functions and the documents.

pub mod compatibility;
pub mod edge;
pub mod table;

use std::path::{Path, PathBuf};

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}
