//! upstream: to be filled.
