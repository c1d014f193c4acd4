//! Bad input gets a clear status with ErrorInfo, and has no effect.
