//! One step of a flow: its verb, what goes with it, what can be chosen and where it leads.

use super::catalog::{Catalog, Draft, Empty, Key, draft};
use super::fields::{Fields, entries, in_braces, items, one_of, scalar, word, yes_no};
use super::flow::{Lead, Spots, bad_name, latin_of, name, target};
use super::layout::{LATIN, SLOTS};
use super::names::{self, meant};
use super::report::{Place, Report};
use super::tree::{Entry, Node, Shape};
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Accept, Choice, Next, Step, Text, Verb};
use crate::domain::service;
use crate::domain::value::ValueSpec;
use std::collections::BTreeMap;

/// Choices of a step at most: 8 and 9 are keys of the gateway.
pub(super) const OPTIONS_MAX: usize = 7;
const VERBS: [&str; 7] = ["say", "choose", "ask", "list", "call", "confirm", "end"];
const KEYS: [&str; 16] = [
    "keep",
    "accept",
    "dial-in",
    "private",
    "phone",
    "picture",
    "spoken",
    "short",
    "more",
    "wrong",
    "options",
    "next",
    "outcomes",
    "give",
    "of",
    "options.latin",
];

/// Where a step is being read.
pub(super) struct Scope<'s> {
    pub(super) menu: &'s str,
    pub(super) id: &'s str,
    pub(super) lang: Lang,
    pub(super) spots: &'s mut Spots,
    pub(super) catalog: &'s mut Catalog,
    pub(super) report: &'s mut Report,
}

/// What goes with a verb besides texts.
fn goes_with(verb: &str) -> &'static [&'static str] {
    match verb {
        "say" => &["private", "phone", "picture", "spoken", "short", "more", "wrong", "options", "next"],
        "choose" => {
            &["keep", "private", "phone", "picture", "spoken", "short", "more", "wrong", "options", "next"]
        }
        "ask" => &[
            "keep", "accept", "dial-in", "private", "phone", "picture", "spoken", "short", "more", "wrong",
            "options", "next",
        ],
        "list" => &["of", "keep", "private", "phone", "picture", "spoken", "short", "more", "wrong", "next"],
        "call" => &["give", "outcomes", "private"],
        "confirm" => &["private", "phone", "picture", "spoken", "short", "more", "wrong", "next"],
        _ => &["private", "picture", "spoken", "short", "more"],
    }
}

/// Reads one step.
pub(super) fn read(scope: &mut Scope<'_>, entry: &Entry) -> Option<Step> {
    let what = format!("step \"{}\"", entry.key);
    let all = entries(&entry.value, &what, scope.report)?;
    let verb_key = verb_of(scope, entry, all)?;
    check_keys(scope, all, verb_key);
    let fields = Fields::of(&entry.value, &what, &known(), &mut Report::default())?;
    let slots = texts(
        &Owner { scope: scope.menu, step: scope.id, lang: scope.lang },
        all,
        scope.catalog,
        scope.report,
    );
    let has = |slot: &str| slots.iter().any(|s| s == slot).then(Text::default);
    let options = options(scope, &fields);
    let verb = verb(scope, &fields, verb_key, &options)?;
    let next = next(scope, &fields, &verb, &options, &entry.key_at);
    let flag = |key: &str, report: &mut Report| {
        fields.get(key).and_then(|node| yes_no(node, key, report)).unwrap_or(false)
    };
    Some(Step {
        text: has(verb_key),
        short: has("short"),
        more: has("more"),
        spoken: has("spoken"),
        wrong: has("wrong"),
        picture: fields.get("picture").and_then(|node| name(node, "a picture", scope.report)),
        private: flag("private", scope.report),
        phone: flag("phone", scope.report),
        verb,
        options,
        next,
    })
}

fn known() -> Vec<&'static str> {
    VERBS.into_iter().chain(KEYS).collect()
}

