//! `menu.yaml`: the head of a menu and its steps, each read as far as it can be.

use super::catalog::{Catalog, Empty, Key, draft};
use super::fields::{Fields, entries, items, number, one_of, scalar, word};
use super::layout::LATIN;
use super::names;
use super::report::{Place, Report};
use super::step;
use super::tree::{Node, Style};
use super::values::{BUILT_IN, Declared, declared, reviewed};
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Kiosk, Menu, MenuId, Needs, Resume, StepId, Target, Text};
use crate::domain::value::{ValueName, ValueSpec};
use std::collections::{BTreeMap, BTreeSet};

const HEAD: [&str; 14] = [
    "menu",
    "language",
    "title",
    "title.latin",
    "needs",
    "dial",
    "words",
    "meaning",
    "kiosk",
    "resume",
    "reviewed",
    "values",
    "steps",
    "about",
];

/// One menu as its flow file tells it; texts are still to be filled in.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) menu: Menu,
    pub(super) lang: Lang,
    pub(super) words: Vec<(String, Place)>,
    /// What its words mean by the table; its own name where it does not say.
    pub(super) meaning: Option<String>,
    pub(super) dial_at: Option<Place>,
    pub(super) spots: Spots,
    /// Whether nothing was wrong in this file, so that what builds on it may be told too.
    pub(super) clean: bool,
}

/// Where the parts of a flow stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Spots {
    pub(super) file: Option<Place>,
    pub(super) declared: Declared,
    pub(super) steps: BTreeMap<StepId, Place>,
    pub(super) leads: Vec<Lead>,
    /// Values named outside texts.
    pub(super) uses: Vec<(ValueName, Place)>,
    /// Values that something sets.
    pub(super) set: BTreeSet<ValueName>,
}

/// One way from a step.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub(super) to: Target,
    pub(super) at: Place,
}

