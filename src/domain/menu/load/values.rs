//! `values:` of a menu: each name with its kind and its longest form.

use super::fields::{Fields, date, entries, items, number, one_of, word};
use super::names;
use super::report::{Place, Report};
use super::tree::{Node, Shape};
use crate::domain::value::{DateRange, LinkFact, ValueName, ValueSpec};
use std::collections::BTreeMap;

/// Values that every text may mention undeclared: what the link says of itself.
pub(crate) const BUILT_IN: [(&str, LinkFact); 3] =
    [("code", LinkFact::Code), ("short", LinkFact::Short), ("tariff", LinkFact::Tariff)];

const KINDS: [&str; 10] =
    ["choice", "date", "number", "digits", "words-from", "text", "items", "hotline", "link", "longest"];

/// What a menu declares, with the place of each name.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    pub(super) specs: BTreeMap<ValueName, ValueSpec>,
    pub(super) places: BTreeMap<ValueName, Place>,
}

/// Reads `values:`.
pub(super) fn declared(node: &Node, report: &mut Report) -> Declared {
    let mut declared = Declared::default();
    for entry in entries(node, "\"values:\"", report).unwrap_or_default() {
        let name = &entry.key;
        if !names::is_value(name) || BUILT_IN.iter().any(|(known, _)| known == name) {
            let message = format!("a value cannot be named \"{name}\"");
            let cure = "use small Latin letters, digits and _, beginning with a letter; code, short and tariff are there already";
            report.add("K013", &entry.key_at, message, cure);
            continue;
        }
        // The name stays known even where its declaration is faulty, so that one fault is told once.
        let spec = spec(&entry.value, name, report).unwrap_or_else(|| meant(&entry.value));
        declared.specs.insert(name.clone(), spec);
        declared.places.insert(name.clone(), entry.key_at.clone());
    }
    declared
}

/// What a faulty declaration was meant to be, as far as its kind can be told.
fn meant(node: &Node) -> ValueSpec {
    let Shape::Map(entries, _) = &node.shape else { return ValueSpec::Text(1) };
    match entries.first().map(|entry| entry.key.as_str()) {
        Some("choice") => ValueSpec::Choice(Vec::new()),
        Some("date") => ValueSpec::Date(DateRange::Any),
        Some("number") => ValueSpec::Number(0, 1),
        Some("digits") => ValueSpec::Digits(1, 1),
        Some("items") => ValueSpec::Items { most: 1, longest: 1 },
        _ => ValueSpec::Text(1),
    }
}

fn spec(node: &Node, name: &str, report: &mut Report) -> Option<ValueSpec> {
    let what = format!("value \"{name}\"");
    let before = report.count();
    let fields = Fields::of(node, &what, &KINDS, report)?;
    let kinds: Vec<&str> =
        KINDS.into_iter().filter(|kind| *kind != "longest" && fields.get(kind).is_some()).collect();
    let [kind] = kinds.as_slice() else {
        if report.count() == before {
            let message = format!("{what} needs exactly one kind");
            report.add("K040", &node.at, message, "write one of {choice: [a, b]} {date: past} {number: 0..90} {digits: 4} {words-from: file, longest: 26} {text: 20} {items: 20, longest: 30} {hotline: name}");
        }
        return None;
    };
    let value = fields.get(kind)?;
    let longest = |report: &mut Report| {
        let node = fields.need("longest", &what, report)?;
        number(node, "longest", 1, 160, report).and_then(|n| u16::try_from(n).ok())
    };
    match *kind {
        "choice" => choice(value, report),
        "date" => {
            let ranges = [("past", DateRange::Past), ("future", DateRange::Future), ("any", DateRange::Any)];
            one_of(value, "a date's range", &ranges, report).map(ValueSpec::Date)
        }
        "number" => range(value, -999_999_999..=999_999_999, report).map(|(a, b)| ValueSpec::Number(a, b)),
        "digits" => {
            let (least, most) = range(value, 1..=20, report)?;
            Some(ValueSpec::Digits(u8::try_from(least).ok()?, u8::try_from(most).ok()?))
        }
        "words-from" => {
            let from = word(value, "words-from", report)?.to_owned();
            Some(ValueSpec::Words { from, longest: longest(report)? })
        }
        "text" => {
            let most = number(value, "the longest text", 1, 160, report)?;
            Some(ValueSpec::Text(u16::try_from(most).ok()?))
        }
        "items" => {
            let most = u16::try_from(number(value, "the count of entries", 1, 99, report)?).ok()?;
            Some(ValueSpec::Items { most, longest: longest(report)? })
        }
        "hotline" => word(value, "hotline", report).map(|id| ValueSpec::Hotline(id.to_owned())),
        _ => one_of(value, "a link's fact", &BUILT_IN, report).map(ValueSpec::Link),
    }
}

fn choice(node: &Node, report: &mut Report) -> Option<ValueSpec> {
    let mut ids = Vec::new();
    for item in items(node, "choice", report)? {
        let id = word(item, "a choice", report)?;
        if ids.iter().any(|known| known == id) || !names::is_id(id) {
            let message = format!("\"{id}\" cannot stand here, or stands here twice");
            report.add("K040", &item.at, message, "list the options' names, each once");
            return None;
        }
        ids.push(id.to_owned());
    }
    Some(ValueSpec::Choice(ids))
}

/// `4` or `9..14`.
fn range(node: &Node, bounds: core::ops::RangeInclusive<i64>, report: &mut Report) -> Option<(i64, i64)> {
    let typed = word(node, "a range", report)?;
    let (least, most) = typed.split_once("..").unwrap_or((typed, typed));
    let parsed = least.parse::<i64>().ok().zip(most.parse::<i64>().ok());
    let found = parsed.filter(|(a, b)| a <= b && bounds.contains(a) && bounds.contains(b));
    if found.is_none() {
        let cure = format!("write one number or 9..14, between {} and {}", bounds.start(), bounds.end());
        report.add("K040", &node.at, format!("\"{typed}\" is no range"), cure);
    }
    found
}

/// Reads `reviewed:`, the day on which somebody last checked the facts.
pub(super) fn reviewed(fields: &Fields<'_>, report: &mut Report) {
    if let Some(node) = fields.get("reviewed") {
        date(node, "reviewed", report);
    }
}