/// The verb: the first key, and the only one of its kind.
fn verb_of(scope: &mut Scope<'_>, entry: &Entry, all: &[Entry]) -> Option<&'static str> {
    let verbs: Vec<&Entry> = all.iter().filter(|e| VERBS.contains(&e.key.as_str())).collect();
    let Some(first) = verbs.first() else {
        let near = all.first().filter(|e| !known().contains(&e.key.as_str()) && latin_of(&e.key).is_none());
        let (at, cure) = near.map_or_else(
            || (&entry.key_at, format!("begin it with one of: {}", VERBS.join(", "))),
            |e| (&e.key_at, meant(&e.key, VERBS)),
        );
        scope.report.add("K020", at, format!("step \"{}\" does nothing", entry.key), cure);
        return None;
    };
    if let Some(second) = verbs.get(1) {
        let message = format!("a step does one thing, this one has \"{}\" and \"{}\"", first.key, second.key);
        scope.report.add(
            "K021",
            &second.key_at,
            message,
            "make a second step of it and lead to it with next:",
        );
        return None;
    }
    if all.first().is_some_and(|e| e.key != first.key) {
        let message = format!("\"{}:\" is not the first line of its step", first.key);
        scope.report.add("K020", &first.key_at, message, "put it first, so that the step reads aloud");
    }
    VERBS.into_iter().find(|verb| *verb == first.key)
}

fn check_keys(scope: &mut Scope<'_>, all: &[Entry], verb: &str) {
    let fitting = goes_with(verb);
    for entry in all {
        let key = entry.key.as_str();
        let base = latin_of(key).unwrap_or(key);
        let text = key == base || SLOTS.contains(&base) || base == "options";
        if text && (base == verb || fitting.contains(&base)) {
            continue;
        }
        if known().contains(&base) && text {
            let message = format!("\"{key}:\" does not go with \"{verb}:\"");
            scope.report.add(
                "K022",
                &entry.key_at,
                message,
                format!("with {verb}: go {}", fitting.join(", ")),
            );
        } else {
            let message = format!("a step knows no key \"{key}\"");
            scope.report.add("K010", &entry.key_at, message, meant(key, fitting.iter().copied()));
        }
    }
}

/// Whose texts are read.
pub(super) struct Owner<'o> {
    pub(super) scope: &'o str,
    pub(super) step: &'o str,
    pub(super) lang: Lang,
}

/// Puts every text of a step into the catalogue; which slots there are.
pub(super) fn texts(
    owner: &Owner<'_>,
    all: &[Entry],
    catalog: &mut Catalog,
    report: &mut Report,
) -> Vec<String> {
    let mut slots = Vec::new();
    let latin_entry =
        |all: &[Entry], key: &str| all.iter().find(|e| e.key.strip_suffix(LATIN) == Some(key)).cloned();
    for entry in all.iter().filter(|e| SLOTS.contains(&e.key.as_str())) {
        slots.push(entry.key.clone());
        let latin = latin_entry(all, &entry.key).and_then(|e| draft(&e, owner.lang, Empty::Refused, report));
        if let Some(native) = draft(entry, owner.lang, Empty::Refused, report) {
            put(owner, &entry.key, native, latin, catalog, report);
        }
    }
    let Some(options) = all.iter().find(|e| e.key == "options") else { return slots };
    if in_braces(&options.value) {
        let cure = "write each option on a line of its own, two blanks further in";
        report.add("K009", &options.value.at, "what a person reads stands in braces", cure);
        return slots;
    }
    let by_hand = latin_entry(all, "options");
    let by_hand =
        by_hand.as_ref().and_then(|e| entries(&e.value, "\"options.latin:\"", report)).unwrap_or_default();
    for entry in entries(&options.value, "\"options:\"", report).unwrap_or_default() {
        let latin = by_hand.iter().find(|e| e.key == entry.key);
        let latin = latin.and_then(|e| draft(e, owner.lang, Empty::Refused, report));
        if let Some(native) = draft(entry, owner.lang, Empty::Refused, report) {
            put(owner, &format!("options.{}", entry.key), native, latin, catalog, report);
        }
    }
    slots
}

