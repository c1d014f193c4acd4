//! Statements on real databases: what goes in as a value, what comes out as a row, and what becomes of a call when a
//! statement fails, its schema changes, or its session ends.

mod batches;
mod cancels;
mod codes;
mod columns;
mod commits;
mod drift;
mod filters;
mod finer;
mod known;
mod lists;
mod nested;
mod parameters;
mod random;
mod refused_writes;
mod round_trip;
mod sessions;
mod sqlite_forms;
mod structured;
mod table;
mod takes;
mod texts;
mod transactions;
mod types;
