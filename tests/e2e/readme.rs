//! Every command in the README runs.
