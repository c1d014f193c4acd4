//! Which column can go where its name says.

use super::*;
use crate::fixture::{contract, message};

const CONTRACT: &str = "
    message M {
        int32 id = 1; P place = 2; repeated int32 list = 3; repeated P places = 4; map<string, P> map = 5;
        google.protobuf.Timestamp at = 6;
    }
    message P { double lat = 1; int32 inner = 2; }";

fn faults(columns: &[&str]) -> Vec<ColumnFault> {
    let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    let skip = |column: &str| column == "skipped";
    let types = vec![ColumnType::Int4; columns.len()];
    RowPlan::new(&message(&contract(CONTRACT), "M"), &columns, &types, skip).err().unwrap_or_default()
}

fn unknown(column: &str, message: &str) -> ColumnFault {
    ColumnFault::Unknown { column: column.to_owned(), message: format!("t.{message}") }
}

#[test]
fn every_column_that_is_no_field_is_told_with_its_message() {
    assert_eq!(
        faults(&["id", "nme", "place.lon", ""]),
        [unknown("nme", "M"), unknown("place.lon", "P"), unknown("", "M")]
    );
}

#[test]
fn fields_that_have_no_columns_inside_are_told() {
    for (column, field) in [("place", "place"), ("places.lat", "places"), ("map.lat", "map"), ("id.x", "id")]
    {
        let unfillable = ColumnFault::Unfillable { column: column.to_owned(), field: format!("t.M.{field}") };
        assert_eq!(faults(&[column]), [unfillable], "{column}");
    }
}

#[test]
fn a_column_of_another_type_is_told_with_what_fits() {
    for (column, fits) in [
        ("list", "select an array, or CAST(... AS jsonb)"),
        ("places", "select an array, or CAST(... AS jsonb)"),
        ("map", "select an object: CAST(... AS jsonb)"),
        ("at", "make the field int32, or cast the column"),
    ] {
        let misfit = ColumnFault::Misfit {
            column: column.to_owned(),
            kind: "int4".to_owned(),
            field: format!("t.M.{column}"),
            mend: fits.to_owned(),
        };
        assert_eq!(faults(&[column]), [misfit]);
    }
}

#[test]
fn two_columns_of_one_name_are_told() {
    let twice = |column: &str| ColumnFault::Twice { column: column.to_owned() };
    assert_eq!(faults(&["id", "place.inner", "id", "place.inner"]), [twice("id"), twice("place.inner")]);
    assert_eq!(faults(&["place.inner", "place"]), [twice("place")]);
}

#[test]
fn what_others_use_need_not_be_a_field() {
    assert_eq!(faults(&["id", "skipped"]), []);
}
