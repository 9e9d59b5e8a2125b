//! What is asked before it is done: a word or a number that was understood, but not surely.

use super::answer;
use super::walk::Walk;
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Bundle, Next, Opens, Phrase, Verb};
use crate::domain::session::{Cursor, Dialogue, Guess, Meant, Phase};
use crate::domain::value::{Value, ValueSpec};
use crate::domain::word;

/// What an open question makes of a typed text that may also be a word of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is its answer: digits, or yes or no where that is asked.
    Answer,
    /// It is free text, so everything but STOP and SOS is its answer.
    Free,
    /// A word goes before it.
    Word,
}

/// What the question at which `dialogue` stands makes of `typed`.
#[must_use]
pub fn asked(bundle: &Bundle, dialogue: &Dialogue, typed: &str) -> Asked {
    let typed = typed.trim();
    if !typed.is_empty() && typed.bytes().all(|octet| octet.is_ascii_digit()) {
        return Asked::Answer;
    }
    let (yes_or_no, free) = match &dialogue.cursor {
        Cursor::Step { menu, step, .. } => {
            let menu = bundle.menus.get(menu);
            match menu.and_then(|menu| Some((menu, &menu.steps.get(step)?.verb))) {
                Some((_, Verb::Confirm)) => (true, false),
                Some((menu, Verb::Ask { keep, .. })) => {
                    (false, matches!(menu.values.get(keep), Some(ValueSpec::Text(_)) | None))
                }
                Some(_) | None => (false, false),
            }
        }
        Cursor::Guess { .. } | Cursor::Resume { .. } => (true, false),
        Cursor::Languages { .. } | Cursor::Root { .. } | Cursor::Phrase { .. } => (false, false),
        Cursor::Later { .. } | Cursor::Carry { .. } => (false, false),
    };
    if yes_or_no && yes_no(bundle, dialogue.lang, typed).is_some() {
        Asked::Answer
    } else if free && dialogue.phase == Phase::Open {
        Asked::Free
    } else {
        Asked::Word
    }
}

/// Whether the dialogue stands at a question to which one can come back from a guess.
#[must_use]
pub fn can_come_back(dialogue: &Dialogue) -> bool {
    dialogue.phase == Phase::Open && question(dialogue).is_some()
}

fn question(dialogue: &Dialogue) -> Option<Cursor> {
    match dialogue.cursor.place() {
        place @ Cursor::Step { .. } => Some(place),
        Cursor::Guess { then, .. } => then.map(|then| *then),
        Cursor::Languages { .. }
        | Cursor::Resume { .. }
        | Cursor::Root { .. }
        | Cursor::Phrase { .. }
        | Cursor::Later { .. }
        | Cursor::Carry { .. } => None,
    }
}

/// "Yes" or "no" by digit, or by word in `lang` or Russian.
pub(super) fn yes_no(bundle: &Bundle, lang: Lang, typed: &str) -> Option<bool> {
    match answer::plain(typed).as_deref() {
        Some("1") => return Some(true),
        Some("2") => return Some(false),
        Some(_) | None => {}
    }
    let says = |phrase: Phrase| {
        let forms = bundle.phrases.get(&phrase).map(|text| &text.forms);
        let forms = [lang, Lang::Ru].into_iter().filter_map(|lang| forms?.get(&lang));
        let mut said = forms.flat_map(|form| [&form.native, &form.latin]);
        said.any(|template| word::is_same(typed, &template.fill(lang, &Default::default(), None)))
    };
    [(Phrase::Yes, true), (Phrase::No, false)]
        .into_iter()
        .find_map(|(phrase, yes)| says(phrase).then_some(yes))
}

impl Walk<'_> {
    /// A word was understood, but not surely: ask. A question under way is kept, to be gone back to.
    pub(super) fn guess(&mut self, meant: &[Meant], args: &[String]) {
        let then = question(&self.dialogue).map(Box::new);
        let of = Guess::Words { meant: meant.to_vec(), args: args.to_vec() };
        self.put(Cursor::Guess { of, then });
    }

    /// Only yes, or the digit of a word, does it.
    pub(super) fn at_guess(&mut self, of: Guess, then: Option<Cursor>, typed: &str) {
        let yes = yes_no(self.setting.bundle, self.dialogue.lang, typed) == Some(true);
        match (of, then) {
            (Guess::Words { meant, args }, then) => {
                let by_digit = || meant.get(answer::plain(typed)?.parse::<usize>().ok()?.checked_sub(1)?);
                let chosen = if meant.len() == 1 { meant.first().filter(|_| yes) } else { by_digit() };
                match chosen {
                    Some(chosen) => self.open(&chosen.opens, &args),
                    None => self.not_meant(then),
                }
            }
            (Guess::Number { digits, rest }, Some(then)) if yes => {
                self.put(then);
                let Some((_, step)) = self.step_at(&self.dialogue.cursor) else { return self.sorry() };
                if let Verb::Ask { keep, .. } = &step.verb {
                    self.keep(keep, Value::Digits(digits), &step.next);
                    self.fill(&rest, false);
                }
            }
            (Guess::Number { .. }, then) => self.not_meant(then),
        }
    }

    /// Back to the question, or the short menu where there was none.
    pub(super) fn not_meant(&mut self, then: Option<Cursor>) {
        match then {
            Some(then) => self.put(then),
            None => self.open(&Opens::Help, &[]),
        }
    }

    /// Keeps the answer to the question under the cursor and goes on. Digits of which some were typed as letters are
    /// said back first, by their end: a reference misread is somebody else's. Whether it went on.
    pub(super) fn settle(
        &mut self,
        name: &str,
        value: Value,
        typed: &str,
        rest: &[String],
        next: &Next,
    ) -> bool {
        if let Value::Digits(digits) = &value
            && answer::is_repaired(digits, typed)
        {
            let of = Guess::Number { digits: digits.clone(), rest: rest.to_vec() };
            self.put(Cursor::Guess { of, then: Some(Box::new(self.dialogue.cursor.place())) });
            return false;
        }
        self.keep(name, value, next);
        true
    }
}
