//! The doors into menus: dial codes and SMS words, none of which may be mistaken for another.

use super::flow::Flow;
use super::report::{Place, Report};
use super::translations::Translation;
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Menu, MenuId, Next, Opens, StepId, Target, Verb, Word};
use crate::domain::service;
use crate::domain::word;
use std::collections::{BTreeMap, BTreeSet};

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

/// The words of the phrases and of all menus. Those of a meaning that a menu claims open it.
pub(super) fn all_words(
    own: &[(Word, Place)],
    flows: &BTreeMap<MenuId, Flow>,
    translations: &BTreeMap<(MenuId, Lang), Translation>,
) -> Vec<(Word, Place)> {
    let claims = |menu: &MenuId| flows.get(menu).and_then(|flow| flow.meaning.clone());
    let confirms: BTreeMap<&MenuId, bool> =
        flows.iter().map(|(id, flow)| (id, may_change_unasked(&flow.menu))).collect();
    let claimed = |word: &(Word, Place)| {
        let (mut word, at) = word.clone();
        // A menu called like the meaning has claimed it.
        let menu = flows.keys().find(|menu| claims(menu).unwrap_or_else(|| (*menu).clone()) == word.meaning);
        if let Some(menu) = menu.filter(|_| word.opens == Opens::Help && word.meaning != "help") {
            word.opens = Opens::Menu(menu.clone());
            word.confirm = confirms.get(menu).copied().unwrap_or_default();
        }
        (word, at)
    };
    let of_menu = |menu: &MenuId, lang: Lang, (word, at): &(String, Place)| {
        let word = Word {
            word: word.clone(),
            lang,
            opens: Opens::Menu(menu.clone()),
            meaning: claims(menu).unwrap_or_else(|| menu.clone()),
            confirm: confirms.get(menu).copied().unwrap_or_default(),
        };
        (word, at.clone())
    };
    let mut words: Vec<(Word, Place)> = own.iter().map(claimed).collect();
    for (menu, flow) in flows {
        words.extend(flow.words.iter().map(|word| of_menu(menu, flow.lang, word)));
    }
    for ((menu, lang), texts) in translations {
        words.extend(texts.words.iter().map(|word| of_menu(menu, *lang, word)));
    }
    words
}

/// Whether the words of one letter could have something changed in the menu before it asks: a call that changes
/// something lies behind questions alone, which what follows the word may answer.
fn may_change_unasked(menu: &Menu) -> bool {
    let mut open = vec![&menu.first];
    let mut seen: BTreeSet<&StepId> = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(step) = menu.steps.get(id).filter(|_| seen.insert(id)) else { continue };
        match &step.verb {
            Verb::Call { service, .. } if service::changes(service) => return true,
            Verb::Ask { .. } | Verb::Choose { .. } => {}
            Verb::Call { .. } | Verb::Say | Verb::List { .. } | Verb::Confirm | Verb::End => continue,
        }
        let targets: Vec<&Target> = match &step.next {
            Next::Nowhere => Vec::new(),
            Next::To(target) => vec![target],
            Next::By { cases, otherwise } => cases.values().chain(otherwise).collect(),
        };
        open.extend(targets.into_iter().filter_map(|target| match target {
            Target::Step(step) => Some(step),
            Target::Menu(_) | Target::Home => None,
        }));
    }
    false
}

/// Checks that no two words that read alike, or sound alike in one scope, mean different things.
pub(super) fn words(words: Vec<(Word, Place)>, report: &mut Report) -> Vec<Word> {
    let mut by_form: BTreeMap<String, (Word, Place)> = BTreeMap::new();
    let mut by_sound: BTreeMap<String, Vec<(Word, Place)>> = BTreeMap::new();
    let mut kept: Vec<Word> = Vec::new();
    for (word, at) in words {
        let differs = |other: &Word| other.opens != word.opens || other.meaning != word.meaning;
        let (forms, sounds) = (word::forms(word.lang, &word.word), word::sounds(word.lang, &word.word));
        let reads = forms.iter().filter_map(|form| by_form.get(form)).find(|(other, _)| differs(other));
        let mut alike = sounds.iter().filter_map(|sound| by_sound.get(sound)).flatten();
        let sounding = alike.find(|(other, _)| differs(other) && word::share_scope(word.lang, other.lang));
        let clash = reads.map(|found| ("reads", found)).or_else(|| sounding.map(|found| ("sounds", found)));
        if let Some((how, (other, place))) = clash {
            let message = format!(
                "\"{}\" {how} like \"{}\" ({}:{}), which means something else",
                word.word, other.word, place.file, place.line
            );
            let cure = format!(
                "choose another word for one of the two; if both ask for the same, write meaning: {} in the menu",
                other.meaning
            );
            report.add("K072", &at, message, cure);
            continue;
        }
        for form in forms {
            by_form.entry(form).or_insert_with(|| (word.clone(), at.clone()));
        }
        for sound in sounds {
            by_sound.entry(sound).or_default().push((word.clone(), at.clone()));
        }
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept
}