/// Reads the flow of the menu in folder `folder`.
pub(super) fn read(
    folder: &str,
    file: &Place,
    root: &Node,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Flow> {
    let before = report.errors();
    let fields = Fields::of(root, "a menu", &HEAD, report)?;
    head_names(folder, &fields, file, report);
    let lang = language(&fields, "a menu", report)?;
    title(folder, &fields, lang, catalog, report);
    let needs = [
        ("nothing", Needs::Nothing),
        ("phone", Needs::Phone),
        ("number", Needs::Number),
        ("pin", Needs::Pin),
    ];
    let needs = fields.need("needs", "a menu", report).and_then(|node| one_of(node, "needs", &needs, report));
    let resume = [("ask", Resume::Ask), ("start", Resume::Start), ("never", Resume::Never)];
    let resume =
        fields.get("resume").map_or(Some(Resume::Ask), |node| one_of(node, "resume", &resume, report));
    let declared = fields.get("values").map(|node| declared(node, report)).unwrap_or_default();
    reviewed(&fields, report);
    let mut spots = Spots { file: Some(file.clone()), declared, ..Spots::default() };
    let mut steps = BTreeMap::new();
    let mut first = None;
    let listed = fields.need("steps", "a menu", report).and_then(|node| entries(node, "\"steps:\"", report));
    for entry in listed.unwrap_or_default() {
        if !names::is_id(&entry.key) || entry.key == "title" {
            bad_name("a step", &entry.key, &entry.key_at, report);
            continue;
        }
        first.get_or_insert_with(|| entry.key.clone());
        spots.steps.insert(entry.key.clone(), entry.key_at.clone());
        let mut scope =
            step::Scope { menu: folder, id: &entry.key, lang, spots: &mut spots, catalog, report };
        if let Some(step) = step::read(&mut scope, entry) {
            steps.insert(entry.key.clone(), step);
        }
    }
    let menu = Menu {
        id: folder.to_owned(),
        title: Text::default(),
        needs: needs.unwrap_or(Needs::Nothing),
        dial: fields.get("dial").and_then(|node| dial(node, report)),
        resume: resume.unwrap_or(Resume::Never),
        listed: false,
        kiosk: fields.get("kiosk").and_then(|node| kiosk(node, report)),
        values: with_link(&spots.declared.specs),
        first: first?,
        steps,
    };
    let words = fields.get("words").map(|node| words(node, report)).unwrap_or_default();
    let meaning = fields.get("meaning").and_then(|node| name(node, "a meaning", report));
    let dial_at = fields.get("dial").map(|node| node.at.clone());
    Some(Flow { menu, lang, words, meaning, dial_at, spots, clean: report.errors() == before })
}

/// What is declared, and what every link says of itself.
fn with_link(declared: &BTreeMap<ValueName, ValueSpec>) -> BTreeMap<ValueName, ValueSpec> {
    let link = BUILT_IN.map(|(name, fact)| (name.to_owned(), ValueSpec::Link(fact)));
    declared.clone().into_iter().chain(link).collect()
}

/// `menu:` repeats the folder's name, so that a file read aloud says what it is.
fn head_names(folder: &str, fields: &Fields<'_>, file: &Place, report: &mut Report) {
    if !names::is_id(folder) || matches!(folder, "root" | "phrases" | "reference") {
        bad_name("a menu's folder", folder, file, report);
    }
    let Some(node) = fields.need("menu", "a menu", report) else { return };
    if let Some(name) = word(node, "menu", report).filter(|name| *name != folder) {
        let message = format!("the menu calls itself \"{name}\" but stands in the folder \"{folder}\"");
        report.add("K015", &node.at, message, format!("write menu: {folder}, or rename the folder"));
    }
}

fn title(folder: &str, fields: &Fields<'_>, lang: Lang, catalog: &mut Catalog, report: &mut Report) {
    if fields.need("title", "a menu", report).is_none() {
        return;
    }
    let latin = fields.entry("title.latin").and_then(|entry| draft(entry, lang, Empty::Refused, report));
    if let Some(native) = fields.entry("title").and_then(|entry| draft(entry, lang, Empty::Refused, report)) {
        let key = Key { scope: folder.to_owned(), name: "title".to_owned() };
        catalog.put(key, lang, native, latin, report);
    }
}

/// Says that a name is not well formed.
pub(super) fn bad_name(what: &str, name: &str, at: &Place, report: &mut Report) {
    if name.chars().all(|c| c.is_ascii_digit()) {
        let message = format!("{what} is named by a key, \"{name}\"");
        report.add(
            "K037",
            at,
            message,
            "give it a name; its digit comes from its place, and 0 00 8 9 belong to the gateway",
        );
        return;
    }
    let message = format!("{what} cannot be named \"{name}\"");
    report.add("K013", at, message, "use small Latin letters, digits and -, beginning with a letter");
}

/// `language:` of a file.
pub(super) fn language(fields: &Fields<'_>, what: &str, report: &mut Report) -> Option<Lang> {
    let node = fields.need("language", what, report)?;
    let tags = Lang::ALL.map(|lang| (lang.tag(), lang));
    one_of(node, "language", &tags, report)
}

/// `words:` as written, with places.
pub(super) fn words(node: &Node, report: &mut Report) -> Vec<(String, Place)> {
    let mut words = Vec::new();
    for item in items(node, "words", report).unwrap_or_default() {
        let Some(typed) = word(item, "a word", report) else { continue };
        let letters = typed.chars().filter(|c| c.is_alphabetic()).count();
        let odd = typed.chars().any(|c| !c.is_alphanumeric() && !"'’ʻʼ`-".contains(c));
        if letters < 2 || odd || typed.chars().count() > 20 {
            let message = format!("\"{typed}\" cannot be an SMS word");
            report.add("K071", &item.at, message, "one word of 2 to 20 letters, without blanks and signs");
            continue;
        }
        words.push((typed.to_owned(), item.at.clone()));
    }
    words
}

/// A dial code: 1 to 6 digits, not beginning with 0, none of the reserved keys.
fn dial(node: &Node, report: &mut Report) -> Option<String> {
    let scalar = scalar(node, "dial", report)?;
    let code = scalar.text.as_str();
    let digits = !code.is_empty() && code.len() <= 6 && code.chars().all(|c| c.is_ascii_digit());
    if scalar.style != Style::Plain || !digits {
        let cure = "write the digits between the stars alone: for *100*21# write 21";
        report.add("K073", &node.at, format!("\"{code}\" is no dial code"), cure);
        return None;
    }
    if code.starts_with('0') || matches!(code, "8" | "9") {
        let (message, cure) = if code.starts_with('0') {
            (format!("the dial code {code} begins with 0"), "begin with 1 to 9: 0 is the key that leads back")
        } else {
            (format!("the dial code {code} is a key of the gateway"), "8 and 9 alone are taken: add a digit")
        };
        report.add("K037", &node.at, message, cure);
        return None;
    }
    Some(code.to_owned())
}

fn kiosk(node: &Node, report: &mut Report) -> Option<Kiosk> {
    let fields = Fields::of(node, "kiosk", &["icon", "place"], report)?;
    let icon = fields.need("icon", "kiosk", report).and_then(|node| name(node, "an icon", report))?;
    let place =
        fields.need("place", "kiosk", report).and_then(|node| number(node, "place", 1, 12, report))?;
    Some(Kiosk { icon, place: u8::try_from(place).ok()? })
}

/// A well-formed id.
pub(super) fn name(node: &Node, what: &str, report: &mut Report) -> Option<String> {
    let typed = word(node, what, report)?;
    if !names::is_id(typed) {
        bad_name(what, typed, &node.at, report);
        return None;
    }
    Some(typed.to_owned())
}

/// `step`, `menu/x` or `home`.
pub(super) fn target(node: &Node, report: &mut Report) -> Option<Target> {
    let typed = word(node, "next", report)?;
    Some(match typed.split_once('/') {
        None if typed == "home" => Target::Home,
        None => Target::Step(typed.to_owned()),
        Some(("menu", menu)) => Target::Menu(MenuId::from(menu)),
        Some(_) => {
            let message = format!("\"{typed}\" is no place to go to");
            report.add("K023", &node.at, message, "name a step, menu/its-name, or home");
            return None;
        }
    })
}

/// Whether a key is the hand-written SMS-Latin form of another.
pub(super) fn latin_of(key: &str) -> Option<&str> {
    key.strip_suffix(LATIN)
}
