//! How a dialogue begins: by a dialled code, which may name a menu and answer its questions, or by a word.

use super::walk::Walk;
use super::{DANGER, Effect, OWN_DATA, OWN_DATA_START, lang_known, resume};
use crate::domain::address::Dialled;
use crate::domain::menu::model::{Opens, Phrase, Verb};
use crate::domain::session::{Cursor, Phase, Phone};
use crate::domain::value::{DateRange, ValueSpec};

/// Words of a letter that may be one answer together (`03 10 2026`, `1234 567 890`).
const WORDS_PER_ANSWER_MAX: usize = 4;

impl Walk<'_> {
    /// A code was dialled. A deep code goes to its menu even when an earlier dialogue could be gone on with.
    pub(super) fn dial(&mut self, dialled: &Dialled) {
        if dialled.parts.is_empty() {
            return match resume::offer(self) {
                Some(offer) => self.take_up(offer),
                None => self.root(),
            };
        }
        let code = (1..=dialled.parts.len()).find_map(|n| {
            let (code, rest) = dialled.parts.split_at_checked(n)?;
            Some((self.setting.bundle.codes.get(&code.join("*"))?, rest))
        });
        let Some((menu, rest)) = code else {
            self.root();
            self.wrong = true;
            return self.effect(Effect::Wrong);
        };
        self.open_menu(menu);
        self.fill(rest, true);
        if !lang_known(&self.setting, &self.dialogue) {
            self.ask_language();
        }
    }

    fn take_up(&mut self, offer: resume::Offer) {
        self.home();
        let shown = &self.setting.bundle.languages;
        if let Some(lang) = offer.lang.filter(|lang| shown.contains(lang)) {
            self.dialogue.lang = lang;
            self.dialogue.lang_chosen = offer.lang_chosen;
        }
        self.dialogue.back = offer.back;
        self.dialogue.answers = offer.answers;
        let at = offer.at;
        self.put(if offer.ask { Cursor::Resume { at: Box::new(at) } } else { at });
    }

    /// A word opened something. Its language is the gateway's to set: a letter is answered in the language it is
    /// written in, and is never answered with the question for it.
    pub(super) fn open(&mut self, opens: &Opens, args: &[String]) {
        match opens {
            Opens::Menu(menu) => {
                self.open_menu(menu);
                self.fill(args, false);
            }
            Opens::Language => {
                if self.dialogue.phase == Phase::Over {
                    self.home();
                }
                self.ask_language();
            }
            Opens::Stop => {
                self.last_word(Phrase::Stopped);
                self.effect(Effect::Stop);
            }
            // Only the owner may ask for letters again; STOP is taken from anybody.
            Opens::Start if self.setting.profile.phone == Phone::Own => {
                self.last_word(Phrase::Started);
                self.effect(Effect::Start);
            }
            Opens::Start => self.ask_whose_phone(),
            Opens::Sos => {
                self.danger(lang_known(&self.setting, &self.dialogue) || self.setting.guess.is_some())
            }
            Opens::Help => self.short_menu(),
        }
    }

    fn short_menu(&mut self) {
        self.home();
        let then = Some(Box::new(Cursor::Root { page: 0 }));
        self.put(Cursor::Phrase { phrase: Phrase::ShortMenu, ends: false, then });
    }

    /// Whose phone it is, asked by the menu that goes on with it. Menus without that step cannot take a START from whose
    /// phone they do not know.
    fn ask_whose_phone(&mut self) {
        let menu = self.setting.bundle.menus.get(OWN_DATA);
        if menu.is_none_or(|menu| !menu.steps.contains_key(OWN_DATA_START)) {
            return self.short_menu();
        }
        self.open_menu(OWN_DATA);
        self.put(Cursor::Step { menu: OWN_DATA.to_owned(), step: OWN_DATA_START.to_owned(), page: 0 });
    }

    /// Danger is answered at once: by its menu, or, while no language is known, by a few words in all of them above
    /// the languages (`render`), which lead on to the menu. Without a menu the words stand alone.
    pub(super) fn danger(&mut self, spoken: bool) {
        if !self.setting.bundle.menus.contains_key(DANGER) {
            return self.last_word(Phrase::Danger);
        }
        self.open_menu(DANGER);
        if !spoken {
            self.ask_language();
        }
    }

    /// Answers questions in order. Stops at the first part that does not fit, which is then said, and at the first
    /// place that a dialled part (`dialled`: a question marked `dial-in`) or a word of a letter cannot answer.
    pub(super) fn fill(&mut self, mut parts: &[String], dialled: bool) {
        while !parts.is_empty() && self.dialogue.phase == Phase::Open {
            let Some((menu, step)) = self.step_at(&self.dialogue.cursor) else { return };
            match &step.verb {
                Verb::Ask { keep, accept, dial_in } if *dial_in || !dialled => {
                    let free = matches!(menu.values.get(keep), Some(ValueSpec::Text(_)));
                    if let Some((first, rest)) = parts.split_first()
                        && (self.at_offered(step, keep, first) || (free && self.at_code(menu, first)))
                    {
                        parts = rest;
                        continue;
                    }
                    let lengths = lengths(menu.values.get(keep), dialled);
                    let read = lengths.iter().find_map(|n| {
                        let (words, rest) = parts.split_at_checked(*n)?;
                        let typed = words.join(" ");
                        Some((self.read(menu, keep, accept, &typed)?, typed, rest))
                    });
                    let Some((value, typed, rest)) = read else { return self.misfit() };
                    parts = rest;
                    if !self.settle(keep, value, &typed, rest, &step.next) {
                        return;
                    }
                }
                Verb::Choose { keep } if !dialled => {
                    let Some((digit, rest)) = parts.split_first() else { return };
                    parts = rest;
                    let digit = super::answer::plain(digit).unwrap_or_default();
                    let before = self.dialogue.cursor.clone();
                    self.at_options(step, keep.as_ref(), &digit);
                    if self.dialogue.cursor == before {
                        return;
                    }
                }
                Verb::Ask { .. }
                | Verb::Choose { .. }
                | Verb::Say
                | Verb::List { .. }
                | Verb::Call { .. } => return,
                Verb::Confirm | Verb::End => return,
            }
        }
    }
}

/// How many words to try as one answer, in order: dates take as many as fit, all others as few, so that a reference
/// number does not swallow the four digits after it. A dialled part is always one answer.
fn lengths(spec: Option<&ValueSpec>, dialled: bool) -> Vec<usize> {
    match spec {
        _ if dialled => vec![1],
        Some(ValueSpec::Date(DateRange::Past | DateRange::Future | DateRange::Any)) => vec![3, 2, 1],
        Some(_) | None => (1..=WORDS_PER_ANSWER_MAX).collect(),
    }
}
