//! Faults that only show when a text is read whole: signs, scripts, values, and what a screen costs at its worst.

mod lengths;
mod signs;
mod worst;

pub use lengths::{ScreenCost, costs};
pub(crate) use lengths::{alerts, costs_of, lengths};

use super::load::{BUILT_IN, Catalog, Place, Report, Written};
use super::model::Menu;
use crate::domain::lang::Lang;
use crate::domain::value::{ValueName, ValueSpec};
use std::collections::{BTreeMap, BTreeSet};

/// Texts shorter than this may honestly be the same in two languages.
const SAME_CHARS_MIN: usize = 13;

type Specs = BTreeMap<ValueName, ValueSpec>;

/// Checks every text of `scope`. `values` are those it may mention besides the link's facts; `None`: nothing at all.
pub(crate) fn texts(
    scope: &str,
    source: Lang,
    values: Option<&Specs>,
    catalog: &Catalog,
    report: &mut Report,
) {
    for (key, forms) in catalog.texts.iter().filter(|(key, _)| key.scope == scope) {
        for (lang, written) in forms {
            signs::check(scope, &key.name, *lang, written, report);
            mentions(written, values, report);
            by_hand(written, report);
            // These few words are the same in all languages on purpose: nobody knows yet which one is read.
            let shared = scope == "phrases" && key.name == "danger";
            let original = forms.get(&source).filter(|_| *lang != source && !shared);
            if let Some(original) = original {
                same_values(source, (original, written), values, report);
                untranslated(source, original, *lang, written, report);
            }
        }
    }
}

/// The values a text mentions.
fn places(written: &Written) -> BTreeSet<&str> {
    written.form.as_ref().map(|form| form.native.places().into_iter().collect()).unwrap_or_default()
}

fn is_known(name: &str, values: Option<&Specs>) -> bool {
    values.is_some_and(|specs| specs.contains_key(name) || BUILT_IN.iter().any(|(known, _)| *known == name))
}

fn mentions(written: &Written, values: Option<&Specs>, report: &mut Report) {
    let built_in = BUILT_IN.map(|(name, _)| name);
    for name in places(written) {
        if !is_known(name, values) {
            let names =
                values.map(|specs| specs.keys().map(String::as_str).chain(built_in).collect::<BTreeSet<_>>());
            let cure = names.map_or_else(
                || "a word of a vocabulary mentions no values".to_owned(),
                |names| super::load::meant(name, names),
            );
            report.add(
                "K041",
                &written.native.mention(name),
                format!("no value \"{name}\" is declared"),
                cure,
            );
        }
    }
    let by = written.native.by();
    let number = by.and_then(|by| values?.get(by)).is_none_or(|spec| matches!(spec, ValueSpec::Number(..)));
    if let Some(by) = by.filter(|_| !number) {
        let message = format!("\"{by}\" picks a plural form but is no number");
        report.add("K039", &written.native.at, message, "write after by: a value declared as {number: …}");
    }
}

/// A reviewer's SMS-Latin form mentions what the text mentions.
fn by_hand(written: &Written, report: &mut Report) {
    let (Some(latin), Some(form)) = (&written.latin, &written.form) else { return };
    if form.native.places() != form.latin.places() {
        let cure = "mention the same values in braces, spelt the same";
        report.add("K054", &latin.at, "the .latin form mentions other values than its text", cure);
    }
}

fn same_values(
    source: Lang,
    (original, written): (&Written, &Written),
    values: Option<&Specs>,
    report: &mut Report,
) {
    // A misspelt name has been told already.
    let sound =
        |text: &Written| text.form.is_some() && places(text).iter().all(|name| is_known(name, values));
    if !sound(original) || !sound(written) {
        return;
    }
    let (here, there) = (places(written), places(original));
    let differing: Vec<&str> = here.symmetric_difference(&there).copied().collect();
    if !differing.is_empty() {
        let message =
            format!("this text and its {} original differ in {{{}}}", source.tag(), differing.join("} {"));
        report.add(
            "K054",
            &written.native.at,
            message,
            "say the same in every language: mention the same values",
        );
    }
}

fn untranslated(source: Lang, original: &Written, lang: Lang, written: &Written, report: &mut Report) {
    let same = original.native.forms().map(|(text, _)| text).eq(written.native.forms().map(|(text, _)| text));
    let long = written
        .native
        .forms()
        .any(|(text, _)| text.chars().filter(|c| c.is_alphabetic()).count() >= SAME_CHARS_MIN);
    if same && long {
        let message = format!("the {} text is the {} one", lang.tag(), source.tag());
        report.add("K057", &written.native.at, message, "translate it");
    }
}

/// Values that nothing mentions, and values mentioned that nothing sets.
pub(crate) fn values(
    menu: &Menu,
    declared: &BTreeMap<ValueName, Place>,
    set: &BTreeSet<ValueName>,
    uses: &[(ValueName, Place)],
    catalog: &Catalog,
    report: &mut Report,
) {
    let mut mentioned: BTreeMap<&str, Place> = BTreeMap::new();
    for (name, place) in uses {
        mentioned.entry(name).or_insert_with(|| place.clone());
    }
    let texts =
        catalog.texts.iter().filter(|(key, _)| key.scope == menu.id).flat_map(|(_, forms)| forms.values());
    for written in texts {
        for name in places(written) {
            mentioned.entry(name).or_insert_with(|| written.native.mention(name));
        }
    }
    for (name, at) in declared {
        let given = matches!(menu.values.get(name), Some(ValueSpec::Hotline(_) | ValueSpec::Link(_)));
        match mentioned.get(name.as_str()) {
            None => {
                let message = format!("nothing mentions the value \"{name}\"");
                report.add("K042", at, message, "remove it, or mention it");
            }
            Some(place) if !given && !set.contains(name) => {
                let message = format!("nothing sets the value \"{name}\"");
                report.add("K043", place, message, "keep it in a step, or call a service that answers it");
            }
            Some(_) => {}
        }
    }
}

/// Words of a vocabulary that are longer than a menu declares.
pub(crate) fn vocabulary_widths(path: &str, longest: u16, catalog: &Catalog, report: &mut Report) {
    for (key, forms) in catalog.texts.iter().filter(|(key, _)| key.scope == path) {
        for (lang, written) in forms {
            let Some(form) = &written.form else { continue };
            let none = BTreeMap::new();
            let width = [&form.native, &form.latin].map(|form| form.fill(*lang, &none, None).chars().count());
            let width = width.into_iter().max().unwrap_or(0);
            if width > usize::from(longest) {
                let message =
                    format!("\"{}\" has {width} characters, a menu declares longest: {longest}", key.name);
                report.add(
                    "K045",
                    &written.native.at,
                    message,
                    "shorten it, or raise longest: where the value is declared",
                );
            }
        }
    }
}
