//! Waits of different requests overlap, and Jaeger shows it.
