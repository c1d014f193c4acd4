//! Which column can go where its name says.

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message M {
        int32 id = 1; P place = 2; repeated int32 list = 3; repeated P places = 4; map<string, P> map = 5;
        google.protobuf.Timestamp at = 6;
    }
    message P { double lat = 1; }";

fn faults(columns: &[&str]) -> Vec<ColumnFault> {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let skip = |column: &str| column == "skipped";
    RowPlan::new(&message(&contract(CONTRACT), "M"), &columns, skip).err().unwrap_or_default()
}

fn unknown(column: &str, message: &str) -> ColumnFault {
    ColumnFault::Unknown { column: column.to_owned(), message: format!("t.{message}") }
}

fn unfillable(column: &str, field: &str) -> ColumnFault {
    ColumnFault::Unfillable { column: column.to_owned(), field: format!("t.M.{field}") }
}

#[test]
fn every_column_that_is_no_field_is_told_with_its_message() {
    assert_eq!(
        faults(&["id", "nme", "place.lon", ""]),
        [unknown("nme", "M"), unknown("place.lon", "P"), unknown("", "M")]
    );
}

#[test]
fn what_one_value_cannot_fill_is_told() {
    for (column, field) in [
        ("place", "place"),
        ("list", "list"),
        ("places.lat", "places"),
        ("map.lat", "map"),
        ("map", "map"),
        ("id.x", "id"),
    ] {
        assert_eq!(faults(&[column]), [unfillable(column, field)], "{column}");
    }
}

#[test]
fn two_columns_of_one_name_are_told() {
    let twice = |column: &str| ColumnFault::Twice { column: column.to_owned() };
    assert_eq!(faults(&["id", "place.lat", "id", "place.lat"]), [twice("id"), twice("place.lat")]);
    assert_eq!(faults(&["at", "at.seconds"]), [twice("at.seconds")]);
    assert_eq!(faults(&["at.seconds", "at"]), [twice("at")]);
}

#[test]
fn what_others_use_need_not_be_a_field() {
    assert_eq!(faults(&["id", "skipped"]), []);
}
