//! Decimal numbers as text: what a google.type.Decimal and a numeric column may hold, and never a float.

/// True for a sign, digits with a point among them, and an exponent, of which only the digits have to be there.
pub fn is_decimal(text: &str) -> bool {
    let unsigned = |text: &str| text.strip_prefix(['-', '+']).unwrap_or(text).to_owned();
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(unsigned(exponent))),
        None => (text, None),
    };
    let number = unsigned(number);
    let (whole, decimals) = number.split_once('.').unwrap_or((&number, ""));
    let has_digits = !whole.is_empty() || !decimals.is_empty();
    let exponent_is_whole = exponent.is_none_or(|digits| !digits.is_empty() && are_digits(&digits));
    has_digits && are_digits(whole) && are_digits(decimals) && exponent_is_whole
}
