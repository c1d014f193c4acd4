//! What deploy/ runs is what the binary knows.
