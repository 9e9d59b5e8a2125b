//! The longest form of everything a text may mention, and the screen that follows from it.

use crate::domain::content::Reference;
use crate::domain::lang::{Lang, Script};
use crate::domain::menu::load::LinkWidths;
use crate::domain::menu::model::{Bundle, Menu, Phrase, Step, Text, Verb};
use crate::domain::screen::{Choice, KeyLabels, Keys, Screen};
use crate::domain::text::budget;
use crate::domain::value::{LinkFact, ValueSpec};
use std::collections::BTreeMap;

/// Entries of a list that are measured: a longer one has more pages of the same kind.
const LISTED: u16 = 3;

/// For whom a screen is measured.
#[derive(Clone, Copy)]
pub(super) struct Reader<'b> {
    pub(super) bundle: &'b Bundle,
    pub(super) reference: &'b Reference,
    pub(super) widths: LinkWidths,
    pub(super) lang: Lang,
    pub(super) script: Script,
}

/// What every place is filled with, and the numbers that may pick a plural form.
pub(super) struct Worst {
    said: BTreeMap<String, String>,
    numbers: Vec<i64>,
}

impl Reader<'_> {
    /// The longest form of every value a menu declares.
    pub(super) fn worst(&self, menu: Option<&Menu>) -> Worst {
        let mut said = BTreeMap::new();
        let link = |fact: LinkFact| match fact {
            LinkFact::Code => self.widths.code,
            LinkFact::Short => self.widths.short,
            LinkFact::Tariff => self.widths.tariff,
        };
        for (name, fact) in crate::domain::menu::load::BUILT_IN {
            said.insert(name.to_owned(), "8".repeat(usize::from(link(fact))));
        }
        let mut numbers = vec![0, 1, 2, 5];
        for (name, spec) in menu.map(|menu| &menu.values).into_iter().flatten() {
            let widest = match spec {
                ValueSpec::Choice(ids) => self.choice(menu, name, ids),
                ValueSpec::Date(_) => "30.12.2026".to_owned(),
                ValueSpec::Number(least, most) => {
                    numbers.extend([*least, *most]);
                    longest([least.to_string(), most.to_string()])
                }
                ValueSpec::Digits(_, most) => "8".repeat(usize::from(*most)),
                ValueSpec::Words { from, longest } => self.word(from, *longest),
                ValueSpec::Text(most) | ValueSpec::Items { longest: most, .. } => self.letters(*most),
                ValueSpec::Hotline(id) => self
                    .reference
                    .hotlines
                    .iter()
                    .find(|hotline| hotline.id == *id)
                    .map_or_else(|| "8".repeat(12), |hotline| hotline.number.clone()),
                ValueSpec::Link(fact) => "8".repeat(usize::from(link(*fact))),
            };
            said.insert(name.clone(), widest);
        }
        Worst { said, numbers }
    }

    /// Letters as wide as the script has them.
    fn letters(&self, most: u16) -> String {
        let letter = if self.script == Script::Latin || self.lang.is_latin() { "W" } else { "Щ" };
        letter.repeat(usize::from(most))
    }

    fn choice(&self, menu: Option<&Menu>, name: &str, ids: &[String]) -> String {
        let keeps = |step: &&Step| matches!(&step.verb, Verb::Choose { keep: Some(keep) } if keep == name);
        let steps = menu.into_iter().flat_map(|menu| menu.steps.values()).filter(keeps);
        let labels = steps.flat_map(|step| &step.options).map(|option| self.plain(&option.label));
        let widest = longest(labels);
        if widest.is_empty() { longest(ids.iter().cloned()) } else { widest }
    }

    fn word(&self, from: &str, most: u16) -> String {
        let words = self.bundle.vocabularies.get(from);
        let widest = longest(words.into_iter().flat_map(|words| words.values()).map(|text| self.plain(text)));
        if widest.is_empty() { self.letters(most) } else { widest }
    }

    fn plain(&self, text: &Text) -> String {
        self.say(text, &Worst { said: BTreeMap::new(), numbers: Vec::new() })
    }

    /// The costliest filling of a text.
    pub(super) fn say(&self, text: &Text, worst: &Worst) -> String {
        let Some(form) = text.forms.get(&self.lang) else { return String::new() };
        let template = match self.script {
            Script::Native => &form.native,
            Script::Latin => &form.latin,
        };
        let numbers = worst.numbers.iter().copied().map(Some).chain([None]);
        let fillings = numbers.map(|number| template.fill(self.lang, &worst.said, number));
        fillings.max_by_key(|text| budget::measure(text).units).unwrap_or_default()
    }

    /// One of the gateway's own texts.
    pub(super) fn phrase(&self, phrase: Phrase) -> String {
        let text = self.bundle.phrases.get(&phrase);
        text.map(|text| self.say(text, &self.worst(None))).unwrap_or_default()
    }

    /// The screen of a step.
    pub(super) fn screen(&self, step: &Step, worst: &Worst, menu: &Menu) -> Screen {
        let say = |text: &Option<Text>| text.as_ref().map(|text| self.say(text, worst));
        let labels: Vec<String> = match &step.verb {
            Verb::Confirm => vec![self.phrase(Phrase::Yes), self.phrase(Phrase::No)],
            Verb::List { of, .. } => match menu.values.get(of) {
                Some(ValueSpec::Items { most, longest }) => {
                    (0..(*most).min(LISTED)).map(|_| self.letters(*longest)).collect()
                }
                _ => Vec::new(),
            },
            Verb::Say if step.options.is_empty() => vec![self.phrase(Phrase::ResumeYes)],
            Verb::Say | Verb::Choose { .. } | Verb::Ask { .. } | Verb::Call { .. } | Verb::End => {
                step.options.iter().map(|option| self.say(&option.label, worst)).collect()
            }
        };
        let ends = step.verb == Verb::End;
        self.plain_screen(say(&step.text).unwrap_or_default(), say(&step.more), labels, ends)
    }

    /// A screen of a text and labels.
    pub(super) fn plain_screen(
        &self,
        body: String,
        more: Option<String>,
        labels: Vec<String>,
        ends: bool,
    ) -> Screen {
        let choices =
            labels.into_iter().zip(1_u8..).map(|(label, digit)| Choice { digit: digit.to_string(), label });
        Screen {
            body,
            more,
            choices: choices.collect(),
            keys: Keys { back: !ends, home: !ends, language: !ends },
            labels: KeyLabels {
                back: self.phrase(Phrase::KeyBack),
                home: self.phrase(Phrase::KeyHome),
                more: self.phrase(Phrase::KeyMore),
                language: self.phrase(Phrase::KeyLanguage),
            },
            ends,
            private: false,
        }
    }
}

fn longest(texts: impl IntoIterator<Item = String>) -> String {
    texts.into_iter().max_by_key(|text| budget::measure(text).units).unwrap_or_default()
}
