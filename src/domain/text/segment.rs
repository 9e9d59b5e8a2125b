//! A long text as the parts of an SMS (3GPP TS 23.040 §9.2.3.24.1): greedy, never splitting an escape pair or a surrogate pair.

use super::budget::Encoding;

/// A text cut for SMS.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Segments {
    /// The encoding of every part.
    pub encoding: Encoding,
    /// Units of the whole text.
    pub units: usize,
    /// The parts: one of up to 160/70, or several of up to 153/67 each.
    pub parts: Vec<String>,
}

/// Cuts `text`.
#[must_use]
pub fn segment(text: &str) -> Segments {
    todo!("{text}")
}
