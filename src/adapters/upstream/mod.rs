//! The offices behind the menus: over HTTP, from dropped files, or scripted; each service of theirs guarded.

pub mod breaker;
pub mod contract;
pub mod guard;
pub mod held;
pub mod http;
pub mod reach;
pub mod scripted;
pub mod settings;
pub mod vault;