fn put(
    owner: &Owner<'_>,
    slot: &str,
    native: Draft,
    latin: Option<Draft>,
    catalog: &mut Catalog,
    report: &mut Report,
) {
    let key = Key { scope: owner.scope.to_owned(), name: format!("{}.{slot}", owner.step) };
    catalog.put(key, owner.lang, native, latin, report);
}

fn options(scope: &mut Scope<'_>, fields: &Fields<'_>) -> Vec<Choice> {
    let Some(node) = fields.get("options").filter(|node| !in_braces(node)) else { return Vec::new() };
    // Shape faults of `options:` have been told with its texts.
    let Shape::Map(listed, _) = &node.shape else { return Vec::new() };
    let mut choices = Vec::new();
    for entry in listed {
        if names::is_id(&entry.key) && entry.key != "else" {
            choices.push(Choice { id: entry.key.clone(), label: Text::default() });
        } else {
            bad_name("an option", &entry.key, &entry.key_at, scope.report);
        }
    }
    if let Some(eighth) = listed.get(OPTIONS_MAX) {
        let message = format!("{} choices on one screen", listed.len());
        scope.report.add(
            "K034",
            &eighth.key_at,
            message,
            "show seven at most: 8 and 9 are keys; split the question",
        );
    }
    choices
}

fn verb(scope: &mut Scope<'_>, fields: &Fields<'_>, key: &str, options: &[Choice]) -> Option<Verb> {
    let what = format!("\"{key}:\"");
    Some(match key {
        "say" => Verb::Say,
        "confirm" => Verb::Confirm,
        "end" => Verb::End,
        "choose" => {
            if fields.need("options", &what, scope.report).is_some() {
                choose_keep(scope, fields, options)
            } else {
                return None;
            }
        }
        "ask" => {
            let keep = fields.need("keep", &what, scope.report).and_then(|node| value(scope, node))?;
            let accept = accept(scope, fields, &keep);
            let dial_in = fields.get("dial-in").and_then(|node| yes_no(node, "dial-in", scope.report));
            fits(scope, fields.get("keep")?, &keep, "ask", |spec| {
                matches!(
                    spec,
                    ValueSpec::Date(_) | ValueSpec::Number(..) | ValueSpec::Digits(..) | ValueSpec::Text(_)
                )
            });
            scope.spots.set.insert(keep.clone());
            Verb::Ask { keep, accept, dial_in: dial_in.unwrap_or(false) }
        }
        "list" => {
            let of_node = fields.need("of", &what, scope.report)?;
            let of = value(scope, of_node)?;
            fits(scope, of_node, &of, "list", |spec| matches!(spec, ValueSpec::Items { .. }));
            let keep = fields.need("keep", &what, scope.report).and_then(|node| value(scope, node))?;
            scope.spots.set.insert(keep.clone());
            Verb::List { of, keep }
        }
        _ => return call(scope, fields),
    })
}

fn choose_keep(scope: &mut Scope<'_>, fields: &Fields<'_>, options: &[Choice]) -> Verb {
    let Some(keep) = fields.get("keep").and_then(|node| value(scope, node)) else {
        return Verb::Choose { keep: None };
    };
    scope.spots.set.insert(keep.clone());
    if let (Some(ValueSpec::Choice(ids)), Some(node)) =
        (scope.spots.declared.specs.get(&keep), fields.get("options"))
    {
        let listed: &[Entry] = if let Shape::Map(listed, _) = &node.shape { listed } else { &[] };
        for choice in options.iter().filter(|choice| !ids.is_empty() && !ids.contains(&choice.id)) {
            let at = listed.iter().find(|e| e.key == choice.id).map_or(&node.at, |e| &e.key_at);
            let message = format!("value \"{keep}\" cannot be \"{}\"", choice.id);
            scope.report.add("K035", at, message, meant(&choice.id, ids.iter().map(String::as_str)));
        }
    } else if let Some(node) = fields.get("keep") {
        fits(scope, node, &keep, "choose", |spec| matches!(spec, ValueSpec::Choice(_)));
    }
    Verb::Choose { keep: Some(keep) }
}

