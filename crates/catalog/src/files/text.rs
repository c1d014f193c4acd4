//! A file's text, or why it has none. A catalog's files are written by people and mounted by machines: what is a pipe, a
//! device or somebody's dump is told, and not waited for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::File;
use crate::{Finding, Findings, Place};

/// The largest file that is read, in MiB: far more than anybody writes.
const LARGEST: u64 = 16;

/// Reads a file, relative to `root`. What has no text is told.
pub(super) fn read(root: &Path, path: PathBuf, findings: &mut Findings) -> File {
    match text(root, &path) {
        Ok(text) => File { path, text: text.into(), is_read: true },
        Err(finding) => {
            findings.push(finding);
            File { path, text: "".into(), is_read: false }
        }
    }
}

/// The text of a file, relative to `root`, or why there is none.
pub(crate) fn text(root: &Path, path: &Path) -> Result<String, Finding> {
    let unreadable = |error: io::Error| {
        Finding::error(path, format!("cannot be read: {error}"), "make it a readable UTF-8 file")
    };
    let on_disk = root.join(path);
    let about = fs::metadata(&on_disk).map_err(unreadable)?;
    if !about.is_file() {
        return Err(Finding::error(path, "is no file that has an end", "put a text file there"));
    }
    if about.len() > LARGEST << 20 {
        let message = format!("has {} MiB, and {LARGEST} are the most that is read", about.len() >> 20);
        return Err(Finding::error(path, message, "take out what is no declaration: rows go into seed/"));
    }
    let text = decoded(path, fs::read(&on_disk).map_err(unreadable)?)?;
    // Databases take it for the end of the text.
    if let Some(at) = text.find('\0') {
        let finding = Finding::error(path, "a NUL, which ends the text for databases", "take it out");
        return Err(finding.at(Place::new(&text.into(), at..at + 1)));
    }
    // Some editors begin a file with a byte order mark, which no SQL starts with.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn decoded(path: &Path, bytes: Vec<u8>) -> Result<String, Finding> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let shown = String::from_utf8_lossy(error.as_bytes()).into();
        let message = "cannot be read: these bytes are not UTF-8";
        Finding::error(path, message, "make it a readable UTF-8 file").at(Place::new(&shown, at..at + 1))
    })
}
