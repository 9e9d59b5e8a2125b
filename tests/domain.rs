//! Capabilities of the pure half, one module each.
