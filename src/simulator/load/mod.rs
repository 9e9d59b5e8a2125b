//! Load with its figures: letters and whole dialogues through the simulated network, dialogues over HTTP.

mod figures;
mod http;
mod network;

pub use figures::Report;
pub use http::{HttpLoad, HttpLoadError, http};
pub use network::{NetworkLoad, Pace, Work, network};
