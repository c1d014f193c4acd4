//! What the targets start from: the SQL of the repository's own catalogs and pages, read where it stands.

use std::path::{Path, PathBuf};

/// A file that a page shows: a fenced block whose first line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The file's path.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that a page of the repository shows, but those that it shows to be broken.
///
/// # Errors
/// The page cannot be read.
pub fn shown(page: &str) -> std::io::Result<Vec<Shown>> {
    let text = std::fs::read_to_string(repository().join(page))?;
    let mut files = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let content: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        if let [_, path] = info.split_whitespace().collect::<Vec<_>>()[..] {
            files.push(Shown { path: path.to_owned(), text: content });
        }
    }
    Ok(files)
}

/// Every SQL text of the repository's catalogs and of the page about catalogs.
///
/// # Errors
/// One of them cannot be read.
pub fn statements() -> std::io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for folder in ["catalogs", "fuzz/catalog"] {
        add_files(&repository().join(folder), &mut texts)?;
    }
    let shown = shown("docs/catalog.md")?.into_iter();
    texts.extend(shown.filter(|file| file.path.ends_with(".sql")).map(|file| file.text));
    Ok(texts)
}

fn add_files(folder: &Path, texts: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            add_files(&path, texts)?;
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            texts.push(std::fs::read_to_string(path)?);
        }
    }
    Ok(())
}

/// Writes the catalog of docs/catalog.md into a folder, with that of `fuzz/catalog` laid over it.
///
/// # Errors
/// A file cannot be read or written.
pub fn write_catalog(folder: &Path) -> std::io::Result<()> {
    for file in shown("docs/catalog.md")? {
        write_file(&folder.join(file.path), &file.text)?;
    }
    copy(&repository().join("fuzz/catalog"), folder)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => write_file(&to, &std::fs::read_to_string(entry.path())?)?,
        }
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(path, text)
}

/// Writes seeds into a folder, a file each.
///
/// # Errors
/// The folder cannot be written to.
pub fn write(folder: &Path, seeds: impl IntoIterator<Item = impl AsRef<[u8]>>) -> std::io::Result<()> {
    for (number, seed) in seeds.into_iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number:03}")), seed)?;
    }
    Ok(())
}
