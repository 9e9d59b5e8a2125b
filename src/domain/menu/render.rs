//! What a place looks like: cursor × language × script → Screen.

use super::drawing;
use super::engine::{DANGER, DANGER_DIGIT, Setting, lang_known, languages, list_digit};
use super::model::{Menu, Next, Phrase, Step, Text, Verb};
use crate::domain::envelope::LinkFacts;
use crate::domain::lang::{Lang, Script};
use crate::domain::screen::{Choice, Entry, KeyLabels, Keys, Kind, Screen};
use crate::domain::session::{Cursor, Dialogue, Guess, Phase};
use crate::domain::text::template::Template;
use crate::domain::text::translit;
use crate::domain::value::{LinkFact, Value, ValueSpec};
use std::collections::BTreeMap;

/// How `7` among the languages is named; understood in all of them.
const SOS: &str = "SOS";

/// What the phrase of a guess calls the word or number that it asks about.
pub const WORD: &str = "word";
/// Digits of a number that are said back: enough to know one's own, too few to be of use to another reader.
const SHOWN_DIGITS: usize = 4;

/// The screen at the dialogue's cursor, in its language and `script`.
///
/// `wrong` puts the step's or the gateway's "wrong input" line first. `small` takes `short:` texts where a step has one. All pages of the screen; which of
/// them is shown, `Cursor::page` says. A line whose value is absent is left out.
#[must_use]
pub fn screen(
    setting: &Setting<'_>,
    dialogue: &Dialogue,
    script: Script,
    facts: &LinkFacts,
    wrong: bool,
    small: bool,
) -> Screen {
    let view = View { setting, dialogue, script, facts };
    let mut screen = view.at(&dialogue.cursor, small);
    screen.lang = Some(dialogue.lang);
    screen.wrong = wrong.then(|| view.wrong()).filter(|wrong| !wrong.is_empty());
    if dialogue.phase == Phase::Over {
        screen.ends = true;
    }
    if screen.ends {
        screen.choices.clear();
        screen.keys = Keys::default();
    }
    screen.labels = KeyLabels {
        back: view.phrase(Phrase::KeyBack),
        home: view.phrase(Phrase::KeyHome),
        more: view.phrase(Phrase::KeyMore),
        language: view.phrase(Phrase::KeyLanguage),
    };
    screen
}

/// Everything a text needs to be read.
struct View<'a> {
    setting: &'a Setting<'a>,
    dialogue: &'a Dialogue,
    script: Script,
    facts: &'a LinkFacts,
}

impl<'a> View<'a> {
    fn at(&self, cursor: &Cursor, small: bool) -> Screen {
        match cursor {
            Cursor::Languages { then } => self.languages(then),
            Cursor::Resume { .. } => self.resume(),
            Cursor::Root { .. } => self.root(),
            Cursor::Step { menu, step, .. } => match self.step_of(menu, step) {
                Some((menu, step)) => self.step(menu, step, small),
                None => self.word(Phrase::Over, true, false),
            },
            Cursor::Phrase { phrase, ends, then } => self.word(*phrase, *ends, then.is_some()),
            Cursor::Later { of, .. } => self.at(of, small),
            Cursor::Guess { of, then } => self.guess(of, then.is_some()),
            Cursor::Carry { .. } => self.carry(),
        }
    }

    fn step_of(&self, menu: &str, step: &str) -> Option<(&'a Menu, &'a Step)> {
        let menu = self.setting.bundle.menus.get(menu)?;
        Some((menu, menu.steps.get(step)?))
    }

    /// The languages, each by its own name. Before danger, and while no language is known, a few words come first
    /// that are the same in all of them.
    fn languages(&self, then: &Cursor) -> Screen {
        let known = lang_known(self.setting, self.dialogue);
        let danger = !known && matches!(then, Cursor::Step { menu, .. } if menu == DANGER);
        // One Cyrillic word would turn a whole Latin screen into UCS-2.
        let latin = self.script == Script::Latin || (known && self.dialogue.lang.is_latin());
        let name = |lang: Lang| if latin { lang.endonym_latin() } else { lang.endonym() };
        let all = languages(self.setting, self.dialogue);
        let mut choices: Vec<Choice> = all
            .into_iter()
            .enumerate()
            .map(|(at, lang)| Choice {
                id: lang.tag().to_owned(),
                // Each says its own name, in its own language.
                say: self.setting.shared.then(|| lang.endonym().to_owned()),
                ..numbered(at, name(lang).to_owned())
            })
            .collect();
        if !danger {
            let icon = self.setting.bundle.menus.get(DANGER).and_then(icon_of);
            let (digit, id) = (DANGER_DIGIT.to_owned(), DANGER.to_owned());
            choices.push(Choice { digit, id, label: SOS.to_owned(), icon, say: None });
        }
        Screen {
            kind: Kind::Languages,
            place: "languages".to_owned(),
            body: if danger { self.phrase(Phrase::Danger) } else { String::new() },
            choices,
            ..Screen::default()
        }
    }

