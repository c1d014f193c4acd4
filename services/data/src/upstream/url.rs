//! Filling in a call's URL: values are percent-encoded (RFC 3986 section 2), and a query pair whose value is absent
//! is left out.

use http::Uri;
use meanwhile_catalog::{HttpCall, Piece};
use meanwhile_proto::errors::Reason;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::fault::Fault;
use crate::value::Value;

/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn fill(base: &Uri, call: &HttpCall, values: &[Value]) -> Result<Uri, Fault> {
    let mut url = base.to_string().trim_end_matches('/').to_owned();
    for piece in &call.path {
        match piece {
            Piece::Text(text) => url.push_str(text),
            Piece::Param(param) => match text(&values[*param]).filter(|text| is_step(text)) {
                Some(text) => url.extend(utf8_percent_encode(&text, RESERVED)),
                None => {
                    let message = "this value is part of a URL's path, and cannot be empty, . or ..";
                    return Err(Fault::field(&call.params[*param].name, message));
                }
            },
        }
    }
    let mut separator = '?';
    for pair in &call.query {
        for value in pair_values(&pair.value, values) {
            url.push(separator);
            separator = '&';
            url.push_str(&pair.key);
            url.push('=');
            url.push_str(&value);
        }
    }
    url.parse()
        .map_err(|error| Fault::new(Reason::FieldInvalid, "the values make no valid URL").detail(error))
}

/// A dot segment would climb out of the path its author wrote (RFC 3986 section 5.2.4).
fn is_step(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
}

/// A pair's value; several where a list is in it, one an item, as HTTP's APIs have it; none where it is left out.
fn pair_values(pieces: &[Piece], values: &[Value]) -> Vec<String> {
    let list = pieces.iter().find_map(|piece| match piece {
        Piece::Param(param) => match &values[*param] {
            Value::List(items) => Some((*param, items)),
            _ => None,
        },
        Piece::Text(_) => None,
    });
    let Some((param, items)) = list else { return pair_value(pieces, values).into_iter().collect() };
    let with = |item: &Value| {
        let mut values = values.to_vec();
        values[param] = item.clone();
        pair_value(pieces, &values)
    };
    items.iter().filter_map(with).collect()
}

fn pair_value(pieces: &[Piece], values: &[Value]) -> Option<String> {
    let mut value = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => value.push_str(text),
            Piece::Param(param) => value.extend(utf8_percent_encode(&text(&values[*param])?, RESERVED)),
        }
    }
    Some(value)
}

fn text(value: &Value) -> Option<String> {
    value.to_text()
}

/// The path with its parameters' names in place of values: the same for every call, as span names have to be.
pub(super) fn template(call: &HttpCall) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Param(param) => format!("{{{}}}", call.params[*param].name),
    };
    let path: String = call.path.iter().map(piece).collect();
    if path.is_empty() { "/".to_owned() } else { path }
}

#[cfg(test)]
mod tests;
