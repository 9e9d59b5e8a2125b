//! Reading a tree: known keys, expected shapes and words, each fault with its own sentence.

use super::names::meant;
use super::report::{Place, Report};
use super::tree::{Brackets, Entry, Node, Scalar, Shape, Style};
use jiff::civil::Date;

/// The entries of a mapping whose keys have been checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'n> {
    pub(super) at: &'n Place,
    entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    /// The mapping at `node`, with every key that is not in `known` reported.
    pub(super) fn of(node: &'n Node, what: &str, known: &[&str], report: &mut Report) -> Option<Self> {
        let entries = entries(node, what, report)?;
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let message = format!("{what} knows no key \"{}\"", entry.key);
                report.add("K010", &entry.key_at, message, meant(&entry.key, known.iter().copied()));
            }
        }
        Some(Self { at: &node.at, entries })
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Key and value.
    pub(super) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of `key`, whose absence is a fault.
    pub(super) fn need(&self, key: &str, what: &str, report: &mut Report) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            report.add(
                "K011",
                self.at,
                format!("{what} has no \"{key}:\""),
                format!("add a line \"{key}: …\""),
            );
        }
        found
    }
}

/// The entries of a mapping; anything else is a fault.
pub(super) fn entries<'n>(node: &'n Node, what: &str, report: &mut Report) -> Option<&'n [Entry]> {
    match &node.shape {
        Shape::Map(entries, _) => Some(entries),
        Shape::Scalar(scalar) if scalar.text.is_empty() && scalar.style == Style::Plain => {
            report.add(
                "K012",
                &node.at,
                format!("{what} is empty"),
                "write \"name: …\" lines below it, two blanks further in, or remove it",
            );
            None
        }
        Shape::Scalar(_) | Shape::List(_) => {
            report.add(
                "K012",
                &node.at,
                format!("{what} holds \"name: …\" lines"),
                "write each on a line of its own, two blanks further in",
            );
            None
        }
    }
}

/// Whether a mapping stands in braces.
pub(super) fn in_braces(node: &Node) -> bool {
    matches!(&node.shape, Shape::Map(_, Brackets::Yes))
}

/// The items of a list; anything else is a fault.
pub(super) fn items<'n>(node: &'n Node, what: &str, report: &mut Report) -> Option<&'n [Node]> {
    match &node.shape {
        Shape::List(nodes) => Some(nodes),
        Shape::Scalar(_) | Shape::Map(..) => {
            report.add("K012", &node.at, format!("{what} is a list"), "write it in brackets: [one, two]");
            None
        }
    }
}

/// A scalar; anything else is a fault.
pub(super) fn scalar<'n>(node: &'n Node, what: &str, report: &mut Report) -> Option<&'n Scalar> {
    match &node.shape {
        Shape::Scalar(scalar) => Some(scalar),
        Shape::Map(..) | Shape::List(_) => {
            report.add(
                "K012",
                &node.at,
                format!("{what} is a single word or number"),
                "write it on the line, after the colon",
            );
            None
        }
    }
}

/// A single word on the line; anything else, an empty one too, is a fault.
pub(super) fn word<'n>(node: &'n Node, what: &str, report: &mut Report) -> Option<&'n str> {
    let scalar = scalar(node, what, report)?;
    if scalar.text.is_empty() {
        report.add("K012", &node.at, format!("{what} is empty"), "write it after the colon");
        return None;
    }
    Some(&scalar.text)
}

/// One of some words.
pub(super) fn one_of<T: Copy>(
    node: &Node,
    what: &str,
    choices: &[(&str, T)],
    report: &mut Report,
) -> Option<T> {
    let typed = word(node, what, report)?;
    let found = choices.iter().find(|(name, _)| *name == typed);
    if found.is_none() {
        let cure = meant(typed, choices.iter().map(|(name, _)| *name));
        report.add("K014", &node.at, format!("{what} cannot be \"{typed}\""), cure);
    }
    found.map(|(_, value)| *value)
}

/// `true` or `false`.
pub(super) fn yes_no(node: &Node, what: &str, report: &mut Report) -> Option<bool> {
    one_of(node, what, &[("true", true), ("false", false)], report)
}

/// A whole number in a range.
pub(super) fn number(node: &Node, what: &str, least: i64, most: i64, report: &mut Report) -> Option<i64> {
    let typed = word(node, what, report)?;
    let found = typed.parse::<i64>().ok().filter(|n| (least..=most).contains(n));
    if found.is_none() {
        let message = format!("{what} is a whole number, not \"{typed}\"");
        report.add("K081", &node.at, message, format!("write a number from {least} to {most}"));
    }
    found
}

/// A date, `2026-01-31`.
pub(super) fn date(node: &Node, what: &str, report: &mut Report) -> Option<Date> {
    let typed = word(node, what, report)?;
    let found = typed.parse::<Date>().ok();
    if found.is_none() {
        report.add("K080", &node.at, format!("{what} is a date, not \"{typed}\""), "write it as 2026-01-31");
    }
    found
}
