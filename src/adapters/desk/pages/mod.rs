//! The pages: pure functions from words and values to HTML.

pub(super) mod frame;
pub(super) mod list;
pub(super) mod service;
pub(super) mod sign_in;
pub(super) mod ticket;
pub(super) mod way;
pub(super) mod when;

use super::html::Html;
use super::session::Visitor;
use super::texts::{Texts, Words};
use crate::domain::lang::Lang;

/// What every page knows.
pub(super) struct Page<'a> {
    /// All words.
    pub(super) texts: &'a Texts,
    /// In which language.
    pub(super) lang: Lang,
    /// Who looks, once signed in.
    pub(super) visitor: Option<&'a Visitor>,
    /// Whether the data are samples.
    pub(super) sample: bool,
    /// Seconds of idleness after which the session ends.
    pub(super) idle_secs: u64,
    /// Where the page is, for the form that changes the language.
    pub(super) here: String,
}

impl Page<'_> {
    /// The words of its language.
    pub(super) fn words(&self) -> &Words {
        self.texts.of(self.lang)
    }

    /// The name of who looks.
    pub(super) fn me(&self) -> Option<&str> {
        self.visitor.map(|visitor| visitor.name.as_str())
    }

    /// The hidden field that shows a form to be ours.
    pub(super) fn token(&self) -> Html {
        let mut html = Html::new();
        if let Some(visitor) = self.visitor {
            html.put("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", &[&visitor.csrf]);
        }
        html
    }
}
