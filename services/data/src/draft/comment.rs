//! Comments from a database's own COMMENTs: any text there becomes lines that stay comments, no matter what it holds.

/// As long as a line may be.
const WIDTH: usize = 120;

/// The text as comment lines, each behind `indent` and `mark` (`//`, `--`); nothing where there is none.
pub fn comment(text: &str, indent: &str, mark: &str) -> String {
    let start = format!("{indent}{mark} ");
    let options = textwrap::Options::new(WIDTH.saturating_sub(start.len())).break_words(true);
    let mut lines = String::new();
    let visible = visible(text);
    for line in visible.trim().lines().flat_map(|line| textwrap::wrap(line.trim_end(), &options)) {
        lines.push_str(format!("{start}{line}").trim_end());
        lines.push('\n');
    }
    lines
}

/// Whatever some reader takes for the end of a line ends one here. Characters that have no look of their own, or turn
/// round the direction of reading, are left out: a comment is what it looks like.
fn visible(text: &str) -> String {
    let ends_line =
        |letter: char| matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let turns = |letter: char| matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let shown = |letter: char| match letter {
        '\t' => Some(' '),
        letter if ends_line(letter) => Some('\n'),
        letter if letter.is_control() || turns(letter) => None,
        letter => Some(letter),
    };
    text.replace("\r\n", "\n").chars().filter_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_text_is_a_line_of_comment() {
        let text = "A */ first.\r\n\r\nrpc Evil();\u{2028}message X {}\u{b}-- :name\u{0}\u{202e}\n";
        let lines = "  // A */ first.\n  //\n  // rpc Evil();\n  // message X {}\n  // -- :name\n";
        assert_eq!(comment(text, "  ", "//"), lines);
    }

    #[test]
    fn no_text_is_no_comment() {
        assert_eq!(comment("", "", "//"), "");
        assert_eq!(comment(" \n\t ", "", "//"), "");
    }

    #[test]
    fn no_line_is_too_long() {
        let text = format!("{} {}", "word ".repeat(100), "x".repeat(500));
        let lines = comment(&text, "    ", "//");
        assert!(lines.lines().count() > 8, "{lines}");
        assert!(lines.lines().all(|line| line.len() <= WIDTH && line.starts_with("    // ")), "{lines}");
    }
}
