//! The longest form of everything a text may mention, put into the answers of a dialogue and rendered as every dialogue is.

use crate::domain::content::Reference;
use crate::domain::envelope::LinkFacts;
use crate::domain::lang::{Lang, Script};
use crate::domain::menu::engine::Setting;
use crate::domain::menu::load::LinkWidths;
use crate::domain::menu::model::{Bundle, Menu, Text, Verb};
use crate::domain::menu::render;
use crate::domain::screen::Screen;
use crate::domain::session::{Cursor, Dialogue, Phase, Profile};
use crate::domain::text::{budget, pages};
use crate::domain::time::Timestamp;
use crate::domain::value::{Item, Value, ValueName, ValueSpec, Values};
use core::time::Duration;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Entries of a list that are measured: a longer one has more pages of the same kind.
const LISTED: u16 = 3;
/// Places behind a screen: with none, one and two of them it offers other keys, and their room differs.
const BEHIND_MAX: usize = 2;
/// A day of the longest form; every date is as long.
const DAY: Date = Date::constant(2026, 12, 30);
/// Numbers that take each plural form of the languages that have them, beside a value's own ends.
const NUMBERS: [i64; 4] = [0, 1, 2, 5];

/// For whom a screen is measured.
#[derive(Clone, Copy)]
pub(super) struct Reader<'b> {
    pub(super) bundle: &'b Bundle,
    /// With every hotline shown, as if it had been called today.
    pub(super) reference: &'b Reference,
    pub(super) widths: LinkWidths,
    pub(super) lang: Lang,
    pub(super) script: Script,
}

/// In which of its forms a place is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// After a wrong input.
    pub(super) wrong: bool,
    /// With its `short:` text.
    pub(super) short: bool,
    /// To somebody whose language is not known yet.
    pub(super) stranger: bool,
}

