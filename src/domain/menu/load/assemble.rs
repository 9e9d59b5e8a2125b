//! The order of loading: parse every file, check each alone, then all together, then what they cost.

use super::catalog::Catalog;
use super::flow::{self, Flow};
use super::layout::{Kind, kind};
use super::report::{Place, Report};
use super::root::{self, Root};
use super::translations::{self, Translation};
use super::tree::{self, Node};
use super::{Loaded, Source, desk, doors, gate, graph, phrases, references, sending};
use crate::domain::content::{self, Hotline, Reference};
use crate::domain::desk::Desk;
use crate::domain::lang::Lang;
use crate::domain::menu::lint;
use crate::domain::menu::model::{Bundle, BundleId, MenuId, Opens, Text, Word};
use crate::domain::menu::problem::Problem;
use crate::domain::menu::render::WORD;
use crate::domain::sending::SendHours;
use crate::domain::stay::{StayRule, StayRules};
use crate::domain::value::ValueSpec;
use crate::domain::word::Index;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Files at most; the real folder has a hundred.
const FILES_MAX: usize = 2_000;
/// Letters of a word that a phrase mentions at most.
const WORD_LETTERS_MAX: u16 = 20;
/// Days after which facts that nobody has looked at are doubtful.
const REVIEW_DAYS: i64 = 365;

/// A parsed file.
struct Parsed<'s> {
    file: Place,
    kind: Kind<'s>,
    root: Node,
}

/// Everything read, before it is put together.
#[derive(Default)]
struct Read {
    catalog: Catalog,
    root: Root,
    flows: BTreeMap<MenuId, Flow>,
    translations: BTreeMap<(MenuId, Lang), Translation>,
    words: Vec<(Word, Place)>,
    everyday: Vec<String>,
    rules: Vec<(StayRule, Place)>,
    hotlines: Vec<(Hotline, Place)>,
    desk: Desk,
    sending: Vec<SendHours>,
    vocabularies: BTreeMap<String, Vec<(String, Place)>>,
}

pub(super) fn load(sources: &[Source], allow_unreviewed: bool) -> Loaded {
    let mut report = Report::default();
    let sources: Vec<&Source> = sources.iter().take(FILES_MAX).collect();
    let folders = folders(&sources);
    let parsed = parse(&sources, &mut report);
    let langs: Vec<Lang> = offered(&sources);
    strays(&sources, &langs, &folders, &mut report);
    let mut read = read(&parsed, &folders, &mut report);
    together(&mut read, &langs, &folders, &sources, &mut report);
    let signed = sources.iter().find(|source| source.path == "signed.csv");
    let file = Place::whole("signed.csv");
    let signed = signed.map(|source| (&file, source.text.as_str()));
    let (unsigned, open) = gate::check(&read.catalog, &langs, signed, &mut report);
    let shown = if allow_unreviewed { langs.clone() } else { open };
    if !allow_unreviewed {
        gate::closed(&unsigned, &langs, &shown, &mut report);
    }
    let codes = doors::codes(&read.flows, &mut report);
    let words = doors::all_words(&read.words, &read.flows, &read.translations);
    let words = doors::words(words, &mut report);
    let opened: BTreeSet<&str> = words.iter().filter_map(|word| menu_of(&word.opens)).collect();
    graph::doorless(&read.flows, &opened, &mut report);
    let reference = Reference {
        stay: StayRules { rules: read.rules.iter().map(|(rule, _)| rule.clone()).collect() },
        hotlines: read.hotlines.iter().map(|(hotline, _)| hotline.clone()).collect(),
        desk: core::mem::take(&mut read.desk),
        sending: read.sending.clone(),
        jobs: std::sync::Arc::default(),
        allow_unreviewed,
    };
    let mut bundle = bundle(&read, &langs, id(&sources));
    bundle.codes = codes;
    bundle.word_index = Index::of(&words, &read.everyday);
    bundle.words = words;
    let mut costs = Vec::new();
    if report.errors() == 0 {
        costs = lint::costs_of(&bundle, &reference, read.root.longest);
        lint::lengths(&costs, &read.catalog, &mut report);
        lint::alerts(&bundle, &read.catalog, &mut report);
    }
    bundle.languages = shown;
    let sound = report.errors() == 0;
    Loaded { bundle: sound.then_some((bundle, reference)), problems: report.finish(), unsigned, costs }
}

