//! Writing a draft's files. A file that is there is never touched, whatever it holds.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::DraftError;

/// A file of a catalog, by its path in the catalog's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// The path.
    pub path: PathBuf,
    /// The text.
    pub text: String,
}

/// Writes a file. False where there is one already, which is kept.
///
/// # Errors
/// It could not be written.
pub fn write(folder: &Path, file: &NewFile) -> Result<bool, DraftError> {
    let path = folder.join(&file.path);
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
        let mut open = std::fs::OpenOptions::new();
        open.write(true).create_new(true).open(&path)?.write_all(file.text.as_bytes())
    });
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(DraftError::Write { path, error }),
    }
}
