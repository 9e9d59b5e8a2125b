//! `root.yaml`: which menus the first screen lists, in order, and how long the link's facts can get.

use super::fields::{Fields, items, number, word};
use super::names::meant;
use super::report::{Place, Report};
use super::tree::Node;
use crate::domain::menu::model::MenuId;

/// Menus on the first screen at most.
const LISTED_MAX: usize = 6;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Root {
    pub(super) menus: Vec<MenuId>,
    /// Longest forms in characters.
    pub(super) longest: LinkWidths,
}

/// The longest forms of `{code}`, `{short}` and `{tariff}` on any link, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkWidths {
    /// `*100#`.
    pub code: u16,
    /// The short number.
    pub short: u16,
    /// What it costs.
    pub tariff: u16,
}

impl Default for LinkWidths {
    /// A code with four digits, a number of five, a price with its currency.
    fn default() -> Self {
        Self { code: 6, short: 5, tariff: 12 }
    }
}

/// Reads the file; `folders` are the menus there are, sound or not.
pub(super) fn read(root: &Node, folders: &[&str], report: &mut Report) -> Option<Root> {
    let fields = Fields::of(root, "root.yaml", &["menus", "longest"], report)?;
    let mut menus: Vec<MenuId> = Vec::new();
    let listed = fields.need("menus", "root.yaml", report).and_then(|node| items(node, "\"menus:\"", report));
    for (node, place) in listed.into_iter().flatten().zip(1_usize..) {
        let Some(name) = word(node, "a menu's name", report) else { continue };
        if !folders.contains(&name) {
            let message = format!("there is no menu \"{name}\"");
            report.add("K024", &node.at, message, meant(name, folders.iter().copied()));
        } else if menus.iter().any(|known| known == name) {
            report.add("K075", &node.at, format!("\"{name}\" stands here twice"), "list each menu once");
        } else if place > LISTED_MAX {
            report.add(
                "K075",
                &node.at,
                format!("\"{name}\" is the menu number {place}"),
                "list six at most; others are reached by their code, word or from a menu",
            );
        } else {
            menus.push(name.to_owned());
        }
    }
    let longest = fields.get("longest").map(|node| widths(node, report)).unwrap_or_default();
    Some(Root { menus, longest })
}

fn widths(node: &Node, report: &mut Report) -> LinkWidths {
    let mut widths = LinkWidths::default();
    let Some(fields) = Fields::of(node, "longest", &["code", "short", "tariff"], report) else {
        return widths;
    };
    for (key, width) in
        [("code", &mut widths.code), ("short", &mut widths.short), ("tariff", &mut widths.tariff)]
    {
        let found = fields.get(key).and_then(|node| number(node, key, 1, 40, report));
        if let Some(found) = found.and_then(|n| u16::try_from(n).ok()) {
            *width = found;
        }
    }
    widths
}

/// The place of a file that is missing.
pub(super) fn missing(path: &str, why: &str, report: &mut Report) {
    report.add("K016", &Place::whole(path), format!("{path} is missing"), why);
}
