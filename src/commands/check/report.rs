//! What a person reads: each finding with the lines in question, then how many there are.

use std::fmt::Write as _;

use super::{Checked, explained};
use crate::colour::Paint;
use crate::settings::shown;

pub fn text(checked: &Checked, paint: Paint) -> String {
    let explained = checked.explained.as_deref();
    let mut text = explained.map(|methods| explained::text(methods, paint)).unwrap_or_default();
    text += &checked.findings.report(&checked.folder, paint.is_seen());
    let findings = checked.findings.iter().count();
    // Writing to a string does not fail.
    let _ = match (&checked.against, findings) {
        (Ok(against), 0) => {
            let methods = counted(checked.methods, "method");
            writeln!(text, "{}: {methods}, checked against {against}: nothing found", shown(&checked.folder))
        }
        (Err(_), 0) => Ok(()),
        _ => writeln!(text, "{}", counted(findings, "finding")),
    };
    text
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
