//! `phrases/<tag>.yaml`: the gateway's own texts and words in one language, all of them.

use super::catalog::{Catalog, Empty, Key, draft};
use super::fields::{Fields, entries, in_braces};
use super::flow;
use super::names::meant;
use super::report::{Place, Report};
use super::translations::same_language;
use super::tree::Node;
use super::values::reviewed;
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Opens, Phrase, Word};

/// In whose place the phrases stand where a text's menu is named.
pub(super) const SCOPE: &str = "phrases";

/// Every phrase with its key in the files.
pub(crate) const PHRASES: [(&str, Phrase); 24] = [
    ("root", Phrase::Root),
    ("key-back", Phrase::KeyBack),
    ("key-home", Phrase::KeyHome),
    ("key-more", Phrase::KeyMore),
    ("key-language", Phrase::KeyLanguage),
    ("resume", Phrase::Resume),
    ("resume-yes", Phrase::ResumeYes),
    ("resume-no", Phrase::ResumeNo),
    ("wrong", Phrase::Wrong),
    ("human-help", Phrase::HumanHelp),
    ("sorry", Phrase::Sorry),
    ("unavailable", Phrase::Unavailable),
    ("over", Phrase::Over),
    ("wait", Phrase::Wait),
    ("news", Phrase::News),
    ("short-menu", Phrase::ShortMenu),
    ("stopped", Phrase::Stopped),
    ("started", Phrase::Started),
    ("who-writes", Phrase::WhoWrites),
    ("danger", Phrase::Danger),
    ("desk-called", Phrase::DeskCalled),
    ("desk-missed", Phrase::DeskMissed),
    ("yes", Phrase::Yes),
    ("no", Phrase::No),
];

const WORDS: [(&str, Opens); 5] = [
    ("language", Opens::Language),
    ("stop", Opens::Stop),
    ("start", Opens::Start),
    ("sos", Opens::Sos),
    ("help", Opens::Help),
];

/// Reads a language's phrases; its words with their places.
pub(super) fn read(
    lang: Lang,
    root: &Node,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Vec<(Word, Place)>> {
    let fields = Fields::of(root, "the phrases", &["language", "words", "phrases", "reviewed"], report)?;
    same_language(&fields, lang, report);
    reviewed(&fields, report);
    let words =
        fields.need("words", "the phrases", report).map(|node| words(lang, node, report)).unwrap_or_default();
    let node = fields.need("phrases", "the phrases", report)?;
    if in_braces(node) {
        report.add(
            "K009",
            &node.at,
            "what a person reads stands in braces",
            "write each phrase on a line of its own, two blanks further in",
        );
        return Some(words);
    }
    let all = entries(node, "\"phrases:\"", report)?;
    for entry in all {
        let base = flow::latin_of(&entry.key).unwrap_or(&entry.key);
        if !PHRASES.iter().any(|(key, _)| *key == base) {
            let message = format!("there is no phrase \"{}\"", entry.key);
            report.add("K010", &entry.key_at, message, meant(&entry.key, PHRASES.map(|(key, _)| key)));
        }
    }
    for (key, phrase) in PHRASES {
        let Some(entry) = all.iter().find(|entry| entry.key == key) else {
            let message = format!("the phrase \"{key}\" is missing in {}", lang.tag());
            report.add("K070", &node.at, message, format!("add a line \"{key}: …\""));
            continue;
        };
        let empty = if phrase == Phrase::Root { Empty::Allowed } else { Empty::Refused };
        let latin = all.iter().find(|e| flow::latin_of(&e.key) == Some(key));
        let latin = latin.and_then(|e| draft(e, lang, empty, report));
        if let Some(native) = draft(entry, lang, empty, report) {
            catalog.put(Key { scope: SCOPE.to_owned(), name: key.to_owned() }, lang, native, latin, report);
        }
    }
    Some(words)
}

fn words(lang: Lang, node: &Node, report: &mut Report) -> Vec<(Word, Place)> {
    let names = WORDS.each_ref().map(|(name, _)| *name);
    let Some(fields) = Fields::of(node, "\"words:\"", &names, report) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, opens) in WORDS {
        let Some(node) = fields.get(name) else {
            let message = format!("{} has no word for \"{name}\"", lang.tag());
            report.add("K079", fields.at, message, format!("add a line \"{name}: [WORD]\""));
            continue;
        };
        for (word, at) in flow::words(node, report) {
            found.push((Word { word, lang, opens: opens.clone() }, at));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_names_under_which_phrases_are_stored() {
        for (key, phrase) in PHRASES {
            assert_eq!(serde_json::to_value(phrase).unwrap(), key);
        }
    }
}
