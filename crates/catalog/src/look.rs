//! What a catalog's folder looks like from outside, without reading a file: for whoever watches it. Looking works
//! everywhere, on network file systems and on ConfigMaps too, whose files change by a link that points elsewhere.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::{Findings, files, manifest};

/// Files with their sizes and times. Two equal looks mean that nothing was changed in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    is_there: bool,
    files: Vec<(PathBuf, Option<Stamp>)>,
}

/// What changes with a file. The time of its inode's last change is the one that no program sets back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Look {
    /// Looks at the files that make up the catalog in `root`. Seeds and scenarios are none of them.
    pub fn at(root: &Path) -> Self {
        // What cannot be read is told when the catalog is loaded.
        let mut findings = Findings::default();
        let mut paths = vec![PathBuf::from(manifest::FILE)];
        for folder in ["proto", "sql", "migrations"] {
            paths.extend(files::walk(root, Path::new(folder), &mut findings));
        }
        let files = paths.into_iter().map(|path| {
            let stamp = fs::metadata(root.join(&path)).ok().map(|data| Stamp::of(&data));
            (path, stamp)
        });
        Self { is_there: root.is_dir(), files: files.collect() }
    }

    /// False where there is no such folder.
    pub fn is_there(&self) -> bool {
        self.is_there
    }
}

impl Stamp {
    fn of(data: &Metadata) -> Self {
        Self {
            file: (data.dev(), data.ino()),
            size: data.size(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        }
    }
}
