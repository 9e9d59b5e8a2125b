//! The doors into menus: dial codes and SMS words, none of which may be mistaken for another.

use super::flow::Flow;
use super::report::{Place, Report};
use crate::domain::lang::Lang;
use crate::domain::menu::model::{MenuId, Opens, Word};
use crate::domain::text::translit;
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// Dialled codes, prefix-free: after `*100*2` a network could not know whether `*100*21` follows.
pub(super) fn codes(flows: &BTreeMap<MenuId, Flow>, report: &mut Report) -> BTreeMap<String, MenuId> {
    let mut codes: BTreeMap<String, MenuId> = BTreeMap::new();
    for (id, flow) in flows {
        let (Some(code), Some(at)) = (&flow.menu.dial, &flow.dial_at) else { continue };
        let clash = codes
            .iter()
            .find(|(other, _)| other.starts_with(code.as_str()) || code.starts_with(other.as_str()));
        if let Some((other, menu)) = clash {
            let message = format!("the dial code {code} collides with {other} of menu \"{menu}\"");
            report.add("K074", at, message, "no code may begin with another: choose a different one");
            continue;
        }
        codes.insert(code.clone(), id.clone());
    }
    codes
}

/// Checks that no two words that read alike open different things.
pub(super) fn words(words: Vec<(Word, Place)>, report: &mut Report) -> Vec<Word> {
    let mut known: BTreeMap<String, (Opens, String, Place)> = BTreeMap::new();
    let mut kept: Vec<Word> = Vec::new();
    for (word, at) in words {
        let mut sound = true;
        for form in forms(word.lang, &word.word) {
            match known.get(&form) {
                Some((opens, other, place)) if *opens != word.opens => {
                    let message = format!(
                        "\"{}\" reads like \"{other}\" ({}:{}), which opens something else",
                        word.word, place.file, place.line
                    );
                    report.add("K072", &at, message, "choose another word for one of the two");
                    sound = false;
                    break;
                }
                Some(_) => {}
                None => {
                    known.insert(form, (word.opens.clone(), word.word.clone(), at.clone()));
                }
            }
        }
        if sound && !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept
}

/// How a word may arrive: as written and in SMS-Latin, folded.
fn forms(lang: Lang, word: &str) -> Vec<String> {
    let mut forms = vec![fold(word), fold(&translit::latin(lang, word))];
    forms.dedup();
    forms
}

fn fold(word: &str) -> String {
    word.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}
