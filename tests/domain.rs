//! Capabilities of the pure half, one module each.

#[path = "domain_text.rs"]
mod text;
#[path = "domain_engine.rs"]
mod domain_engine;

#[path = "domain_menu.rs"]
mod menu;
