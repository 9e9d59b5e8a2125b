//! Texts with named places: parsed once, filled without logic; what is put in is data and is never parsed again.

use super::plural::Category;
use crate::domain::lang::Lang;
use std::collections::BTreeMap;

/// A parsed text. A line that mentions a value which is absent is left out whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The pieces of every plural form; texts without forms have `Other` alone.
    pub(crate) forms: BTreeMap<Category, Vec<Piece>>,
    /// The number that picks the form.
    pub(crate) by: Option<String>,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Said as it stands.
    Said(String),
    /// `{name}`.
    Place(String),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{` without `}`, or the other way round.
    #[error("brace without its pair at character {at}")]
    Brace {
        /// Where.
        at: usize,
    },
    /// `{}` or a name with signs in it.
    #[error("no name between the braces at character {at}")]
    Name {
        /// Where.
        at: usize,
    },
}

impl Template {
    /// Parses a text without plural forms.
    ///
    /// # Errors
    /// `TemplateError` with its place.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        todo!("{text}")
    }

    /// Parses a text with plural forms, picked by the number `by`.
    ///
    /// # Errors
    /// `TemplateError` with its place in the form at fault.
    pub fn parse_plural(by: &str, forms: &BTreeMap<Category, String>) -> Result<Self, TemplateError> {
        todo!("{by} {forms:?}")
    }

    /// The names it mentions, `by` included, sorted, each once.
    #[must_use]
    pub fn places(&self) -> Vec<&str> {
        todo!()
    }

    /// The text with every place filled from `said` (name → what is to be read, already in the right language and script)
    /// and the form picked by `number(by)`. Runs of empty lines and trailing blanks are dropped.
    #[must_use]
    pub fn fill(&self, lang: Lang, said: &BTreeMap<String, String>, number: Option<i64>) -> String {
        todo!("{lang:?} {said:?} {number:?}")
    }

    /// The same text with everything said mapped (to make the SMS-Latin form); places stay.
    #[must_use]
    pub fn map(&self, change: impl Fn(&str) -> String) -> Self {
        let _ = change("");
        todo!()
    }
}
