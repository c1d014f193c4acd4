//! Measures Meanwhile beside its yardsticks.
