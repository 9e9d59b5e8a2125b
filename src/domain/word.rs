//! SMS words: what a letter's first word means. Exact match after normalisation; the tolerant matcher comes beside it.

use super::lang::{Lang, Script};
use super::menu::model::{Bundle, Opens};

/// What a letter was understood as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// What it opens.
    pub opens: Opens,
    /// The language of the word; `preferred` when the word is one of that language too.
    pub lang: Lang,
    /// The arguments that followed, as typed.
    pub args: Vec<String>,
}

/// What `text` asks for, if its first word is one of `bundle`'s (either script). STOP with arguments is not STOP.
#[must_use]
pub fn understand(bundle: &Bundle, text: &str, preferred: Option<Lang>) -> Option<Understood> {
    todo!("{:?} {text} {preferred:?}", bundle.id)
}

/// In which letters `text` is written; `None` for digits and signs alone.
#[must_use]
pub fn script_of(text: &str) -> Option<Script> {
    todo!("{text}")
}
