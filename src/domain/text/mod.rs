//! Text as it is sent: alphabets, budgets, pages, segments, SMS-Latin, templates and plural forms.

pub mod budget;
pub mod gsm7;
pub mod pages;
pub mod plural;
pub mod script;
pub mod segment;
pub mod template;
pub mod translit;
pub mod ucs2;

use budget::Encoding;

/// What a text costs as SMS, for people and programs to read (`kopir text --json`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The encoding of every part.
    pub encoding: Encoding,
    /// Septets or UTF-16 units of the whole text.
    pub units: usize,
    /// How many parts it leaves as.
    pub segments: usize,
    /// The parts.
    pub parts: Vec<String>,
}

/// What `text` costs as SMS.
#[must_use]
pub fn report(text: &str) -> Report {
    let cut = segment::segment(text);
    Report { encoding: cut.encoding, units: cut.units, segments: cut.parts.len(), parts: cut.parts }
}
