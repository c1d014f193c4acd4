//! Decimals and times of day as they are written.

use super::*;

#[test]
fn a_decimal_is_digits_with_a_point_and_an_exponent() {
    for text in ["0", "-12.50", "+.5", "5.", "2.5e8", "1E-999999", "00.00"] {
        assert_eq!(decimal(text), Ok(Value::Text(text.to_owned())));
    }
    for text in [
        "-", ".", "e5", "1e", "1e+", "1.2.3", "NaN", "Infinity", "1_000", " 1", "1 ", "٣", "0x1", "1e1.5",
        "--1",
    ] {
        assert!(decimal(text).is_err(), "{text}");
    }
    assert_eq!(decimal(""), Ok(Value::Text("0".to_owned())));
}

#[test]
fn a_time_of_day_has_the_decimals_there_are() {
    for (numbers, text) in [
        ([0, 0, 0, 0], "00:00:00"),
        ([24, 0, 0, 0], "24:00:00"),
        ([23, 59, 59, 999_999_999], "23:59:59.999999999"),
        ([1, 2, 3, 40_000_000], "01:02:03.04"),
    ] {
        assert_eq!(Known::TimeOfDay.value(numbers).unwrap().to_text().unwrap(), text);
    }
}