/// A declared value's name.
fn value(scope: &mut Scope<'_>, node: &Node) -> Option<String> {
    let typed = word(node, "a value's name", scope.report)?;
    if !scope.spots.declared.specs.contains_key(typed) {
        let message = format!("no value \"{typed}\" is declared");
        let cure = meant(typed, scope.spots.declared.specs.keys().map(String::as_str));
        scope.report.add("K041", &node.at, message, cure);
        return None;
    }
    scope.spots.uses.push((typed.to_owned(), node.at.clone()));
    Some(typed.to_owned())
}

/// Whether a value is of a kind its step can use.
fn fits(scope: &mut Scope<'_>, node: &Node, name: &str, verb: &str, may: impl Fn(&ValueSpec) -> bool) {
    if scope.spots.declared.specs.get(name).is_some_and(|spec| !may(spec)) {
        let message = format!("\"{verb}:\" cannot use value \"{name}\" as it is declared");
        let cure = "ask: keeps dates, numbers, digits and texts; choose: keeps a choice; list: shows items";
        scope.report.add("K039", &node.at, message, cure);
    }
}

fn accept(scope: &mut Scope<'_>, fields: &Fields<'_>, keep: &str) -> Vec<Accept> {
    let Some(node) = fields.get("accept") else { return Vec::new() };
    let forms = [("DDMM", Accept::Ddmm), ("DDMMYYYY", Accept::Ddmmyyyy)];
    let listed = items(node, "accept", scope.report).unwrap_or_default();
    let accepted = listed.iter().filter_map(|item| one_of(item, "accept", &forms, scope.report)).collect();
    if scope.spots.declared.specs.get(keep).is_some_and(|spec| !matches!(spec, ValueSpec::Date(_))) {
        let message = format!("accept: is for dates, and \"{keep}\" is none");
        scope.report.add(
            "K039",
            &node.at,
            message,
            "remove the line: digits and numbers are checked by their declaration",
        );
    }
    accepted
}

fn call(scope: &mut Scope<'_>, fields: &Fields<'_>) -> Option<Verb> {
    let node = fields.get("call")?;
    let typed = word(node, "call", scope.report)?;
    let Some(spec) = service::spec(typed) else {
        let message = format!("there is no service \"{typed}\"");
        scope.report.add(
            "K030",
            &node.at,
            message,
            meant(typed, service::SERVICES.iter().map(|spec| spec.name)),
        );
        return None;
    };
    // What it answers may be said from here on; what it is not given by name is given by its own.
    let declared = &scope.spots.declared.specs;
    scope.spots.set.extend(spec.answers.iter().map(|a| (*a).to_owned()).filter(|a| declared.contains_key(a)));
    let Some(give) = fields.get("give") else {
        for missing in spec.gives.iter().filter(|name| !declared.contains_key(**name)) {
            let message = format!("\"{typed}\" needs the value \"{missing}\", which is not declared");
            scope.report.add("K033", &node.at, message, "declare it under values: and ask for it first");
        }
        for name in spec.gives {
            scope.spots.uses.push(((*name).to_owned(), node.at.clone()));
        }
        return Some(Verb::Call {
            service: typed.to_owned(),
            give: spec.gives.iter().map(|g| (*g).to_owned()).collect(),
        });
    };
    let mut given = Vec::new();
    for item in items(give, "give", scope.report)? {
        let Some(name) = value(scope, item) else { continue };
        if !spec.gives.contains(&name.as_str()) {
            let message = format!("\"{typed}\" does not take \"{name}\"");
            scope.report.add("K033", &item.at, message, meant(&name, spec.gives.iter().copied()));
        }
        given.push(name);
    }
    let listed = items(give, "give", scope.report)?
        .iter()
        .filter_map(|i| scalar(i, "give", scope.report).map(|s| s.text.clone()));
    let listed: Vec<String> = listed.collect();
    for missing in spec.gives.iter().filter(|name| !listed.iter().any(|l| l == *name)) {
        let message = format!("\"{typed}\" is not given \"{missing}\"");
        scope.report.add("K033", &give.at, message, format!("give it {}", spec.gives.join(", ")));
    }
    Some(Verb::Call { service: typed.to_owned(), give: given })
}

