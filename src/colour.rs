//! Colour for people: where a terminal shows it, and nobody said no to it (<https://no-color.org>). What goes into a file or
//! a pipe is plain, whichever of a process's streams it leaves by.

use std::io::IsTerminal;

use clap::builder::styling::{AnsiColor, Style};

/// Colours words, or leaves them as they are.
#[derive(Debug, Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// As this stream may have it.
    pub fn on(stream: &impl IsTerminal) -> Self {
        let named = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let is_wanted = named("NO_COLOR").is_none() && named("TERM").is_none_or(|term| term != "dumb");
        Self(is_wanted && stream.is_terminal())
    }

    /// True where colours are seen.
    pub fn is_seen(self) -> bool {
        self.0
    }

    /// What a paragraph is about.
    pub fn title(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What a block is about.
    pub fn name(self, text: &str) -> String {
        self.with(AnsiColor::Cyan.on_default(), text)
    }

    /// What repeats.
    pub fn label(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    /// What is worth a look.
    pub fn notable(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        match self.0 {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

#[cfg(test)]
impl Paint {
    /// Colours whatever it is given.
    pub const ALWAYS: Self = Self(true);
    /// Leaves everything as it is.
    pub const NEVER: Self = Self(false);
}
