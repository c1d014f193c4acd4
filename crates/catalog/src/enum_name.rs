//! What an enum's value is called outside the contract: in columns, and in the names of files.

use prost_reflect::EnumDescriptor;

/// The name less its enum's prefix, in lower case: `FLIGHT_STATUS_OPEN` of `FlightStatus` is `open`, and so is
/// `HTTP_STATUS_OPEN` of `HTTPStatus`.
pub fn short_enum_name(descriptor: &EnumDescriptor, name: &str) -> String {
    let letters: Vec<char> = descriptor.name().chars().collect();
    let mut prefix = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let follows_lower = index > 0 && !letters[index - 1].is_uppercase();
        let starts_word = index > 0 && letters.get(index + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (follows_lower || starts_word) {
            prefix.push('_');
        }
        prefix.extend(letter.to_uppercase());
    }
    prefix.push('_');
    name.strip_prefix(&prefix).unwrap_or(name).to_lowercase()
}