/// The folders that hold a menu, sound or not, so that one broken file is told once.
fn folders<'s>(sources: &[&'s Source]) -> Vec<&'s str> {
    let mut folders: Vec<&str> = sources
        .iter()
        .filter_map(|source| match kind(&source.path) {
            Kind::Flow(menu) | Kind::Texts(menu, _) => Some(menu),
            Kind::Root
            | Kind::Signed
            | Kind::Phrases(_)
            | Kind::Stay
            | Kind::Hotlines
            | Kind::Desk
            | Kind::Sending
            | Kind::Vocabulary
            | Kind::Stray => None,
        })
        .collect();
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// The languages offered: those with a file of phrases, in the order in which they are offered.
fn offered(sources: &[&Source]) -> Vec<Lang> {
    let has = |lang: &Lang| sources.iter().any(|source| kind(&source.path) == Kind::Phrases(*lang));
    Lang::ALL.into_iter().filter(has).collect()
}

fn parse<'s>(sources: &[&'s Source], report: &mut Report) -> Vec<Parsed<'s>> {
    let mut parsed = Vec::new();
    for source in sources {
        let file = Place::whole(&source.path);
        let kind = kind(&source.path);
        if matches!(kind, Kind::Signed | Kind::Stray) {
            continue;
        }
        if let Some(root) = tree::parse(&file, &source.text, report) {
            parsed.push(Parsed { file, kind, root });
        }
    }
    parsed
}

/// Files that mean nothing, and files that are missing.
fn strays(sources: &[&Source], langs: &[Lang], folders: &[&str], report: &mut Report) {
    let has = |wanted: &str| sources.iter().any(|source| source.path == wanted);
    for source in sources {
        let place = Place::whole(&source.path);
        match kind(&source.path) {
            Kind::Stray if source.path.ends_with(".yaml") || source.path.ends_with(".yml") => {
                let cure =
                    "a menu's folder holds menu.yaml and kk ru uz ky tg en.yaml; remove or rename the file";
                report.add("K006", &place, "nothing is known of this file", cure);
            }
            Kind::Texts(_, lang) if !langs.contains(&lang) => {
                let message =
                    format!("{} is not offered: phrases/{}.yaml is missing", lang.tag(), lang.tag());
                report.add("K078", &place, message, "write its phrases first, or remove this file");
            }
            Kind::Root
            | Kind::Signed
            | Kind::Phrases(_)
            | Kind::Stay
            | Kind::Hotlines
            | Kind::Desk
            | Kind::Sending
            | Kind::Vocabulary
            | Kind::Flow(_)
            | Kind::Texts(..)
            | Kind::Stray => {}
        }
    }
    if !has("root.yaml") {
        root::missing("root.yaml", "write it: menus: [the menus of the first screen, in order]", report);
    }
    for folder in folders {
        let path = format!("{folder}/menu.yaml");
        if !has(&path) {
            root::missing(&path, "every menu's folder holds its flow", report);
        }
    }
    if langs.is_empty() {
        root::missing("phrases/ru.yaml", "a language is offered once its phrases are written", report);
    }
}

