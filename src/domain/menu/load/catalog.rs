//! All texts of all files by menu, key and language, as written: where the lints, the content gate and assembly look.

use super::fields::{Fields, entries, in_braces, word};
use super::layout::FORMS;
use super::report::{Place, Report};
use super::tree::{Entry, Node, Scalar, Shape, Style};
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Form, Text};
use crate::domain::text::plural::{self, Category};
use crate::domain::text::template::{Template, TemplateError};
use crate::domain::text::translit;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One language's writing of a text.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// Where it begins.
    pub(crate) at: Place,
    /// Its forms; a text without plural forms has `Other` alone.
    forms: Vec<(Category, Scalar, Place)>,
    /// The number that picks the form.
    by: Option<String>,
}

/// A text in one language.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// In its own letters.
    pub(crate) native: Draft,
    /// In SMS-Latin by a reviewer's hand.
    pub(crate) latin: Option<Draft>,
    /// Both, parsed; absent when a brace is broken.
    pub(crate) form: Option<Form>,
}

/// Where a text belongs: menu (`phrases`, `reference/….yaml`) and key (`entry.ask`, `country.options.uz`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The menu, or what stands in its place.
    pub(crate) scope: String,
    /// The text's name in it.
    pub(crate) name: String,
}

/// All texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) texts: BTreeMap<Key, BTreeMap<Lang, Written>>,
}

impl Catalog {
    /// Puts in a text, parsed.
    pub(super) fn put(
        &mut self,
        key: Key,
        lang: Lang,
        native: Draft,
        latin: Option<Draft>,
        report: &mut Report,
    ) {
        let whole = !report.is_trapped(&native.at);
        let parsed = if whole { native.template(report) } else { None };
        let by_hand = latin.as_ref().map(|draft| draft.template(report));
        let form = parsed.and_then(|native| {
            let latin = match by_hand {
                Some(by_hand) => by_hand?,
                None => native.map(|said| translit::latin(lang, said)),
            };
            Some(Form { native, latin })
        });
        self.texts.entry(key).or_default().insert(lang, Written { native, latin, form });
    }

    /// A text in these languages, as far as it is there.
    pub(super) fn text(&self, scope: &str, name: &str, langs: &[Lang]) -> Text {
        let key = Key { scope: scope.to_owned(), name: name.to_owned() };
        let written = self.texts.get(&key);
        let form = |lang: &Lang| Some((*lang, written?.get(lang)?.form.clone()?));
        Text { forms: langs.iter().filter_map(form).collect() }
    }

    /// One language's writing.
    pub(crate) fn written(&self, scope: &str, name: &str, lang: Lang) -> Option<&Written> {
        self.texts.get(&Key { scope: scope.to_owned(), name: name.to_owned() })?.get(&lang)
    }

    /// The names of a scope's texts in one language.
    pub(super) fn names<'c>(
        &'c self,
        scope: &'c str,
        lang: Lang,
    ) -> impl Iterator<Item = (&'c str, &'c Written)> {
        let first = Key { scope: scope.to_owned(), name: String::new() };
        self.texts
            .range(first..)
            .take_while(move |(key, _)| key.scope == scope)
            .filter_map(move |(key, langs)| Some((key.name.as_str(), langs.get(&lang)?)))
    }
}

impl Written {
    /// What a reviewer signs: the first 8 bytes of SHA-256 over all that she read.
    pub(crate) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for draft in core::iter::once(&self.native).chain(&self.latin) {
            hash.update(draft.by.as_deref().unwrap_or_default());
            for (category, scalar, _) in &draft.forms {
                hash.update(format!("\0{category:?}\0{}", scalar.text));
            }
            hash.update("\u{1}");
        }
        let digest: [u8; 32] = hash.finalize().into();
        hex::encode(digest.get(..8).unwrap_or_default())
    }
}

impl Draft {
    /// Every form with its place.
    pub(crate) fn forms(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.forms.iter().map(|(_, scalar, at)| (scalar.text.as_str(), at))
    }

