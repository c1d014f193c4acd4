//! The run as JSON: the machine, and of every figure each value, in seconds, bytes or plain numbers.

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::figure::Figure;
use crate::machine::Machine;
use crate::section::Section;

/// Everything a run found out.
#[derive(Debug)]
pub struct Report {
    /// What it ran on.
    pub machine: Machine,
    /// What was measured.
    pub sections: Vec<Section>,
}

impl Report {
    /// Writes it to a file.
    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        let sections: Vec<Value> = self.sections.iter().map(section).collect();
        let json = json!({ "machine": self.machine, "sections": sections });
        let text = serde_json::to_string_pretty(&json)? + "\n";
        std::fs::write(file, text).with_context(|| file.display().to_string())
    }
}

fn section(section: &Section) -> Value {
    let figures: Vec<Value> = section.figures.iter().map(figure).collect();
    json!({ "title": section.title, "figures": figures, "notes": section.notes })
}

fn figure(figure: &Figure) -> Value {
    json!({
        "name": figure.name,
        "unit": figure.unit,
        "values": figure.values,
        "median": figure.median(),
        "spread": figure.spread(),
        "bar": figure.bar,
        "verdict": figure.verdict(),
    })
}
