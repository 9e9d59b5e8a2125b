//! What a typed input does at each place: reserved keys first, except where the question itself takes them.

use super::guess::yes_no;
use super::walk::Walk;
use super::{
    ANSWER_CHARS_MAX, DANGER_DIGIT, JOBS, JOBS_CODE, answer, begin, lang_known, languages, list_digit,
};
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Accept, Choice, Menu, Next, Step, Verb};
use crate::domain::session::{Cursor, Phase};
use crate::domain::vacancy::ask;
use crate::domain::value::{Value, ValueSpec};

/// A reserved key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Back,
    Home,
    Language,
    More,
}

fn key(typed: &str) -> Option<Key> {
    match typed.trim_matches(|c: char| !c.is_alphanumeric()) {
        "0" => Some(Key::Back),
        "00" => Some(Key::Home),
        "8" => Some(Key::Language),
        "9" => Some(Key::More),
        _ => None,
    }
}

impl Walk<'_> {
    /// Something was typed where the dialogue stands.
    pub(super) fn typed(&mut self, text: &str) {
        let typed: String = text.trim().chars().take(ANSWER_CHARS_MAX).collect();
        match (&self.dialogue.phase, key(&typed)) {
            // A last word of several pages can still be read to its end.
            (Phase::Over, Some(Key::More)) => self.more(),
            (Phase::Over, _) => {}
            // The answer comes by itself; only leaving is possible.
            (Phase::Waiting(_), Some(Key::Back)) => self.back(),
            (Phase::Waiting(_), Some(Key::Home)) => self.home(),
            (Phase::Waiting(_), _) => {}
            (Phase::Open, _) => self.at_cursor(&typed),
        }
    }

    fn at_cursor(&mut self, typed: &str) {
        if let Some((menu, step)) = self.step_at(&self.dialogue.cursor) {
            return self.at_step(menu, step, typed);
        }
        if let Some(key) = key(typed) {
            return self.press(key);
        }
        match self.dialogue.cursor.clone().at_page(0) {
            Cursor::Languages { then } => self.at_languages(*then, typed),
            Cursor::Resume { at } => self.at_resume(*at, typed),
            Cursor::Root { .. } => self.at_root(typed),
            Cursor::Guess { of, then } => self.at_guess(of, then.map(|then| *then), typed),
            Cursor::Carry { .. } => self.misfit(),
            // Whoever answers at once need not press a key first: the phrase steps aside.
            Cursor::Phrase { then, ends: false, .. } => {
                let attempts = self.dialogue.attempts;
                self.put(then.map_or(Cursor::Root { page: 0 }, |then| *then));
                self.dialogue.attempts = attempts;
                self.at_cursor(typed);
            }
            Cursor::Phrase { ends: true, .. } => {}
            // A step that this version does not have, and a page of a page, which is never made.
            Cursor::Step { .. } | Cursor::Later { .. } => self.sorry(),
        }
    }

    fn press(&mut self, key: Key) {
        match key {
            Key::More => self.more(),
            Key::Home => self.root(),
            Key::Language if matches!(self.dialogue.cursor.clone().at_page(0), Cursor::Languages { .. }) => {
                self.misfit()
            }
            Key::Language => self.ask_language(),
            Key::Back if self.dialogue.cursor.page() > 0 => {
                self.turn_to(self.dialogue.cursor.page().saturating_sub(1))
            }
            Key::Back => match self.dialogue.cursor.clone() {
                Cursor::Languages { then } if lang_known(&self.setting, &self.dialogue) => self.put(*then),
                Cursor::Phrase { then: Some(then), ends: false, .. } => self.put(*then),
                Cursor::Guess { then, .. } => self.not_meant(then.map(|then| *then)),
                Cursor::Languages { .. } | Cursor::Resume { .. } => self.misfit(),
                Cursor::Root { .. } | Cursor::Step { .. } | Cursor::Phrase { .. } => self.back(),
                Cursor::Later { .. } | Cursor::Carry { .. } => self.back(),
            },
        }
    }

    /// The root, or the languages first where none is known.
    pub(super) fn root(&mut self) {
        self.home();
        if !lang_known(&self.setting, &self.dialogue) {
            self.ask_language();
        }
    }

    fn more(&mut self) {
        let next = self.dialogue.cursor.page().saturating_add(1);
        if next < self.setting.pages {
            self.turn_to(next);
        } else if self.dialogue.phase == Phase::Open {
            self.misfit();
        }
    }

    /// Another page of the same screen; nothing else happens.
    fn turn_to(&mut self, page: u8) {
        self.dialogue.attempts = 0;
        self.dialogue.cursor = self.dialogue.cursor.clone().at_page(page);
    }

    fn at_languages(&mut self, then: Cursor, typed: &str) {
        let digit = answer::plain(typed).unwrap_or_default();
        if digit == DANGER_DIGIT {
            return self.danger(lang_known(&self.setting, &self.dialogue));
        }
        let all = languages(&self.setting, &self.dialogue);
        let by_digit = place(&digit).and_then(|at| all.get(at).copied());
        let by_name = || all.iter().copied().find(|lang| named(*lang, typed));
        match by_digit.or_else(by_name) {
            Some(lang) => {
                self.choose_language(lang);
                self.put(then);
            }
            None => self.misfit(),
        }
    }

    fn at_resume(&mut self, at: Cursor, typed: &str) {
        match yes_no(self.setting.bundle, self.dialogue.lang, typed) {
            Some(true) => self.put(at),
            Some(false) => {
                // From the start means: as if nobody had been here, in the language kept of the phone.
                let fresh = begin(&self.setting, &[]);
                self.dialogue.lang = fresh.lang;
                self.dialogue.lang_chosen = false;
                self.root();
            }
            None => self.misfit(),
        }
    }

    fn at_root(&mut self, typed: &str) {
        let digit = answer::plain(typed).unwrap_or_default();
        let menu = place(&digit).and_then(|at| self.setting.bundle.root.get(at));
        match menu.filter(|menu| self.setting.bundle.menus.contains_key(*menu)) {
            Some(menu) => self.open_menu(menu),
            None => self.misfit(),
        }
    }

    fn at_step(&mut self, menu: &Menu, step: &Step, typed: &str) {
        if let Verb::Ask { keep, accept, .. } = &step.verb {
            return self.at_ask(menu, step, (keep, accept), typed);
        }
        if let Some(key) = key(typed) {
            return self.press(key);
        }
        let digit = answer::plain(typed).unwrap_or_default();
        match &step.verb {
            Verb::Say if step.options.is_empty() && digit == "1" => self.follow(&step.next, ""),
            Verb::Say => self.at_options(step, None, &digit),
            Verb::Choose { keep } => self.at_options(step, keep.as_ref(), &digit),
            Verb::List { of, keep } => self.at_list(step, (of, keep), &digit),
            Verb::Confirm => match yes_no(self.setting.bundle, self.dialogue.lang, typed) {
                Some(true) => self.follow(&step.next, "yes"),
                Some(false) => self.refuse(&step.next),
                None => self.misfit(),
            },
            // The call was never made or its answer never came: ask again.
            Verb::Call { .. } => self.put(self.dialogue.cursor.clone()),
            Verb::Ask { .. } | Verb::End => self.misfit(),
        }
    }

    /// An answer that fits is an answer, even `0` or `8`; free text would swallow every key, so there keys come first.
    fn at_ask(&mut self, menu: &Menu, step: &Step, (keep, accept): (&str, &[Accept]), typed: &str) {
        let free = matches!(menu.values.get(keep), Some(ValueSpec::Text(_)) | None);
        if self.at_offered(step, keep, typed) || (free && self.at_code(menu, typed)) {
            return;
        }
        match (key(typed), self.read(menu, keep, accept, typed)) {
            (Some(key), None) => self.press(key),
            (Some(key), Some(_)) if free => self.press(key),
            (_, Some(value)) => {
                self.settle(keep, value, typed, &[], &step.next);
            }
            (None, None) => self.misfit(),
        }
    }

    /// The digit of what a question offers beside what can be typed.
    pub(super) fn at_offered(&mut self, step: &Step, keep: &str, typed: &str) -> bool {
        let digit = answer::plain(typed).unwrap_or_default();
        let Some(Choice { id, .. }) = place(&digit).and_then(|at| step.options.get(at)) else { return false };
        self.dialogue.answers.insert(keep.to_owned(), Value::Text(id.clone()));
        self.follow(&step.next, id);
        true
    }

    /// The code of a vacancy, typed where a trade or a place was asked for.
    pub(super) fn at_code(&mut self, menu: &Menu, typed: &str) -> bool {
        let Some((code, step)) = ask::code(typed).zip(menu.steps.get(JOBS_CODE)) else { return false };
        let Verb::Ask { keep, .. } = &step.verb else { return false };
        if menu.id != JOBS {
            return false;
        }
        self.put(Cursor::Step { menu: menu.id.clone(), step: JOBS_CODE.to_owned(), page: 0 });
        self.keep(keep, Value::Digits(code), &step.next);
        true
    }

    /// What `typed` means as value `name`; an undeclared one is short free text.
    pub(super) fn read(&self, menu: &Menu, name: &str, accept: &[Accept], typed: &str) -> Option<Value> {
        let undeclared = ValueSpec::Text(u16::try_from(ANSWER_CHARS_MAX).unwrap_or(u16::MAX));
        let spec = menu.values.get(name).unwrap_or(&undeclared);
        answer::read(spec, accept, typed, self.setting.now.date())
    }

    pub(super) fn keep(&mut self, name: &str, value: Value, next: &Next) {
        self.dialogue.answers.insert(name.to_owned(), value);
        self.follow(next, "");
    }

    /// Option by digit.
    pub(super) fn at_options(&mut self, step: &Step, keep: Option<&String>, digit: &str) {
        let Some(Choice { id, .. }) = place(digit).and_then(|at| step.options.get(at)) else {
            return self.misfit();
        };
        if let Some(name) = keep {
            self.dialogue.answers.insert(name.clone(), Value::Choice(id.clone()));
        }
        self.follow(&step.next, id);
    }

    fn at_list(&mut self, step: &Step, (of, keep): (&str, &str), digit: &str) {
        let Some(Value::Items(items)) = self.dialogue.answers.get(of) else { return self.misfit() };
        let mut numbered = items.iter().enumerate();
        let Some((_, item)) = numbered.find(|(at, _)| list_digit(*at, items.len()) == digit) else {
            return self.misfit();
        };
        let id = item.id.clone();
        self.dialogue.answers.insert(keep.to_owned(), Value::Choice(id.clone()));
        self.follow(&step.next, &id);
    }

    /// "No": where the menu says, else back.
    fn refuse(&mut self, next: &Next) {
        match next {
            Next::By { cases, otherwise } if cases.contains_key("no") || otherwise.is_some() => {
                self.follow(next, "no")
            }
            Next::By { .. } | Next::To(_) | Next::Nowhere => self.back(),
        }
    }
}

/// The place a single digit names, from 0.
fn place(digit: &str) -> Option<usize> {
    (digit.len() == 1).then(|| digit.parse::<usize>().ok()?.checked_sub(1)).flatten()
}

fn named(lang: Lang, typed: &str) -> bool {
    let typed = typed.to_lowercase();
    [lang.endonym(), lang.endonym_latin(), lang.tag()].iter().any(|name| name.to_lowercase() == typed)
}
