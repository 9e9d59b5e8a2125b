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
use crate::domain::word::meaning::MEANINGS;

/// In whose place the phrases stand where a text's menu is named.
pub(super) const SCOPE: &str = "phrases";

/// Every phrase with its key in the files.
pub(crate) const PHRASES: [(&str, Phrase); 31] = [
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
    ("carry", Phrase::Carry),
    ("sorry", Phrase::Sorry),
    ("unavailable", Phrase::Unavailable),
    ("over", Phrase::Over),
    ("wait", Phrase::Wait),
    ("news", Phrase::News),
    ("guess", Phrase::Guess),
    ("which", Phrase::Which),
    ("short-menu", Phrase::ShortMenu),
    ("stopped", Phrase::Stopped),
    ("started", Phrase::Started),
    ("who-writes", Phrase::WhoWrites),
    ("danger", Phrase::Danger),
    ("desk-called", Phrase::DeskCalled),
    ("desk-missed", Phrase::DeskMissed),
    ("alert-stop", Phrase::AlertStop),
    ("alert-more", Phrase::AlertMore),
    ("alert-stay", Phrase::AlertStay),
    ("alert-permit", Phrase::AlertPermit),
    ("yes", Phrase::Yes),
    ("no", Phrase::No),
];

/// What the gateway does itself: the key of its words, what they mean by the table, what they open.
const OWN: [(&str, &str, Opens); 5] = [
    ("language", "lang", Opens::Language),
    ("stop", "stop", Opens::Stop),
    ("start", "start", Opens::Start),
    ("sos", "sos", Opens::Sos),
    ("help", "help", Opens::Help),
];

/// The words of a language's phrases.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// With what each means by itself; those of the table's other meanings open the short menu until a menu claims them.
    pub(super) words: Vec<(Word, Place)>,
    /// Everyday words that are like one of ours and must not be taken for it.
    pub(super) everyday: Vec<String>,
}

/// Reads a language's phrases; its words with their places.
pub(super) fn read(lang: Lang, root: &Node, catalog: &mut Catalog, report: &mut Report) -> Option<Words> {
    let keys = ["language", "words", "everyday", "phrases", "reviewed"];
    let fields = Fields::of(root, "the phrases", &keys, report)?;
    same_language(&fields, lang, report);
    reviewed(&fields, report);
    let words =
        fields.need("words", "the phrases", report).map(|node| words(lang, node, report)).unwrap_or_default();
    let everyday = fields.get("everyday").map(|node| flow::words(node, report)).unwrap_or_default();
    let words = Words { words, everyday: everyday.into_iter().map(|(word, _)| word).collect() };
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
    let own = || OWN.iter().map(|(key, meaning, opens)| (*key, *meaning, opens.clone()));
    let table = MEANINGS.iter().filter(|known| own().all(|(_, meaning, _)| meaning != known.name));
    let table = table.map(|meaning| (meaning.name, meaning.name, Opens::Help));
    let all: Vec<(&str, &str, Opens)> = own().chain(table).collect();
    let names: Vec<&str> = all.iter().map(|(key, ..)| *key).collect();
    let Some(fields) = Fields::of(node, "\"words:\"", &names, report) else { return Vec::new() };
    let mut found = Vec::new();
    for (key, meaning, opens) in all {
        let Some(node) = fields.get(key) else {
            if own().any(|(own, ..)| own == key) {
                let message = format!("{} has no word for \"{key}\"", lang.tag());
                report.add("K079", fields.at, message, format!("add a line \"{key}: [WORD]\""));
            }
            continue;
        };
        let confirm = MEANINGS.iter().any(|known| known.name == meaning && known.changes);
        for (word, at) in flow::words(node, report) {
            found.push((Word { word, lang, opens: opens.clone(), meaning: meaning.to_owned(), confirm }, at));
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
