//! Capabilities of the pure half, one module each.

#[path = "domain_engine.rs"]
mod domain_engine;
