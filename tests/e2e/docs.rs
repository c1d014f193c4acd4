//! What the documents show is so: their files are checked and served, their commands run, their answers are the answers.

mod catalog;
pub mod page;
mod replay;
mod tutorial;