fn read(parsed: &[Parsed<'_>], folders: &[&str], report: &mut Report) -> Read {
    let mut read = Read::default();
    for Parsed { file, kind, root } in parsed {
        match kind {
            Kind::Root => read.root = root::read(root, folders, report).unwrap_or_default(),
            Kind::Phrases(lang) => {
                let found = phrases::read(*lang, root, &mut read.catalog, report).unwrap_or_default();
                read.words.extend(found.words);
                read.everyday.extend(found.everyday);
            }
            Kind::Stay => read.rules = references::stay(root, report),
            Kind::Hotlines => read.hotlines = references::hotlines(root, report),
            Kind::Desk => read.desk = desk::desk(root, report).0,
            Kind::Sending => read.sending = sending::read(root, report),
            Kind::Vocabulary => {
                let keys = references::vocabulary(&file.file, root, &mut read.catalog, report);
                read.vocabularies.insert(file.file.as_ref().to_owned(), keys);
            }
            Kind::Flow(menu) => {
                if let Some(flow) = flow::read(menu, file, root, &mut read.catalog, report) {
                    read.flows.insert((*menu).to_owned(), flow);
                }
            }
            Kind::Texts(menu, lang) => {
                if let Some(texts) = translations::read(menu, *lang, file, root, &mut read.catalog, report) {
                    read.translations.insert(((*menu).to_owned(), *lang), texts);
                }
            }
            Kind::Signed | Kind::Stray => {}
        }
    }
    for menu in &read.root.menus {
        if let Some(flow) = read.flows.get_mut(menu) {
            flow.menu.listed = true;
        }
    }
    read
}

/// What only shows when all files are read.
fn together(read: &mut Read, langs: &[Lang], folders: &[&str], sources: &[&Source], report: &mut Report) {
    for flow in read.flows.values() {
        let sound = graph::targets(flow, folders, report) && flow.clean;
        if sound {
            graph::walk(flow, report);
        }
        references_of(flow, read, report);
        languages_of(flow, read, langs, sources, report);
        let before = report.errors();
        lint::texts(flow.menu.id.as_str(), flow.lang, Some(&flow.menu.values), &read.catalog, report);
        if sound && report.errors() == before {
            lint::values(
                &flow.menu,
                &flow.spots.declared.places,
                &flow.spots.set,
                &flow.spots.uses,
                &read.catalog,
                report,
            );
        }
    }
    let source =
        if langs.contains(&Lang::Ru) { Lang::Ru } else { langs.first().copied().unwrap_or(Lang::Ru) };
    // The gateway's own texts may name every hotline by its id.
    let hotline =
        |(hotline, _): &(Hotline, Place)| (hotline.id.clone(), ValueSpec::Hotline(hotline.id.clone()));
    let mut own: BTreeMap<String, ValueSpec> = read.hotlines.iter().map(hotline).collect();
    own.insert(WORD.to_owned(), ValueSpec::Text(WORD_LETTERS_MAX));
    lint::texts(phrases::SCOPE, source, Some(&own), &read.catalog, report);
    for (path, keys) in &read.vocabularies {
        lint::texts(path, source, None, &read.catalog, report);
        for (key, at) in keys {
            for lang in langs.iter().filter(|lang| read.catalog.written(path, key, **lang).is_none()) {
                report.add(
                    "K050",
                    at,
                    format!("\"{key}\" is missing in {}", lang.tag()),
                    format!("add a line \"{}: …\"", lang.tag()),
                );
            }
        }
    }
    rings_and_help(read, report);
}

/// Calls in a ring over all menus, and whether any menu leads to a human.
fn rings_and_help(read: &Read, report: &mut Report) {
    if read.flows.values().all(|flow| flow.clean) {
        graph::call_rings(&read.flows, report);
        let helped = read
            .flows
            .values()
            .any(|flow| flow.menu.values.values().any(|spec| matches!(spec, ValueSpec::Hotline(_))));
        if !helped && !read.flows.is_empty() {
            let cure =
                "let a menu say a number a person answers: declare it {hotline: its-id} and mention it";
            report.add("K077", &Place::whole("root.yaml"), "no menu leads to a human", cure);
        }
    }
}

/// Every offered language of a menu: there, complete, and once.
fn languages_of(flow: &Flow, read: &Read, langs: &[Lang], sources: &[&Source], report: &mut Report) {
    for lang in langs {
        let path = format!("{}/{}.yaml", flow.menu.id, lang.tag());
        match read.translations.get(&(flow.menu.id.clone(), *lang)) {
            Some(_) if *lang == flow.lang => {
                report.add(
                    "K052",
                    &Place::whole(&path),
                    format!("{} is the language of menu.yaml itself", lang.tag()),
                    "keep its texts in one of the two files",
                );
            }
            Some(translation) if flow.clean => {
                translations::compare(flow, *lang, translation, &read.catalog, report)
            }
            None if *lang != flow.lang && !sources.iter().any(|source| source.path == path) => {
                let message = format!("the menu \"{}\" has no texts in {}", flow.menu.id, lang.tag());
                report.add(
                    "K052",
                    &Place::whole(&path),
                    message,
                    "write the file: every offered language has every menu",
                );
            }
            Some(_) | None => {}
        }
    }
}

/// Vocabularies and hotlines that a flow names.
fn references_of(flow: &Flow, read: &Read, report: &mut Report) {
    for (name, spec) in &flow.menu.values {
        let Some(at) = flow.spots.declared.places.get(name) else { continue };
        match spec {
            ValueSpec::Words { from, longest } => match read.vocabularies.get(from) {
                None => {
                    let cure = super::names::meant(from, read.vocabularies.keys().map(String::as_str));
                    report.add("K044", at, format!("there is no file \"{from}\""), cure);
                }
                Some(_) => lint::vocabulary_widths(from, *longest, &read.catalog, report),
            },
            ValueSpec::Hotline(id) if !read.hotlines.iter().any(|(hotline, _)| hotline.id == *id) => {
                let cure =
                    super::names::meant(id, read.hotlines.iter().map(|(hotline, _)| hotline.id.as_str()));
                report.add("K046", at, format!("there is no hotline \"{id}\""), cure);
            }
            ValueSpec::Choice(_)
            | ValueSpec::Date(_)
            | ValueSpec::Number(..)
            | ValueSpec::Digits(..)
            | ValueSpec::Text(_)
            | ValueSpec::Items { .. }
            | ValueSpec::Hotline(_)
            | ValueSpec::Link(_) => {}
        }
    }
}

fn menu_of(opens: &Opens) -> Option<&str> {
    match opens {
        Opens::Menu(menu) => Some(menu),
        Opens::Language | Opens::Stop | Opens::Start | Opens::Sos | Opens::Help => None,
    }
}

/// Everything with its texts in place.
fn bundle(read: &Read, langs: &[Lang], id: BundleId) -> Bundle {
    let mut menus = BTreeMap::new();
    for (name, flow) in &read.flows {
        let mut menu = flow.menu.clone();
        let text = |key: &str| read.catalog.text(name, key, langs);
        menu.title = text("title");
        for (step_id, step) in &mut menu.steps {
            let verb = step.verb.key();
            let slots: [(&str, &mut Option<Text>); 5] = [
                (verb, &mut step.text),
                ("short", &mut step.short),
                ("more", &mut step.more),
                ("spoken", &mut step.spoken),
                ("wrong", &mut step.wrong),
            ];
            for (slot, place) in slots {
                if place.is_some() {
                    *place = Some(text(&format!("{step_id}.{slot}")));
                }
            }
            for option in &mut step.options {
                option.label = text(&format!("{step_id}.options.{}", option.id));
            }
        }
        menus.insert(name.clone(), menu);
    }
    let vocabulary = |(path, keys): (&String, &Vec<(String, Place)>)| {
        let words = keys.iter().map(|(key, _)| (key.clone(), read.catalog.text(path, key, langs))).collect();
        (path.clone(), words)
    };
    Bundle {
        id,
        menus,
        root: read.root.menus.clone(),
        phrases: phrases::PHRASES
            .iter()
            .map(|(key, phrase)| (*phrase, read.catalog.text(phrases::SCOPE, key, langs)))
            .collect(),
        vocabularies: read.vocabularies.iter().map(vocabulary).collect(),
        languages: langs.to_vec(),
        ..Bundle::default()
    }
}

/// The address of all that a dialogue is pinned to: every file but the dated reference data and the sign-offs.
fn id(sources: &[&Source]) -> BundleId {
    let mut pinned: Vec<&&Source> = sources
        .iter()
        .filter(|source| {
            !matches!(
                kind(&source.path),
                Kind::Stay | Kind::Hotlines | Kind::Desk | Kind::Sending | Kind::Signed | Kind::Stray
            )
        })
        .collect();
    pinned.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    for source in pinned {
        for part in [&source.path, &source.text] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut id = [0; 8];
    for (to, from) in id.iter_mut().zip(digest) {
        *to = from;
    }
    BundleId(id)
}

pub(super) fn expired(sources: &[Source], today: Date) -> Vec<Problem> {
    let mut report = Report::default();
    let mut ignored = Report::default();
    let sources: Vec<&Source> = sources.iter().take(FILES_MAX).collect();
    for Parsed { kind, root, .. } in parse(&sources, &mut ignored) {
        match kind {
            Kind::Stay => {
                for (rule, at) in references::stay(&root, &mut ignored) {
                    if let Some(end) = rule.valid_to.filter(|end| *end < today) {
                        report.add(
                            "K082",
                            &at,
                            format!("the rule ended on {end} and is shown no longer"),
                            "write the rule that follows it, with its source",
                        );
                    }
                }
            }
            Kind::Hotlines => {
                for (hotline, at) in references::hotlines(&root, &mut ignored) {
                    if !content::verified(&hotline, today) {
                        let message = format!(
                            "the hotline \"{}\" has not been called lately and is not shown",
                            hotline.id
                        );
                        report.add(
                            "K083",
                            &at,
                            message,
                            "call the number, then write the day as last-verified:",
                        );
                    }
                }
            }
            Kind::Desk => {
                let (desk, places) = desk::desk(&root, &mut ignored);
                for (queue, at) in places {
                    if !desk.queues.get(&queue).is_some_and(|shift| content::kept(shift, today)) {
                        let message = format!(
                            "nobody has lately made sure that \"{}\" is staffed: it is not offered",
                            queue.word()
                        );
                        let cure = "ask who answers there, then write the day as last-verified:";
                        report.add("K093", &at, message, cure);
                    }
                }
            }
            Kind::Sending => sending::expired(&root, today, &mut report),
            Kind::Flow(_) | Kind::Texts(..) | Kind::Phrases(_) => reviewed(&root, today, &mut report),
            Kind::Root | Kind::Signed | Kind::Vocabulary | Kind::Stray => {}
        }
    }
    report.finish()
}

fn reviewed(root: &Node, today: Date, report: &mut Report) {
    let tree::Shape::Map(entries, _) = &root.shape else { return };
    let Some(entry) = entries.iter().find(|entry| entry.key == "reviewed") else { return };
    let tree::Shape::Scalar(scalar) = &entry.value.shape else { return };
    let Ok(day) = scalar.text.parse::<Date>() else { return };
    if content::days_between(day, today) > REVIEW_DAYS {
        report.add(
            "K089",
            &entry.value.at,
            format!("nobody has checked this file's facts since {day}"),
            "read it, correct it, and write today's date",
        );
    }
}
