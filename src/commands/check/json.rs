//! What editors and pipelines read: one JSON document, whose shape docs/check.md describes.

use meanwhile_catalog::{Finding, Severity};
use meanwhile_data::{ExplainedMethod, ExplainedOrder, ExplainedPart};
use serde::Serialize;
use serde_json::{Value, json};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    methods: Option<Vec<Value>>,
}

fn method(method: &ExplainedMethod) -> Value {
    json!({
        "name": method.name,
        "shares": method.shares,
        "timeout": method.timeout.as_secs_f64(),
        "pageBy": method.page_by,
        "parts": method.parts.iter().map(part).collect::<Vec<_>>(),
        "orders": method.orders.iter().map(order).collect::<Vec<_>>(),
    })
}

fn order(order: &ExplainedOrder) -> Value {
    json!({
        "name": order.name,
        "field": order.field,
        "value": order.value,
        "parts": order.parts.iter().map(part).collect::<Vec<_>>(),
    })
}

fn part(part: &ExplainedPart) -> Value {
    let parameters = part.parameters.iter();
    let columns = part.columns.iter();
    json!({
        "name": part.name,
        "file": part.file.to_string_lossy(),
        "rows": part.rows,
        "optional": part.optional,
        "timeout": part.timeout.map(|timeout| timeout.as_secs_f64()),
        "waitsFor": part.waits_for,
        "parameters": parameters
            .map(|it| json!({ "name": it.name, "source": it.source, "sqlType": it.sql_type }))
            .collect::<Vec<_>>(),
        "columns": columns
            .map(|it| json!({ "name": it.name, "sqlType": it.sql_type, "field": it.field }))
            .collect::<Vec<_>>(),
        "plans": part.plans,
        "batches": part.alone.is_none(),
        "alone": part.alone,
    })
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
        methods: checked.explained.as_ref().map(|methods| methods.iter().map(method).collect()),
    };
    // Strings and numbers always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
