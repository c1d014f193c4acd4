//! What check tells editors and pipelines.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{GET, PROTO, broken};
use crate::stack::meanwhile;

fn document(folder: &std::path::Path, arguments: &[&str]) -> Result<(Value, Option<i32>)> {
    let output = meanwhile(&["check", "--format", "json"]).arg(folder).args(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok((serde_json::from_slice(&output.stdout).with_context(|| text.into_owned())?, output.status.code()))
}

#[test]
fn the_document_is_the_one_that_the_docs_show() -> Result<()> {
    let docs = include_str!("../../../../docs/check.md");
    let example = docs.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let mut example: Value = serde_json::from_str(example.context("no example")?)?;
    let folder = broken(&[(GET, "SELECT id, size FROM notes WHERE id = :nme")])?;
    example["catalog"] = json!(folder.path());
    assert_eq!(document(folder.path(), &[])?, (example, Some(1)));
    Ok(())
}

#[test]
fn a_sound_catalog_has_an_empty_list() -> Result<()> {
    let (document, code) = document(broken(&[])?.path(), &[])?;
    assert_eq!((&document["findings"], &document["unchecked"], code), (&json!([]), &Value::Null, Some(0)));
    Ok(())
}

#[test]
fn without_its_database_the_files_findings_are_told_all_the_same() -> Result<()> {
    let nowhere = ["--database", "postgres://nobody@127.0.0.1:1/nothing"];
    let (sound, code) = document(broken(&[])?.path(), &nowhere)?;
    assert_eq!((&sound["findings"], &sound["database"], code), (&json!([]), &Value::Null, Some(2)));
    assert!(sound["unchecked"].as_str().is_some_and(|reason| !reason.is_empty()), "{sound}");
    let (faulty, code) = document(broken(&[(PROTO, "message {")])?.path(), &nowhere)?;
    assert_eq!((&faulty["findings"][0]["file"], code), (&json!(PROTO), Some(1)));
    Ok(())
}

#[test]
fn where_there_is_no_catalog_nothing_was_checked() -> Result<()> {
    let output = meanwhile(&["check", "nowhere/to/be/found", "--format", "json"]).output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no catalog: nowhere/to/be/found"));
    Ok(())
}

#[test]
fn each_method_is_explained_beside_the_findings() -> Result<()> {
    let (document, code) = document(broken(&[])?.path(), &["--explain"])?;
    assert_eq!(code, Some(0), "{document}");
    let methods = document["methods"].as_array().context("no methods")?;
    let names: Vec<_> = methods.iter().filter_map(|method| method["name"].as_str()).collect();
    assert_eq!(names, ["Add", "Both", "Get", "Page"].map(|name| format!("notes.v1.Notes/{name}")));
    let right = &methods[1]["parts"][1];
    assert_eq!((&right["waitsFor"], &right["file"]), (&json!(["left"]), &json!(super::RIGHT)));
    assert_eq!(methods[3]["pageBy"], json!(["id"]));
    Ok(())
}
