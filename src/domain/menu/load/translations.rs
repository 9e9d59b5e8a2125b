//! `<tag>.yaml` of a menu: the same texts in another language, nothing missing and nothing more.

use super::catalog::{Catalog, Empty, Key, draft};
use super::fields::{Fields, entries};
use super::flow::{self, Flow};
use super::names::meant;
use super::report::{Place, Report};
use super::step::{Owner, texts};
use super::tree::{Entry, Node};
use super::values::reviewed;
use crate::domain::lang::Lang;
use std::collections::BTreeMap;

/// One language's file of a menu.
#[derive(Clone, Debug)]
pub(super) struct Translation {
    pub(super) words: Vec<(String, Place)>,
    /// The places of its steps, for what is missing in them.
    steps: BTreeMap<String, Place>,
    /// Option names of a step in the file's order.
    options: BTreeMap<String, Vec<(String, Place)>>,
    at: Place,
}

/// Reads a language's file.
pub(super) fn read(
    menu: &str,
    lang: Lang,
    file: &Place,
    root: &Node,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Translation> {
    let what = format!("the file of a language ({})", lang.tag());
    let fields = Fields::of(root, &what, &["language", "words", "texts", "reviewed"], report)?;
    same_language(&fields, lang, report);
    reviewed(&fields, report);
    let words = fields.get("words").map(|node| flow::words(node, report)).unwrap_or_default();
    let mut read = Translation { words, steps: BTreeMap::new(), options: BTreeMap::new(), at: file.clone() };
    let node = fields.need("texts", &what, report)?;
    let all = entries(node, "\"texts:\"", report)?;
    read.at = node.at.clone();
    for entry in all {
        if entry.key == "title" {
            let latin = all.iter().find(|e| e.key == "title.latin");
            let latin = latin.and_then(|e| draft(e, lang, Empty::Refused, report));
            if let Some(native) = draft(entry, lang, Empty::Refused, report) {
                catalog.put(
                    Key { scope: menu.to_owned(), name: "title".to_owned() },
                    lang,
                    native,
                    latin,
                    report,
                );
            }
        } else if entry.key != "title.latin" {
            step(&Owner { scope: menu, step: &entry.key, lang }, entry, &mut read, catalog, report);
        }
    }
    Some(read)
}

fn step(
    owner: &Owner<'_>,
    entry: &Entry,
    read: &mut Translation,
    catalog: &mut Catalog,
    report: &mut Report,
) {
    let Some(all) = entries(&entry.value, &format!("step \"{}\"", entry.key), report) else { return };
    read.steps.insert(entry.key.clone(), entry.key_at.clone());
    for key in all {
        let base = flow::latin_of(&key.key).unwrap_or(&key.key);
        if base != "options" && !super::layout::SLOTS.contains(&base) {
            let message = format!("\"{}:\" is no text", key.key);
            report.add(
                "K051",
                &key.key_at,
                message,
                "only texts stand here; the logic stands in menu.yaml once",
            );
        }
    }
    texts(owner, all, catalog, report);
    if let Some(options) = all.iter().find(|key| key.key == "options")
        && let super::tree::Shape::Map(listed, _) = &options.value.shape
    {
        let order = listed.iter().map(|e| (e.key.clone(), e.key_at.clone())).collect();
        read.options.insert(entry.key.clone(), order);
    }
}

/// `language:` repeats the file's name.
pub(super) fn same_language(fields: &Fields<'_>, lang: Lang, report: &mut Report) {
    let Some(found) = flow::language(fields, "the file", report) else { return };
    if let Some(node) = fields.get("language").filter(|_| found != lang) {
        let message = format!("the file says language: {} but is named {}.yaml", found.tag(), lang.tag());
        report.add("K015", &node.at, message, format!("write language: {}, or rename the file", lang.tag()));
    }
}

/// The step of a text's name.
fn step_of(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// Steps that one of the two files lacks whole, each told once and not text by text: mostly one has been renamed.
fn steps<'n>(
    flow: &'n Flow,
    lang: Lang,
    translation: &'n Translation,
    source: &[&'n str],
    catalog: &Catalog,
    report: &mut Report,
) -> Vec<&'n str> {
    let of_flow = |step: &str| source.iter().any(|name| step_of(name) == step && *name != "title");
    let mut missing: Vec<&str> =
        source.iter().map(|name| step_of(name)).filter(|step| *step != "title").collect();
    missing.dedup();
    missing.retain(|step| !translation.steps.contains_key(*step));
    let unknown: Vec<(&str, &Place)> = translation
        .steps
        .iter()
        .filter(|(step, _)| !of_flow(step))
        .map(|(step, at)| (step.as_str(), at))
        .collect();
    for (step, at) in &unknown {
        let texts = catalog.names(&flow.menu.id, lang).any(|(name, _)| step_of(name) == *step);
        let message = format!("menu.yaml has no step \"{step}\" with a text");
        let cure = match missing.as_slice() {
            [one] if unknown.len() == 1 => format!("there it is \"{one}\": rename it here too"),
            _ => format!("remove it, or rename it; {}", meant(step, missing.iter().copied())),
        };
        if texts {
            report.add("K051", at, message, cure);
        }
    }
    if missing.len() != 1 || unknown.len() != 1 {
        for step in &missing {
            let message = format!("the step \"{step}\" is missing in {}", lang.tag());
            let cure = format!("add it with its texts: {} says them in menu.yaml", flow.lang.tag());
            report.add("K050", &translation.at, message, cure);
        }
    }
    missing.into_iter().chain(unknown.into_iter().map(|(step, _)| step)).collect()
}

/// Compares a translation with the flow: every text there, none besides, the options in the same order.
pub(super) fn compare(
    flow: &Flow,
    lang: Lang,
    translation: &Translation,
    catalog: &Catalog,
    report: &mut Report,
) {
    let menu = flow.menu.id.as_str();
    let source: Vec<&str> = catalog.names(menu, flow.lang).map(|(name, _)| name).collect();
    let renamed = steps(flow, lang, translation, &source, catalog, report);
    for name in &source {
        let step = step_of(name);
        if catalog.written(menu, name, lang).is_none() && !renamed.contains(&step) {
            let at = translation.steps.get(step).unwrap_or(&translation.at);
            let message = format!("\"{name}\" is missing in {}", lang.tag());
            report.add("K050", at, message, format!("add it: {} says it in menu.yaml", flow.lang.tag()));
        }
    }
    for (name, written) in catalog.names(menu, lang) {
        if !source.contains(&name) && !renamed.contains(&step_of(name)) {
            let message = format!("menu.yaml has no text \"{name}\"");
            let (parent, last) = name.rsplit_once('.').unwrap_or(("", name));
            let beside = source.iter().filter_map(|name| {
                let (beside, last) = name.rsplit_once('.').unwrap_or(("", name));
                (beside == parent).then_some(last)
            });
            let cure = format!("remove it, or add it there; {}", meant(last, beside));
            report.add("K051", &written.native.at, message, cure);
        }
    }
    for (step, listed) in &translation.options {
        let Some(step) = flow.menu.steps.get(step) else { continue };
        let known: Vec<&(String, Place)> =
            listed.iter().filter(|(id, _)| step.options.iter().any(|o| o.id == *id)).collect();
        let moved = known.iter().zip(&step.options).find(|((id, _), option)| *id != option.id);
        if let Some(((id, at), option)) = moved.filter(|_| known.len() == step.options.len()) {
            let message = format!("\"{id}\" stands where menu.yaml has \"{}\"", option.id);
            report.add(
                "K056",
                at,
                message,
                "keep the order of menu.yaml: the digit comes from the place there",
            );
        }
    }
}
