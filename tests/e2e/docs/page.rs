//! A document's fenced blocks. A block whose first line names a file behind its language is that file; a `console` block holds
//! commands behind `$ ` and what they answer.

use std::path::Path;

/// A block that means something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A file of the catalog.
    File { path: String, text: String },
    /// A file with a fault, there for the next console alone.
    Broken { path: String, text: String },
    /// Commands with their answers.
    Console(Vec<Command>),
}

/// One command and what it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub line: String,
    pub answer: String,
}

/// The blocks of a document of this repository, in order.
pub fn blocks(document: &str) -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    read(&std::fs::read_to_string(path).unwrap())
}

fn read(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let mut words = info.split_whitespace().skip(1);
        match (info, words.next(), words.next()) {
            ("console", ..) => blocks.push(Block::Console(commands(&content))),
            (_, Some(path), None) => {
                blocks.push(Block::File { path: path.to_owned(), text: joined(&content) })
            }
            (_, Some(path), Some("broken")) => {
                blocks.push(Block::Broken { path: path.to_owned(), text: joined(&content) });
            }
            _ => {}
        }
    }
    blocks
}

fn joined(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn commands(lines: &[&str]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for line in lines {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(line), _) => commands.push(Command { line: line.to_owned(), answer: String::new() }),
            (None, Some(command)) => command.answer.push_str(&format!("{line}\n")),
            (None, None) => panic!("an answer without a command: {line}"),
        }
    }
    commands
}

#[test]
fn a_page_is_read_block_by_block() {
    let text =
        "# x\n```sql a/b.sql\nSELECT 1\n```\n```text\nno\n```\n```console\n$ one\nsays\nthis\n$ two\n```\n";
    let command = |line: &str, answer: &str| Command { line: line.to_owned(), answer: answer.to_owned() };
    assert_eq!(
        read(text),
        [
            Block::File { path: "a/b.sql".to_owned(), text: "SELECT 1\n".to_owned() },
            Block::Console(vec![command("one", "says\nthis\n"), command("two", "")]),
        ]
    );
}
