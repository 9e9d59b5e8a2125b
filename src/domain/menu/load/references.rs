//! `reference/*.yaml`: rules of stay, hotlines and vocabularies; data with dates, outside the pin of a dialogue.

use super::catalog::{Catalog, Empty, Key, draft};
use super::fields::{Fields, date, entries, in_braces, items, number, word};
use super::flow::latin_of;
use super::names::{is_value, meant};
use super::report::{Place, Report};
use super::tree::Node;
use crate::domain::content::Hotline;
use crate::domain::lang::Lang;
use crate::domain::stay::StayRule;

const RULE: [&str; 8] = [
    "countries",
    "register-days",
    "stay-days",
    "window-days",
    "valid-from",
    "valid-to",
    "verified",
    "source",
];
const HOTLINE: [&str; 5] = ["id", "number", "last-verified", "valid-days", "owner"];

/// Reads the rules of stay, with their places.
pub(super) fn stay(root: &Node, report: &mut Report) -> Vec<(StayRule, Place)> {
    let Some(fields) = Fields::of(root, "the rules of stay", &["rules"], report) else { return Vec::new() };
    let Some(node) = fields.need("rules", "the rules of stay", report) else { return Vec::new() };
    let listed = items(node, "\"rules:\"", report).unwrap_or_default();
    let mut rules: Vec<(StayRule, Place)> = Vec::new();
    for node in listed {
        let Some(rule) = rule(node, report) else { continue };
        let twin = rules.iter().find(|(other, _)| overlap(other, &rule));
        if let Some((_, at)) = twin {
            let message = format!("two rules hold for the same country at once, see line {}", at.line);
            report.add(
                "K090",
                &node.at,
                message,
                "give the older one valid-to: the day before the newer begins",
            );
        }
        rules.push((rule, node.at.clone()));
    }
    rules
}

fn overlap(a: &StayRule, b: &StayRule) -> bool {
    let before = |a: &StayRule, b: &StayRule| a.valid_to.is_some_and(|end| end < b.valid_from);
    a.countries.iter().any(|country| b.countries.contains(country)) && !before(a, b) && !before(b, a)
}

fn rule(node: &Node, report: &mut Report) -> Option<StayRule> {
    let fields = Fields::of(node, "a rule", &RULE, report)?;
    let days = |key: &str, report: &mut Report| {
        let node = fields.get(key)?;
        number(node, key, 1, 3660, report).and_then(|n| u16::try_from(n).ok())
    };
    let countries =
        fields.need("countries", "a rule", report).and_then(|node| items(node, "countries", report));
    let countries: Vec<String> = countries
        .into_iter()
        .flatten()
        .filter_map(|node| word(node, "a country", report))
        .map(str::to_owned)
        .collect();
    fields.need("register-days", "a rule", report);
    let valid_from =
        fields.need("valid-from", "a rule", report).and_then(|node| date(node, "valid-from", report));
    let verified = fields.need("verified", "a rule", report).and_then(|node| date(node, "verified", report));
    let source = fields.need("source", "a rule", report).and_then(|node| word(node, "source", report));
    let stay_days = days("stay-days", report);
    let window_days = days("window-days", report);
    if stay_days.is_some() != window_days.is_some() {
        report.add(
            "K011",
            &node.at,
            "stay-days and window-days belong together",
            "write both, or neither where a stay is not counted",
        );
    }
    Some(StayRule {
        countries,
        register_days: days("register-days", report)?,
        stay_days,
        window_days,
        valid_from: valid_from?,
        valid_to: fields.get("valid-to").and_then(|node| date(node, "valid-to", report)),
        verified: verified?,
        source: source?.to_owned(),
    })
}

/// Reads the hotlines, with their places.
pub(super) fn hotlines(root: &Node, report: &mut Report) -> Vec<(Hotline, Place)> {
    let Some(fields) = Fields::of(root, "the hotlines", &["hotlines"], report) else { return Vec::new() };
    let Some(node) = fields.need("hotlines", "the hotlines", report) else { return Vec::new() };
    let listed = items(node, "\"hotlines:\"", report).unwrap_or_default();
    let mut hotlines: Vec<(Hotline, Place)> = Vec::new();
    for node in listed {
        let Some(hotline) = hotline(node, report) else { continue };
        if hotlines.iter().any(|(other, _)| other.id == hotline.id) {
            report.add(
                "K005",
                &node.at,
                format!("the hotline \"{}\" stands here a second time", hotline.id),
                "keep one of the two",
            );
        }
        hotlines.push((hotline, node.at.clone()));
    }
    hotlines
}

fn hotline(node: &Node, report: &mut Report) -> Option<Hotline> {
    let fields = Fields::of(node, "a hotline", &HOTLINE, report)?;
    let need = |key: &str, report: &mut Report| {
        let node = fields.need(key, "a hotline", report)?;
        word(node, key, report).map(str::to_owned)
    };
    let id = need("id", report);
    let owner = need("owner", report);
    let days = fields.need("valid-days", "a hotline", report);
    let days = days.and_then(|node| number(node, "valid-days", 1, 730, report));
    let called = need("number", report)?;
    let digits = called.strip_prefix('+').unwrap_or(&called);
    if !(2..=15).contains(&digits.len()) || !digits.chars().all(|c| c.is_ascii_digit()) {
        let at = fields.get("number").map_or(&node.at, |node| &node.at);
        report.add(
            "K081",
            at,
            format!("\"{called}\" is no phone number"),
            "write 2 to 15 digits without blanks, with + before a country's code",
        );
    }
    Some(Hotline {
        id: id?,
        number: called,
        last_verified: fields.get("last-verified").and_then(|node| date(node, "last-verified", report)),
        valid_days: u16::try_from(days?).ok()?,
        owner: owner?,
    })
}

/// Reads a vocabulary: key → language → text. Its keys in order.
pub(super) fn vocabulary(
    path: &str,
    root: &Node,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Vec<(String, Place)> {
    let mut keys = Vec::new();
    for entry in entries(root, "a vocabulary", report).unwrap_or_default() {
        if !is_value(&entry.key.replace('-', "_")) {
            super::flow::bad_name("a word of a vocabulary", &entry.key, &entry.key_at, report);
            continue;
        }
        keys.push((entry.key.clone(), entry.key_at.clone()));
        if in_braces(&entry.value) {
            report.add(
                "K009",
                &entry.value.at,
                "what a person reads stands in braces",
                "write each language on a line of its own, two blanks further in",
            );
            continue;
        }
        let all = entries(&entry.value, "a word of a vocabulary", report).unwrap_or_default();
        for form in all {
            let tag = latin_of(&form.key).unwrap_or(&form.key);
            let Some(lang) = Lang::from_tag(tag) else {
                let message = format!("there is no language \"{}\"", form.key);
                report.add("K010", &form.key_at, message, meant(tag, Lang::ALL.map(Lang::tag)));
                continue;
            };
            if tag != form.key {
                continue;
            }
            let latin = all.iter().find(|e| latin_of(&e.key) == Some(tag));
            let latin = latin.and_then(|e| draft(e, lang, Empty::Refused, report));
            if let Some(native) = draft(form, lang, Empty::Refused, report) {
                catalog.put(
                    Key { scope: path.to_owned(), name: entry.key.clone() },
                    lang,
                    native,
                    latin,
                    report,
                );
            }
        }
    }
    keys
}
