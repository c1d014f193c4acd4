//! What cities are searched by: letters, accents, other scripts, and what would mean something else to a database.

use std::collections::BTreeSet;

use anyhow::Result;

use super::places::{cities, rows};

/// Names in many scripts, each with a prefix that finds it.
pub fn fixtures() -> Result<Vec<(String, String)>> {
    Ok(rows("fixtures/folding.tsv")?.iter().map(|row| (row[0].clone(), row[2].clone())).collect())
}

/// At least 200 prefixes.
pub fn all() -> Result<BTreeSet<String>> {
    let letters = ('a'..='z').chain('A'..='Z').chain('0'..='9').map(String::from);
    let long = ["a".repeat(200), "a".repeat(201), "\u{301}".repeat(200)];
    let from_names = cities()?.into_iter().step_by(340).map(|city| city.name.chars().take(3).collect());
    let fixtures = fixtures()?.into_iter().map(|(_, prefix)| prefix);
    let mut all: BTreeSet<String> = letters.chain(long).chain(from_names).chain(fixtures).collect();
    all.extend([ACCENTS, SCRIPTS, SPECIAL, EMPTY].iter().flat_map(|list| list.split('|')).map(str::to_owned));
    Ok(all)
}

const ACCENTS: &str = "É|é|e\u{301}|Ö|ö|Å|ş|Ş|İ|ı|ß|ẞ|Æ|ø|Ø|Đ|Ł|Þ|Ñ|ñ|Çan|Sao P|São P|SÃO P|ZÜR|Zur|saint-é|‘Ay|Nuku‘|\
    Ho\u{302} Chi|Hồ|\u{301}|\u{301}a";

const SCRIPTS: &str = "А|й|Ω|京|서|ㅅ|द|ก|ا|ガ|カ\u{3099}|ｶ|Ａ|ǅ|ﬀ|𝐏|𐐔";

/// What LIKE, a pattern, quotes or a comment would make something else of.
const SPECIAL: &str =
    "%|_|\\|a%|S_o|100%|100%_|[a-z]|*|?|'|''|O'|\"|--|;|$1|:prefix| |New |St. |a\tb|a\nb|(|.";

const EMPTY: &str = "Xyzzy|zzzz|🏙|\u{200B}|\u{FFFD}|\u{E000}|\u{10FFFF}|a\u{10FFFF}";
