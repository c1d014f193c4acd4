//! docs/wait-spans.md says what the code does: names, kinds, numbers, and its worked example.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use meanwhile_proto::imports::{BUILT_IN, OPTIONS_FILE};
use meanwhile_proto::polls::{Poll, pack, unpack};
use meanwhile_proto::{attributes, waits::WaitKind};

const DOCUMENT: &str = include_str!("../../../docs/wait-spans.md");
const ATTRIBUTES: &str = include_str!("../../../proto/src/attributes.rs");

/// The cells of every table row, without backticks.
fn rows() -> impl Iterator<Item = Vec<String>> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect())
}

#[test]
fn every_attribute_of_ours_is_documented_and_no_other() {
    let documented: BTreeSet<String> =
        rows().map(|row| row[0].clone()).filter(|name| is_attribute(name)).collect();
    let ours: BTreeSet<String> = ATTRIBUTES
        .lines()
        .filter(|line| line.starts_with("pub const"))
        .filter_map(|line| Some(line.split('"').nth(1)?.to_owned()))
        .collect();
    assert_eq!(documented, ours);
    assert!(ours.contains(attributes::WAIT_KIND) && ours.contains(attributes::POLLS));
}

fn is_attribute(name: &str) -> bool {
    name.starts_with("meanwhile.") && !name.starts_with("meanwhile.v1.")
}

#[test]
fn every_recorded_kind_is_documented_and_no_other() {
    let recorded = rows().filter(|row| row.get(1).is_some_and(|cell| cell == "wait span"));
    let documented: Vec<String> =
        recorded.map(|row| row[0].clone()).filter(|name| !is_attribute(name)).collect();
    assert_eq!(documented, WaitKind::ALL.map(|kind| kind.as_str().to_owned()));
}

#[test]
fn the_option_numbers_are_those_of_the_proto_file() {
    let (_, source) = BUILT_IN.iter().find(|(name, _)| *name == OPTIONS_FILE).unwrap();
    let mut extends = String::new();
    let mut declared = BTreeSet::new();
    for line in source.lines().map(str::trim) {
        if let Some(message) = line.strip_prefix("extend google.protobuf.") {
            extends = message.trim_end_matches(" {").to_owned();
        } else if let Some((field, number)) = line.trim_end_matches(';').split_once(" = 74") {
            let name = field.rsplit(' ').next().unwrap();
            declared.insert(vec![format!("meanwhile.v1.{name}"), extends.clone(), format!("74{number}")]);
        }
    }
    let documented: BTreeSet<_> = rows().filter(|row| row[0].starts_with("meanwhile.v1.")).collect();
    assert_eq!(documented, declared);
    assert_eq!(declared.len(), 5);
}

#[test]
fn the_worked_example_packs_and_unpacks_as_written() {
    let (_, example) = DOCUMENT.split_once("<!-- example:").unwrap();
    let mut at = 0;
    let polls: Vec<Poll> = example
        .lines()
        .skip_while(|line| !line.starts_with("| ----"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|row| {
            let cells: Vec<u64> = row.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
            let mut next = |length: u64| {
                at += length;
                at
            };
            Poll { woken: next(cells[1]), start: next(cells[2]), end: next(cells[3]) }
        })
        .collect();
    let (_, after) = example.split_once("`meanwhile.polls` = `").unwrap();
    let (packed, _) = after.split_once('`').unwrap();
    assert_eq!(polls.len(), 2);
    assert_eq!(packed, pack(&polls));
    assert_eq!(unpack(packed).unwrap(), polls);
}
