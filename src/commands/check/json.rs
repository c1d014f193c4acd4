//! What editors and pipelines read: one JSON document, whose shape docs/check.md describes.

use meanwhile_catalog::{Finding, Severity};
use serde::Serialize;

use super::Checked;

/// The shape's number: it goes up when a reader of the one before would be misled.
const VERSION: u32 = 1;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    version: u32,
    catalog: String,
    database: Option<&'a str>,
    unchecked: Option<&'a str>,
    findings: Vec<Told<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    severity: &'static str,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    mend: &'a str,
    method: Option<&'a str>,
}

impl<'a> From<&'a Finding> for Told<'a> {
    fn from(finding: &'a Finding) -> Self {
        let (line, column) = finding.line_column();
        let (end_line, end_column) = finding.end_line_column();
        Self {
            severity: match finding.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            file: finding.file.to_string_lossy().into_owned(),
            line,
            column,
            end_line,
            end_column,
            message: &finding.message,
            mend: &finding.mend,
            method: finding.method.as_deref(),
        }
    }
}

pub fn document(checked: &Checked) -> String {
    let document = Document {
        version: VERSION,
        catalog: checked.folder.display().to_string(),
        database: checked.against.as_ref().ok().map(String::as_str),
        unchecked: checked.against.as_ref().err().map(String::as_str),
        findings: checked.findings.iter().map(Told::from).collect(),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
