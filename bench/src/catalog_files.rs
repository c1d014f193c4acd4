//! Catalogs that a measurement makes for itself: files written, and the sample copied to be changed.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes a file below the folder; the folders in between are made.
pub fn write(folder: &Path, file: &str, text: &str) -> Result<()> {
    let path = folder.join(file);
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    fs::write(&path, text).with_context(|| path.display().to_string())
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => {
                fs::copy(entry.path(), &target)?;
            }
        }
    }
    Ok(())
}