/// Where the step leads: by outcome, by option, or always to one place.
fn next(
    scope: &mut Scope<'_>,
    fields: &Fields<'_>,
    verb: &Verb,
    options: &[Choice],
    step_at: &Place,
) -> Next {
    let (key, cases): (&str, Vec<&str>) = match verb {
        Verb::End => return Next::Nowhere,
        Verb::Call { service, .. } => {
            ("outcomes", service::spec(service).map_or(&[][..], |spec| spec.outcomes).to_vec())
        }
        Verb::Confirm => ("next", vec!["yes", "no"]),
        Verb::List { .. } => ("next", vec!["none"]),
        // What is typed goes where `else` leads.
        Verb::Ask { .. } if !options.is_empty() => {
            ("next", options.iter().map(|o| o.id.as_str()).chain(["else"]).collect())
        }
        Verb::Say | Verb::Choose { .. } | Verb::Ask { .. } => {
            ("next", options.iter().map(|o| o.id.as_str()).collect())
        }
    };
    let Some(node) = fields.get(key) else {
        let message = format!("step \"{}\" leads nowhere", scope.id);
        let cure = if key == "next" {
            "add next: with a step, menu/its-name or home; the last word of a dialogue is end:"
        } else {
            "add outcomes: and list every one"
        };
        scope.report.add("K038", step_at, message, cure);
        return Next::Nowhere;
    };
    match &node.shape {
        Shape::Scalar(_) if key == "next" => {
            let Some(to) = target(node, scope.report) else { return Next::Nowhere };
            lead(scope, &to, &node.at);
            Next::To(to)
        }
        Shape::Scalar(_) | Shape::Map(..) | Shape::List(_) => {
            let list = matches!(verb, Verb::List { .. });
            by_case(scope, node, key, &cases, list)
        }
    }
}

fn by_case(scope: &mut Scope<'_>, node: &Node, key: &str, cases: &[&str], may_miss: bool) -> Next {
    let outcome = key == "outcomes";
    let mut found = BTreeMap::new();
    let mut otherwise = None;
    for entry in entries(node, &format!("\"{key}:\""), scope.report).unwrap_or_default() {
        let Some(to) = target(&entry.value, scope.report) else { continue };
        lead(scope, &to, &entry.value.at);
        if entry.key == "else" && !outcome {
            otherwise = Some(to);
        } else if cases.contains(&entry.key.as_str()) {
            found.insert(entry.key.clone(), to);
        } else {
            let (code, what) = if outcome { ("K032", "outcome") } else { ("K025", "option") };
            let message = format!("there is no {what} \"{}\"", entry.key);
            scope.report.add(code, &entry.key_at, message, meant(&entry.key, cases.iter().copied()));
        }
    }
    let missing: Vec<&str> = cases.iter().copied().filter(|case| !found.contains_key(*case)).collect();
    if otherwise.is_none() && !missing.is_empty() && !may_miss {
        let (code, what) = if outcome { ("K031", "outcome") } else { ("K026", "option") };
        let message = format!("nothing is said of the {what} {}", missing.join(", "));
        let cure = if outcome {
            "list every outcome: a forgotten one is a blank screen at night"
        } else {
            "add it, or else: for all others"
        };
        scope.report.add(code, &node.at, message, cure);
    }
    Next::By { cases: found, otherwise }
}

fn lead(scope: &mut Scope<'_>, to: &crate::domain::menu::model::Target, at: &Place) {
    scope.spots.leads.push(Lead { to: to.clone(), at: at.clone() });
}