    fn resume(&self) -> Screen {
        Screen {
            kind: Kind::Resume,
            place: "resume".to_owned(),
            body: self.phrase(Phrase::Resume),
            choices: self.pair([("yes", Phrase::ResumeYes), ("no", Phrase::ResumeNo)]),
            say: self.spoken([Phrase::Resume]),
            keys: Keys { language: true, ..Keys::default() },
            ..Screen::default()
        }
    }

    fn root(&self) -> Screen {
        let menus = self.setting.bundle.root.iter().filter_map(|menu| self.setting.bundle.menus.get(menu));
        let choice = |(at, menu): (usize, &Menu)| Choice {
            id: menu.id.clone(),
            icon: icon_of(menu),
            say: self.say(&menu.title),
            ..numbered(at, self.text(&menu.title, None))
        };
        Screen {
            kind: Kind::Root,
            place: "root".to_owned(),
            body: self.phrase(Phrase::Root),
            choices: menus.enumerate().map(choice).collect(),
            say: self.spoken([Phrase::Root]),
            keys: Keys { language: true, ..Keys::default() },
            ..Screen::default()
        }
    }

    fn word(&self, phrase: Phrase, ends: bool, back: bool) -> Screen {
        let keys = Keys { back, home: false, language: true };
        Screen {
            kind: if ends { Kind::End } else { Kind::Word },
            place: format!("phrase/{}", phrase.key()),
            body: self.phrase(phrase),
            say: self.spoken([phrase]),
            ends,
            keys,
            ..Screen::default()
        }
    }

    /// What comes next belongs to a phone.
    fn carry(&self) -> Screen {
        let keys = Keys { back: true, home: true, language: true };
        Screen { kind: Kind::Carry, keys, private: true, ..self.word(Phrase::Carry, false, true) }
    }

    /// One word or number stands in the question, several are the choices.
    fn guess(&self, of: &Guess, back: bool) -> Screen {
        let (phrase, said, choices) = match of {
            Guess::Words { meant, .. } => match meant.as_slice() {
                [one] => (Phrase::Guess, Some(self.foreign(&one.word)), None),
                several => {
                    let words = several.iter().map(|one| self.foreign(&one.word));
                    (Phrase::Which, None, Some(words.collect()))
                }
            },
            Guess::Number { digits, .. } => (Phrase::Guess, Some(masked(digits)), None),
        };
        let foreign = |words: Vec<String>| words.into_iter().enumerate().map(|(at, word)| numbered(at, word));
        let choices: Vec<Choice> = match choices {
            Some(words) => foreign(words).collect(),
            None => self.pair([("yes", Phrase::Yes), ("no", Phrase::No)]),
        };
        let body = self.setting.bundle.phrases.get(&phrase);
        Screen {
            kind: Kind::Guess,
            place: format!("phrase/{}", phrase.key()),
            body: body.map_or_else(String::new, |text| self.text_with(text, None, said.as_deref())),
            choices,
            say: self.spoken([phrase]),
            keys: Keys { back, home: false, language: true },
            private: matches!(of, Guess::Number { .. }),
            ..Screen::default()
        }
    }

    fn step(&self, menu: &Menu, step: &Step, small: bool) -> Screen {
        let text = step.short.as_ref().filter(|_| small).or(step.text.as_ref());
        let body = match text {
            Some(text) => self.text(text, Some(menu)),
            None if matches!(step.verb, Verb::Call { .. }) => self.phrase(Phrase::Wait),
            None => String::new(),
        };
        let depth = self.dialogue.back.len();
        let entry = drawing::entry(menu, step);
        let drawn = self.setting.shared;
        let spoken = step.spoken.as_ref().or(text).and_then(|text| self.say(text));
        let further = step.more.as_ref().and_then(|more| self.say(more));
        Screen {
            kind: drawing::kind(step),
            place: drawing::place(&self.dialogue.cursor),
            masked: step.private && matches!(entry, Some(Entry::Digits(..))),
            entry,
            picture: step.picture.clone(),
            say: spoken.into_iter().chain(further).collect(),
            progress: drawn.then(|| drawing::progress(menu, step, self.dialogue)).flatten(),
            shown: if drawn {
                drawing::shown(&[text, step.more.as_ref()], self.dialogue)
            } else {
                Vec::new()
            },
            body,
            more: step.more.as_ref().map(|more| self.text(more, Some(menu))).filter(|more| !more.is_empty()),
            choices: self.choices(menu, step),
            keys: Keys { back: depth > 0, home: depth > 1, language: true },
            private: step.private,
            ..Screen::default()
        }
    }

