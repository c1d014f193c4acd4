//! The table of results: a line a figure, its median and spread beside its bar.

use std::fmt::Write;

use crate::figure::{Figure, Unit};
use crate::section::Section;

/// Draws all sections with one set of column widths.
pub fn draw(sections: &[Section]) -> String {
    let lines: Vec<[String; 5]> = sections.iter().flat_map(|section| &section.figures).map(line).collect();
    let heads = ["measured", "median", "spread", "bar", ""];
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.chain([heads[column].len()]).max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3, 4].map(width);
    let mut text = String::new();
    let mut write_line = |cells: [&str; 5]| {
        let [name, median, spread, bar, verdict] = widths;
        let written = format!(
            "  {:name$}  {:>median$}  {:>spread$}  {:>bar$}  {:verdict$}",
            cells[0], cells[1], cells[2], cells[3], cells[4]
        );
        writeln!(text, "{}", written.trim_end())
    };
    // Writing to a string does not fail.
    let _ = write_line(heads);
    let mut lines = lines.iter();
    for section in sections {
        let _ = write_line(["", "", "", "", ""]);
        let _ = write_line([&section.title, "", "", "", ""]);
        for line in lines.by_ref().take(section.figures.len()) {
            let _ = write_line(line.each_ref().map(String::as_str));
        }
        for note in &section.notes {
            let _ = write_line([&format!("({note})"), "", "", "", ""]);
        }
    }
    text
}

fn line(figure: &Figure) -> [String; 5] {
    let spread = match figure.values.len() {
        0 | 1 => String::new(),
        _ if figure.unit == Unit::Fewest => String::new(),
        _ => format!("+- {}", figure.unit.show(figure.spread())),
    };
    [
        format!("  {}", figure.name),
        figure.unit.show(figure.median()),
        spread,
        figure.bar.map(|bar| bar.show(figure.unit)).unwrap_or_default(),
        figure.verdict().map(|verdict| verdict.to_string()).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Bar;

    #[test]
    fn a_figure_stands_beside_its_bar() {
        let figures = vec![
            Figure::new("slow", Unit::Seconds, vec![2.0, 2.0, 2.0]).bar(Bar::AtMost(1.5)),
            Figure::new("free", Unit::Count, vec![7.0]),
        ];
        let notes = vec!["said beside".to_owned()];
        let drawn = draw(&[Section { title: "Section".to_owned(), figures, notes }]);
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = drawn.lines().map(words).collect();
        let expected = [
            "measured median spread bar",
            "",
            "Section",
            "slow 2.00 s +- 0.0 ms <= 1.50 s MISSED",
            "free 7",
            "(said beside)",
        ];
        assert_eq!(lines, expected);
    }
}
