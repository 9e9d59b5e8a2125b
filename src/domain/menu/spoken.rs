//! Everything that a screen may have read aloud, by language: texts as they are written, never a value.

use super::load::PHRASES;
use super::model::{Bundle, Menu, Phrase, Text};
use crate::domain::lang::Lang;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Letters of the name under which a recording is found.
const KEY: usize = 16;

/// One text that is read aloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// In which language.
    pub lang: Lang,
    /// Where it is written: the first such place.
    pub at: String,
    /// The words, on one line.
    pub text: String,
}

impl Utterance {
    /// The name under which its recording is found.
    #[must_use]
    pub fn key(&self) -> String {
        key(self.lang.tag(), &self.text)
    }
}

/// The name of a text's recording: the first 16 hex digits of SHA-256 over tag, a zero octet and text.
#[must_use]
pub fn key(tag: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    for part in [tag.as_bytes(), &[0], text.as_bytes()] {
        hash.update(part);
    }
    hex::encode(hash.finalize()).chars().take(KEY).collect()
}

/// All of a bundle, each text once a language, in the order of languages and menus.
#[must_use]
pub fn utterances(bundle: &Bundle) -> Vec<Utterance> {
    let mut said = Said { bundle, known: BTreeSet::new(), found: Vec::new() };
    for lang in &bundle.languages {
        said.add(*lang, "languages", lang.endonym());
    }
    for (key, phrase) in PHRASES.iter().filter(|(_, phrase)| aloud(*phrase)) {
        if let Some(text) = bundle.phrases.get(phrase) {
            said.text(&format!("phrases/{key}"), text);
        }
    }
    let listed = bundle.root.iter().filter_map(|id| bundle.menus.get(id));
    for menu in listed {
        said.text(&format!("{}/title", menu.id), &menu.title);
    }
    for menu in bundle.menus.values() {
        said.menu(menu);
    }
    said.found.sort_by_key(|one| bundle.languages.iter().position(|lang| *lang == one.lang));
    said.found
}

/// Whether a phrase can stand on a screen that speaks; the others are footers, or letters.
fn aloud(phrase: Phrase) -> bool {
    !matches!(
        phrase,
        Phrase::KeyBack
            | Phrase::KeyHome
            | Phrase::KeyMore
            | Phrase::KeyLanguage
            | Phrase::News
            | Phrase::WhoWrites
            | Phrase::Danger
            | Phrase::DeskCalled
            | Phrase::DeskMissed
            | Phrase::AlertStop
            | Phrase::AlertMore
            | Phrase::AlertStay
            | Phrase::AlertPermit
    )
}

struct Said<'a> {
    bundle: &'a Bundle,
    known: BTreeSet<(Lang, String)>,
    found: Vec<Utterance>,
}

impl Said<'_> {
    fn menu(&mut self, menu: &Menu) {
        for (id, step) in &menu.steps {
            let at = |part: &str| format!("{}/{id}/{part}", menu.id);
            let body = step.spoken.as_ref().or(step.text.as_ref());
            let parts = [("text", body), ("more", step.more.as_ref()), ("wrong", step.wrong.as_ref())];
            for (part, text) in parts {
                if let Some(text) = text {
                    self.text(&at(part), text);
                }
            }
            for option in &step.options {
                self.text(&at(&option.id), &option.label);
            }
        }
    }

    fn text(&mut self, at: &str, text: &Text) {
        for lang in &self.bundle.languages {
            if let Some(form) = text.forms.get(lang) {
                self.add(*lang, at, &form.native.said());
            }
        }
    }

    fn add(&mut self, lang: Lang, at: &str, text: &str) {
        if !text.is_empty() && self.known.insert((lang, text.to_owned())) {
            self.found.push(Utterance { lang, at: at.to_owned(), text: text.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_what_the_page_computes() {
        // printf 'tg\0Ҳа' | sha256sum
        assert_eq!(key("tg", "Ҳа"), "c01e83fbe43617e9");
        assert_ne!(key("tg", "Ҳа"), key("ru", "Ҳа"));
    }
}