    fn choices(&self, menu: &Menu, step: &Step) -> Vec<Choice> {
        match &step.verb {
            Verb::Say if step.options.is_empty() && step.next != Next::Nowhere => {
                let on = Phrase::ResumeYes;
                vec![Choice { id: "on".to_owned(), say: self.said_of(on), ..numbered(0, self.phrase(on)) }]
            }
            Verb::Say | Verb::Choose { .. } | Verb::Ask { .. } => {
                let choice = |(at, option): (usize, &super::model::Choice)| Choice {
                    id: option.id.clone(),
                    say: self.say(&option.label),
                    ..numbered(at, self.text(&option.label, Some(menu)))
                };
                step.options.iter().enumerate().map(choice).collect()
            }
            Verb::Confirm => self.pair([("yes", Phrase::Yes), ("no", Phrase::No)]),
            Verb::List { of, .. } => self.entries(of),
            Verb::Call { .. } | Verb::End => Vec::new(),
        }
    }

    /// Two choices of the gateway's own.
    fn pair(&self, of: [(&str, Phrase); 2]) -> Vec<Choice> {
        let choice = |(at, (id, phrase)): (usize, (&str, Phrase))| Choice {
            id: id.to_owned(),
            say: self.said_of(phrase),
            ..numbered(at, self.phrase(phrase))
        };
        of.into_iter().enumerate().map(choice).collect()
    }

    fn entries(&self, of: &str) -> Vec<Choice> {
        let Some(Value::Items(items)) = self.dialogue.answers.get(of) else { return Vec::new() };
        let entry = |(at, item): (usize, &crate::domain::value::Item)| Choice {
            digit: list_digit(at, items.len()),
            label: self.foreign(&item.label),
            ..Choice::default()
        };
        items.iter().enumerate().map(entry).collect()
    }

    /// What is read aloud of a text: its words in the dialogue's language, without any value. A phone reads nothing aloud.
    fn say(&self, text: &Text) -> Option<String> {
        if !self.setting.shared {
            return None;
        }
        text.forms.get(&self.dialogue.lang).map(|form| form.native.said()).filter(|said| !said.is_empty())
    }

    fn said_of(&self, phrase: Phrase) -> Option<String> {
        self.setting.bundle.phrases.get(&phrase).and_then(|text| self.say(text))
    }

    fn spoken<const N: usize>(&self, phrases: [Phrase; N]) -> Vec<String> {
        phrases.into_iter().filter_map(|phrase| self.said_of(phrase)).collect()
    }

    /// What is said of a wrong input at the cursor.
    fn wrong(&self) -> String {
        let own = match &self.dialogue.cursor {
            Cursor::Step { menu, step, .. } => self.step_of(menu, step),
            Cursor::Languages { .. } | Cursor::Resume { .. } | Cursor::Root { .. } => None,
            Cursor::Phrase { .. } | Cursor::Later { .. } | Cursor::Guess { .. } | Cursor::Carry { .. } => {
                None
            }
        };
        let own = own.and_then(|(menu, step)| Some(self.text(step.wrong.as_ref()?, Some(menu))));
        own.unwrap_or_else(|| self.phrase(Phrase::Wrong))
    }

    fn phrase(&self, phrase: Phrase) -> String {
        self.setting.bundle.phrases.get(&phrase).map_or_else(String::new, |text| self.text(text, None))
    }

    /// A text in the dialogue's language and script. Every bundle has all languages; should one be missing, another
    /// is better than silence.
    fn text(&self, text: &Text, menu: Option<&Menu>) -> String {
        self.text_with(text, menu, None)
    }

