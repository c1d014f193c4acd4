//! From the text of `.proto` files to descriptors, by protox. A file that does not compile takes those with it that
//! import it, and no others: every file's faults are told, and what the sound ones declare is known.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use meanwhile_proto::imports;
use miette::Diagnostic;
use protox::Compiler;
use protox::file::{ChainFileResolver, FileResolver, GoogleFileResolver};

use super::Contract;
use crate::files::File;
use crate::{Finding, Findings, Place};

const ERROR_DETAILS: &str = "google/rpc/error_details.proto";

/// The catalog's own texts, by the name they are imported under.
type Sources = HashMap<String, Arc<str>>;

impl Contract {
    /// What the sound files declare, and the faults of the others.
    pub(crate) fn compile(files: &[File], findings: &mut Findings) -> Self {
        let (protos, unread): (Vec<&File>, Vec<&File>) = files.iter().partition(|file| file.is_read);
        let sources: Sources =
            protos.iter().map(|file| (import_name(&file.path), file.text.clone())).collect();
        let (compiler, errors) = compile(&protos, sources.clone());
        // Behind the parser, protox counts a line's bytes and takes them for characters: it is asked for its places
        // once more, in a text where the two are the same.
        let narrow = sources.iter().map(|(name, text)| (name.clone(), narrowed(text)));
        let placed = if errors.is_empty() { Vec::new() } else { compile(&protos, narrow.collect()).1 };
        let mut faults: Vec<Finding> = Vec::new();
        for (name, error) in &errors {
            let twin = placed.iter().find(|(known, error)| known == name && !error.is_parse());
            let placed = twin.map_or(error, |(_, error)| error);
            for fault in file_findings(error, placed, name, &sources) {
                // A file that others import would be told once for each.
                if !faults.iter().any(|known| known.to_string() == fault.to_string()) {
                    faults.push(fault);
                }
            }
        }
        // Nor is it told of a file that cannot be read that whoever imports it does not find it.
        let is_missed = |fault: &Finding| {
            let name =
                |file: &&File| fault.message == format!("import '{}' not found", import_name(&file.path));
            unread.iter().any(name)
        };
        let is_whole = faults.is_empty() && unread.is_empty();
        faults.retain(|fault| !is_missed(fault));
        findings.extend(faults);
        Self { pool: compiler.descriptor_pool(), sources, is_whole }
    }
}

/// Compiles each file, and gives what is wrong with those that do not compile.
fn compile(protos: &[&File], sources: Sources) -> (Compiler, Vec<(String, protox::Error)>) {
    let mut resolver = ChainFileResolver::new();
    resolver.add(OwnFiles(sources));
    resolver.add(BuiltIn);
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    // What errors carry is always there, so that whoever reads the contract by reflection can read them too.
    let names = protos.iter().map(|file| import_name(&file.path)).chain([ERROR_DETAILS.to_owned()]);
    let mut errors = Vec::new();
    for name in names {
        if let Err(error) = compiler.open_file(&name) {
            errors.push((name, error));
        }
    }
    (compiler, errors)
}

/// The same with a letter for each byte that is none of ASCII's.
fn narrowed(text: &str) -> Arc<str> {
    text.bytes().map(|byte| if byte.is_ascii() { char::from(byte) } else { 'x' }).collect::<String>().into()
}

/// `proto/a/b.proto` is imported as `a/b.proto`.
fn import_name(path: &Path) -> String {
    path.iter().skip(1).map(|step| step.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// protox's own messages, each at its place: a file's first fault, and those it found besides. The places are those of
/// `placed`.
fn file_findings(
    error: &protox::Error,
    placed: &protox::Error,
    name: &str,
    sources: &Sources,
) -> Vec<Finding> {
    let name = error.file().unwrap_or(name);
    let source = sources.get(name);
    all(error)
        .zip(all(placed))
        .map(|(fault, placed)| {
            let mend =
                fault.help().map_or_else(|| "mend the .proto file there".to_owned(), |help| help.to_string());
            let finding = Finding::error(PathBuf::from("proto").join(name), fault.to_string(), mend);
            match source.and_then(|source| Some((source, range(error, placed, source)?))) {
                Some((source, range)) => finding.at(Place::new(source, range)),
                None => finding,
            }
        })
        .collect()
}

fn all(error: &protox::Error) -> impl Iterator<Item = &dyn Diagnostic> {
    let first: &dyn Diagnostic = error;
    [first].into_iter().chain(error.related().into_iter().flatten())
}

fn range(error: &protox::Error, fault: &dyn Diagnostic, source: &str) -> Option<Range<usize>> {
    match fault.labels().and_then(|mut labels| labels.next()) {
        Some(label) => Some(label.offset()..label.offset() + label.len()),
        // "expected ..., but reached end of file"
        None if error.is_parse() => Some(source.trim_end().len()..source.len()),
        None => imported(&error.to_string(), source),
    }
}

/// Where a file begins a circle of imports: `import cycle detected: a.proto -> b.proto -> a.proto`.
fn imported(message: &str, source: &str) -> Option<Range<usize>> {
    let (_, circle) = message.split_once("cycle detected: ")?;
    let files: Vec<&str> = circle.split(" -> ").collect();
    let start = files.iter().position(|file| Some(file) == files.last())?;
    let quoted = format!("\"{}\"", files.get(start + 1)?);
    source.find(&quoted).map(|start| start..start + quoted.len())
}

/// The catalog's own files.
struct OwnFiles(Sources);

impl FileResolver for OwnFiles {
    fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
        let source = self.0.get(name).ok_or_else(|| protox::Error::file_not_found(name))?;
        protox::file::File::from_source(name, source)
    }
}

/// What a catalog may import without shipping it.
struct BuiltIn;

impl FileResolver for BuiltIn {
    fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
        let built_in = imports::BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
        let (_, source) = built_in.ok_or_else(|| protox::Error::file_not_found(name))?;
        protox::file::File::from_source(name, source)
    }
}
