//! Everything in one process, from the first start on.
