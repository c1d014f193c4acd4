//! From names that may be anything to names that protobuf takes: lower-case ASCII words, and sets of names in which
//! none is given twice.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The name's words, in lower-case ASCII letters and digits: `OrderItems`, `ORDER_ITEMS` and `order items` are the same.
/// Letters with marks lose them; what has no such letter is left out.
pub fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> =
        name.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(latin).collect();
    let mut words = vec![String::new()];
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let follows_lower =
            before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit());
        let ends_upper = before.is_some_and(|before| before.is_ascii_uppercase())
            && letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if !letter.is_ascii_alphanumeric() || letter.is_ascii_uppercase() && (follows_lower || ends_upper) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Letters of Latin alphabets that are no letter with a mark.
fn latin(letter: char) -> Vec<char> {
    let plain = match letter {
        'ß' => "ss",
        'æ' => "ae",
        'Æ' => "Ae",
        'œ' => "oe",
        'Œ' => "Oe",
        'ø' => "o",
        'Ø' => "O",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ł' => "l",
        'Ł' => "L",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        other => return vec![other],
    };
    plain.chars().collect()
}

/// `order_items`. No word begins with a digit (AIP-140): JSON's names and field masks could not be told apart again. Where
/// there is no letter to begin with, `fallback` does.
pub fn snake(words: &[String], fallback: &str) -> String {
    let begins_with_digit = |word: &str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let mut name = match words.first() {
        None => return fallback.to_owned(),
        Some(first) if begins_with_digit(first) => {
            fallback.trim_end_matches(|letter: char| letter.is_ascii_digit()).to_owned()
        }
        Some(_) => String::new(),
    };
    for word in words {
        if !name.is_empty() && !begins_with_digit(word) {
            name.push('_');
        }
        name.push_str(word);
    }
    name
}

/// `OrderItems` of `order_items`.
pub fn camel(snake: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    snake.split('_').map(capital).collect()
}

/// `orderItems` of `order_items`.
pub fn lower_camel(snake: &str) -> String {
    let camel = camel(snake);
    camel[..1].to_ascii_lowercase() + &camel[1..]
}

/// Names that are taken. Two are the same where they differ in case and underscores alone: protobuf's JSON mapping would
/// not tell such fields apart, nor some file systems such files.
#[derive(Debug, Default, Clone)]
pub struct Taken(HashSet<String>);

impl Taken {
    /// With these names taken.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(folded).collect())
    }

    /// True where the name is free.
    pub fn has_room_for(&self, name: &str) -> bool {
        !self.0.contains(&folded(name))
    }

    /// Takes a name.
    pub fn add(&mut self, name: &str) {
        self.0.insert(folded(name));
    }

    /// Takes the name, or the first that is free of `name_suffix`, `name_suffix2`, `name_suffix3`...
    pub fn take(&mut self, name: &str, suffix: &str) -> String {
        let numbered = |number: usize| match number {
            0 => name.to_owned(),
            1 => format!("{name}_{suffix}"),
            _ => format!("{name}_{suffix}{number}"),
        };
        let mut number = 0;
        while !self.has_room_for(&numbered(number)) {
            number += 1;
        }
        self.add(&numbered(number));
        numbered(number)
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> String {
        snake(&words(name), "column7")
    }

    #[test]
    fn whatever_its_spelling_a_name_becomes_lower_case_words() {
        for name in [
            "order_items",
            "OrderItems",
            "orderItems",
            "ORDER_ITEMS",
            "Order Items",
            "order-items",
            "_order__items_",
        ] {
            assert_eq!(field(name), "order_items", "{name}");
        }
        assert_eq!(field("HTTPStatus"), "http_status");
        assert_eq!(field("userID"), "user_id");
        assert_eq!(field("address2"), "address2");
        assert_eq!(field("address_2_a"), "address2_a");
        assert_eq!(field("Größe (m²)"), "grosse_m2");
        assert_eq!(field("Łódź"), "lodz");
    }

    #[test]
    fn a_name_without_a_letter_to_begin_with_gets_one() {
        assert_eq!(field("1st"), "column1st");
        assert_eq!(field("名前"), "column7");
        assert_eq!(field(""), "column7");
        assert_eq!(field("'; DROP TABLE x; --"), "drop_table_x");
    }

    #[test]
    fn words_are_put_together_as_types_and_as_paths() {
        assert_eq!(camel("order_items"), "OrderItems");
        assert_eq!(lower_camel("order_items"), "orderItems");
    }

    #[test]
    fn no_name_is_given_twice_in_any_spelling() {
        let mut taken = Taken::new(["page_size"]);
        assert_eq!(taken.take("name", "column"), "name");
        assert_eq!(taken.take("na_me", "column"), "na_me_column");
        assert_eq!(taken.take("name", "column"), "name_column2");
        assert_eq!(taken.take("pagesize", "column"), "pagesize_column");
    }
}