    /// The same, with what `{word}` stands for.
    fn text_with(&self, text: &Text, menu: Option<&Menu>, word: Option<&str>) -> String {
        let Some(form) = text.forms.get(&self.dialogue.lang).or_else(|| text.forms.values().next()) else {
            return String::new();
        };
        let template: &Template = match self.script {
            Script::Native => &form.native,
            Script::Latin => &form.latin,
        };
        let value = |name| match word {
            Some(word) if name == WORD => Some(word.to_owned()),
            _ => self.said(name, menu),
        };
        let places = template.places().into_iter();
        let said: BTreeMap<String, String> =
            places.filter_map(|name| Some((name.to_owned(), value(name)?))).collect();
        let number = template.by.as_ref().and_then(|by| match self.dialogue.answers.get(by) {
            Some(Value::Number(n)) => Some(*n),
            _ => None,
        });
        template.fill(self.dialogue.lang, &said, number)
    }

    /// A value as it is read. What a menu declares of a name goes first; phrases know `{code}`, `{short}`, `{tariff}`
    /// and every hotline by its id.
    fn said(&self, name: &str, menu: Option<&Menu>) -> Option<String> {
        let hotline =
            |id: &str| self.setting.reference.hotline(id, self.setting.now.date()).map(str::to_owned);
        match (menu, menu.and_then(|menu| menu.values.get(name))) {
            (_, Some(ValueSpec::Hotline(id))) => hotline(id),
            (_, Some(ValueSpec::Link(fact))) => self.fact(*fact),
            (Some(menu), spec) => self.value(menu, spec, name, self.dialogue.answers.get(name)?),
            (None, _) => match name {
                "code" => self.fact(LinkFact::Code),
                "short" => self.fact(LinkFact::Short),
                "tariff" => self.fact(LinkFact::Tariff),
                id => hotline(id),
            },
        }
    }

    fn fact(&self, fact: LinkFact) -> Option<String> {
        let fact = match fact {
            LinkFact::Code => &self.facts.code,
            LinkFact::Short => &self.facts.short,
            LinkFact::Tariff => &self.facts.tariff,
        };
        Some(fact.clone()).filter(|fact| !fact.is_empty())
    }

    fn value(&self, menu: &Menu, spec: Option<&ValueSpec>, name: &str, value: &Value) -> Option<String> {
        match value {
            Value::Digits(digits) => Some(digits.clone()),
            Value::Date(date) => Some(format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())),
            Value::Number(n) => Some(n.to_string()),
            Value::Choice(id) => Some(self.label(menu, name, id)),
            // A key without its word is never shown.
            Value::Word(key) => match spec {
                Some(ValueSpec::Words { from, .. }) => {
                    Some(self.text(self.setting.bundle.vocabularies.get(from)?.get(key)?, None))
                }
                _ => None,
            },
            Value::Text(text) => Some(self.foreign(text)),
            Value::Items(items) => {
                let labels: Vec<String> = items.iter().map(|item| self.foreign(&item.label)).collect();
                Some(labels.join(", "))
            }
        }
    }

    /// The label of a chosen id at the step that keeps it, else the id.
    fn label(&self, menu: &Menu, name: &str, id: &str) -> String {
        let label = menu.steps.values().find_map(|step| match &step.verb {
            Verb::Choose { keep } if keep.as_deref() == Some(name) => {
                let option = step.options.iter().find(|option| option.id == id)?;
                Some(self.text(&option.label, None))
            }
            Verb::List { of, keep } if keep == name => {
                let Some(Value::Items(items)) = self.dialogue.answers.get(of) else { return None };
                Some(self.foreign(&items.iter().find(|item| item.id == id)?.label))
            }
            Verb::Choose { .. } | Verb::List { .. } | Verb::Say | Verb::Ask { .. } => None,
            Verb::Call { .. } | Verb::Confirm | Verb::End => None,
        });
        label.unwrap_or_else(|| id.to_owned())
    }

    /// A text that came from outside: on one line, and in the letters of the screen.
    fn foreign(&self, text: &str) -> String {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        match self.script {
            Script::Latin => translit::latin(self.dialogue.lang, &line),
            Script::Native => line,
        }
    }
}

/// The end of a number behind a star; of a short one half of it.
fn masked(digits: &str) -> String {
    let shown = SHOWN_DIGITS.min(digits.len() / 2);
    format!("*{}", digits.get(digits.len() - shown..).unwrap_or_default())
}

fn numbered(at: usize, label: String) -> Choice {
    Choice { digit: at.saturating_add(1).to_string(), label, ..Choice::default() }
}

fn icon_of(menu: &Menu) -> Option<String> {
    menu.kiosk.as_ref().map(|kiosk| kiosk.icon.clone())
}