    /// The number that picks the form.
    pub(crate) fn by(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// Where a character of form number `form` stands.
    pub(crate) fn spot(&self, form: usize, character: usize) -> Place {
        let found = self.forms.get(form).map(|(_, scalar, at)| scalar.spot(at, character));
        found.unwrap_or_else(|| self.at.clone())
    }

    /// The place of the first mention of `{name}`; the text's own where it is the number that picks the form.
    pub(crate) fn mention(&self, name: &str) -> Place {
        let braced = format!("{{{name}}}");
        let found = self.forms.iter().find_map(|(_, scalar, at)| {
            let bytes = scalar.text.find(&braced)?;
            Some(scalar.spot(at, scalar.text.get(..bytes)?.chars().count()))
        });
        found.unwrap_or_else(|| self.at.clone())
    }

    fn template(&self, report: &mut Report) -> Option<Template> {
        let Some(by) = &self.by else {
            let (_, scalar, at) = self.forms.first()?;
            return checked(Template::parse(&scalar.text), scalar, at, report);
        };
        let mut texts = BTreeMap::new();
        for (category, scalar, at) in &self.forms {
            checked(Template::parse(&scalar.text), scalar, at, report)?;
            texts.insert(*category, scalar.text.clone());
        }
        Template::parse_plural(by, &texts).ok()
    }
}

fn checked(
    parsed: Result<Template, TemplateError>,
    scalar: &Scalar,
    at: &Place,
    report: &mut Report,
) -> Option<Template> {
    match parsed {
        Ok(template) => Some(template),
        Err(error @ (TemplateError::Brace { at: spot } | TemplateError::Name { at: spot })) => {
            let cure = "a value stands in a pair of braces: {days}; a text holds no other braces";
            report.add("K053", &scalar.spot(at, spot), error.to_string(), cure);
            None
        }
    }
}

/// Whether a text may be left empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// `root:` of the phrases.
    Allowed,
    /// Everywhere else.
    Refused,
}

/// Reads a text, with plural forms where its value has names.
pub(super) fn draft(entry: &Entry, lang: Lang, empty: Empty, report: &mut Report) -> Option<Draft> {
    let what = format!("\"{}:\"", entry.key);
    match &entry.value.shape {
        Shape::Scalar(scalar) => {
            let scalar = single(entry, scalar, &what, empty, report)?;
            let at = entry.value.at.clone();
            Some(Draft { at: at.clone(), forms: vec![(Category::Other, scalar, at)], by: None })
        }
        Shape::Map(..) if in_braces(&entry.value) => {
            let cure = "put | after the colon and the text on the next line; plural forms stand on lines of their own";
            report.add("K009", &entry.value.at, format!("{what} stands in braces"), cure);
            None
        }
        Shape::Map(..) => plurals(&entry.value, &what, lang, report),
        Shape::List(_) => {
            report.add(
                "K009",
                &entry.value.at,
                format!("{what} stands in brackets"),
                "put | after the colon and the text on the next line",
            );
            None
        }
    }
}

fn single(entry: &Entry, scalar: &Scalar, what: &str, empty: Empty, report: &mut Report) -> Option<Scalar> {
    if scalar.text.trim().is_empty() && empty == Empty::Refused && !report.is_trapped(&entry.key_at) {
        report.add(
            "K017",
            &entry.key_at,
            format!("{what} is empty"),
            "put | after it and the text on the next line, two blanks further in",
        );
        return None;
    }
    let loose = matches!(scalar.style, Style::Plain | Style::Quoted) && !scalar.text.is_empty();
    if loose && entry.value.at.line != entry.key_at.line {
        let cure = format!("put | after {what}");
        report.add("K007", &entry.value.at, "a text on its own line has no | before it", cure);
    }
    Some(scalar.clone())
}

const CATEGORIES: [Category; 4] = [Category::One, Category::Few, Category::Many, Category::Other];

fn plurals(node: &Node, what: &str, lang: Lang, report: &mut Report) -> Option<Draft> {
    let before = report.count();
    let fields = Fields::of(node, what, &["by", "one", "few", "many", "other"], report)?;
    let by = fields.need("by", what, report).and_then(|by| word(by, "by", report))?.to_owned();
    let needed = plural::required(lang);
    let mut forms = Vec::new();
    for entry in entries(node, what, report)? {
        let category = FORMS.iter().zip(CATEGORIES).find(|(name, _)| **name == entry.key);
        let Some((_, category)) = category else { continue };
        if !needed.contains(&category) {
            let message = format!("{} has no plural form \"{}\"", lang.tag(), entry.key);
            report.add("K055", &entry.key_at, message, cure_forms(lang));
        }
        if let Shape::Scalar(scalar) = &entry.value.shape {
            let scalar = single(entry, scalar, what, Empty::Refused, report)?;
            forms.push((category, scalar, entry.value.at.clone()));
        }
    }
    for (name, category) in FORMS.iter().zip(CATEGORIES) {
        if needed.contains(&category) && fields.get(name).is_none() {
            let message = format!("the plural form \"{name}\" is missing");
            report.add("K055", &node.at, message, cure_forms(lang));
        }
    }
    forms.sort_by_key(|(category, ..)| *category);
    (report.count() == before).then(|| Draft { at: node.at.clone(), forms, by: Some(by) })
}

fn cure_forms(lang: Lang) -> String {
    let needed = plural::required(lang);
    let names: Vec<&str> =
        FORMS.iter().zip(CATEGORIES).filter(|(_, c)| needed.contains(c)).map(|(name, _)| *name).collect();
    if names.is_empty() {
        return format!("{} needs none: write the text after | without forms", lang.tag());
    }
    format!("{} has exactly: {}", lang.tag(), names.join(", "))
}