impl Reader<'_> {
    /// The costliest screen at `cursor` with one of these `fillings`.
    pub(super) fn screen(&self, cursor: &Cursor, fillings: &[Values], ends: bool, form: Form) -> Screen {
        let screen = |answers: &Values, behind| self.render(cursor, answers.clone(), (behind, ends), form);
        // What a text says does not hang on where it stands, and most mention no number: what is the same is measured once.
        let mut told: Vec<Screen> = Vec::new();
        let mut screens = Vec::new();
        for answers in fillings {
            let first = screen(answers, 0);
            if !told.contains(&first) {
                screens.extend((1..=BEHIND_MAX).map(|behind| screen(answers, behind)));
                told.push(first);
            }
        }
        let cost = |screen: &Screen| {
            (pages::fit(screen, budget::USSD).len(), budget::measure(&pages::whole(screen)).units)
        };
        told.into_iter().chain(screens).max_by_key(cost).unwrap_or_default()
    }

    /// The same outside of a menu, where a text mentions no values of one.
    pub(super) fn bare(&self, cursor: &Cursor, ends: bool, form: Form) -> Screen {
        self.screen(cursor, &[Values::new()], ends, form)
    }

    fn render(&self, cursor: &Cursor, answers: Values, (behind, ends): (usize, bool), form: Form) -> Screen {
        let profile = Profile { lang: (!form.stranger).then_some(self.lang), ..Profile::default() };
        let setting = Setting {
            bundle: self.bundle,
            reference: self.reference,
            profile: &profile,
            earlier: None,
            guess: None,
            wrote: None,
            shared: false,
            pages: 1,
            resume: Duration::ZERO,
            now: Timestamp(0),
        };
        let dialogue = Dialogue {
            bundle: self.bundle.id,
            lang: self.lang,
            lang_chosen: false,
            script: None,
            cursor: cursor.clone(),
            back: vec![Cursor::Root { page: 0 }; behind],
            answers,
            attempts: 0,
            phase: if ends { Phase::Over } else { Phase::Open },
            network: Vec::new(),
            turns: 0,
            begun: Timestamp(0),
            seen: Timestamp(0),
            expires: Timestamp(0),
        };
        let wide = |width: u16| "8".repeat(usize::from(width));
        let facts = LinkFacts {
            code: wide(self.widths.code),
            short: wide(self.widths.short),
            tariff: wide(self.widths.tariff),
        };
        render::screen(&setting, &dialogue, self.script, &facts, form.wrong, form.short)
    }

    /// The longest form of every value a menu declares, once for every number that may pick a plural form; one filling at
    /// least.
    pub(super) fn fillings(&self, menu: &Menu) -> Vec<Values> {
        let declared = &menu.values;
        let mut longest = Values::new();
        let mut numbers: BTreeMap<ValueName, (i64, i64)> = BTreeMap::new();
        for (name, spec) in declared {
            let value = match spec {
                ValueSpec::Choice(ids) => self.choice(menu, name, ids),
                ValueSpec::Date(_) => Value::Date(DAY),
                ValueSpec::Number(least, most) => {
                    numbers.insert(name.clone(), (*least, *most));
                    continue;
                }
                ValueSpec::Digits(_, most) => Value::Digits("8".repeat(usize::from(*most))),
                ValueSpec::Words { from, longest } => self.word(from, *longest),
                ValueSpec::Text(most) => Value::Text(self.letters(*most)),
                ValueSpec::Items { most, longest } => Value::Items(self.items((*most).min(LISTED), *longest)),
                // Those are looked up when they are said.
                ValueSpec::Hotline(_) | ValueSpec::Link(_) => continue,
            };
            longest.insert(name.clone(), value);
        }
        if numbers.is_empty() {
            return vec![longest];
        }
        let ends = numbers.values().flat_map(|(least, most)| [*least, *most]);
        let tried: Vec<i64> = ends.chain(NUMBERS).collect();
        let filling = |number: &i64| {
            let held = numbers
                .iter()
                .map(|(name, (least, most))| (name.clone(), Value::Number(*number.max(least).min(most))));
            longest.clone().into_iter().chain(held).collect()
        };
        tried.iter().map(filling).collect()
    }

    /// Letters as wide as the script has them.
    fn letters(&self, most: u16) -> String {
        let letter = if self.script == Script::Latin || self.lang.is_latin() { "W" } else { "Щ" };
        letter.repeat(usize::from(most))
    }

    fn items(&self, count: u16, longest: u16) -> Vec<Item> {
        (0..count).map(|id| Item { id: id.to_string(), label: self.letters(longest) }).collect()
    }

    fn choice(&self, menu: &Menu, name: &str, ids: &[String]) -> Value {
        let steps = menu.steps.values();
        let keeps =
            steps.filter(|step| matches!(&step.verb, Verb::Choose { keep: Some(keep) } if keep == name));
        let options = keeps.flat_map(|step| &step.options).filter(|option| ids.contains(&option.id));
        let widest = options.max_by_key(|option| self.units(&option.label)).map(|option| option.id.clone());
        Value::Choice(widest.or_else(|| ids.iter().max_by_key(|id| id.len()).cloned()).unwrap_or_default())
    }

    fn word(&self, from: &str, most: u16) -> Value {
        let words = self.bundle.vocabularies.get(from).into_iter().flatten();
        let widest = words.max_by_key(|(_, text)| self.units(text)).map(|(key, _)| key.clone());
        widest.map_or_else(|| Value::Text(self.letters(most)), Value::Word)
    }

    /// What a text costs that mentions nothing.
    fn units(&self, text: &Text) -> usize {
        let form = text.forms.get(&self.lang);
        let template = form.map(|form| match self.script {
            Script::Native => &form.native,
            Script::Latin => &form.latin,
        });
        let said = template.map(|template| template.fill(self.lang, &BTreeMap::new(), None));
        budget::measure(&said.unwrap_or_default()).units
    }
}
