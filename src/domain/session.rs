//! What is kept of a person: his dialogues (a cursor, never rendered pages), his choices, and the last exchanges for redelivery.

use super::envelope::{Outbound, StepKey};
use super::lang::{Lang, Script};
use super::menu::model::{BundleId, MenuId, Opens, StepId};
use super::time::Timestamp;
use super::value::Values;
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// Places one can go back to; a 17th forgets the oldest.
pub const BACK_MAX: usize = 16;
/// Exchanges remembered for redelivery; more would cost store, fewer would forget a copy that follows two others.
pub const EXCHANGES_MAX: usize = 3;
/// Pleas remembered of a person; an older one is removed from the board when a new one takes its place.
pub const PLEAS_MAX: usize = 16;
/// Wrong inputs in a row after which human help is offered.
pub const ATTEMPTS_MAX: u8 = 3;

/// A subscriber's state. One record per person, committed by compare-and-set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The dialogue on a bearer that is kept open.
    pub held: Option<Dialogue>,
    /// The dialogue by letters: what digits answer.
    pub written: Option<Dialogue>,
    /// The last exchanges, newest last.
    pub exchanges: Vec<Exchange>,
}

/// A delivery that was answered, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The delivery's own identity.
    pub step: StepKey,
    /// Hash of its content alone.
    pub content: StepKey,
    /// The bind it came over.
    pub bind: u64,
    /// When it was answered.
    pub at: Timestamp,
    /// The very reply, to be given again byte for byte.
    pub reply: Outbound,
}

/// One dialogue: a place in a pinned version of the menus and what was answered on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialogue {
    /// The version it began on and stays on.
    pub bundle: BundleId,
    /// The language it is held in.
    pub lang: Lang,
    /// Whether the person himself chose `lang` in this dialogue (kept only once the phone is known to be his).
    pub lang_chosen: bool,
    /// The script he writes in, where he has shown it.
    pub script: Option<Script>,
    /// Where it stands.
    pub cursor: Cursor,
    /// Where it was before, newest last; `0` pops.
    pub back: Vec<Cursor>,
    /// What was answered, by value name.
    pub answers: Values,
    /// Wrong inputs in a row at the cursor.
    pub attempts: u8,
    /// Whether it waits for a person or for a service.
    pub phase: Phase,
    /// The network's handle; empty where the bearer has none.
    pub network: Vec<u8>,
    /// Steps taken, the sequence of idempotency keys.
    pub turns: u16,
    /// When it began.
    pub begun: Timestamp,
    /// When it was last heard of.
    pub seen: Timestamp,
    /// When it can no longer be gone on with.
    pub expires: Timestamp,
}

/// Where a dialogue stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cursor {
    /// The six languages, on first contact or after `8`.
    Languages {
        /// Where to go once one is chosen.
        then: Box<Cursor>,
    },
    /// "Go on? 1 yes 2 from the start", on redial; names no topic.
    Resume {
        /// Where the earlier dialogue stood.
        at: Box<Cursor>,
    },
    /// The list of menus; `page` from 0.
    Root {
        /// Page shown.
        page: u8,
    },
    /// A step of a menu.
    Step {
        /// The menu.
        menu: MenuId,
        /// Its step.
        step: StepId,
        /// Page shown, from 0.
        page: u8,
    },
    /// The gateway's own word: an apology, a short menu, the offer of human help.
    Phrase {
        /// Which.
        phrase: super::menu::model::Phrase,
        /// Whether the dialogue ends with it.
        ends: bool,
        /// Where `0` leads.
        then: Option<Box<Cursor>>,
    },
    /// A later page of a screen whose cursor counts none itself: languages, the offer to go on, a phrase, a guess.
    Later {
        /// Whose page.
        of: Box<Cursor>,
        /// Page shown, from 1.
        page: u8,
    },
    /// What comes next belongs to the person's own phone and is handed over to it; `0` leads back.
    Carry {
        /// Where the phone goes on.
        of: Box<Cursor>,
    },
    /// "Did you mean …?": asked, so that nothing is done by a slip of a finger. `1` does it, anything else does not.
    Guess {
        /// What was understood.
        of: Guess,
        /// The question under way, to which everything but yes leads back; without one the short menu answers.
        then: Option<Box<Cursor>>,
    },
}

/// What was understood, but not surely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Guess {
    /// A word: what it may open, one to seven; the digit is the place.
    Words {
        /// Which.
        meant: Vec<Meant>,
        /// What followed the word, as typed.
        args: Vec<String>,
    },
    /// The answer to the question `then`: digits, of which some were typed as letters. Shown by its end only.
    Number {
        /// It, repaired.
        digits: String,
        /// What followed it in the letter, for the questions after it.
        rest: Vec<String>,
    },
}

/// A known word that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meant {
    /// As the menus write it: what was typed is not said back.
    pub word: String,
    /// What it opens.
    pub opens: Opens,
}

impl Cursor {
    /// The page of the screen that is shown, from 0.
    #[must_use]
    pub fn page(&self) -> u8 {
        match self {
            Self::Root { page } | Self::Step { page, .. } | Self::Later { page, .. } => *page,
            Self::Languages { .. } | Self::Resume { .. } | Self::Phrase { .. } => 0,
            Self::Guess { .. } | Self::Carry { .. } => 0,
        }
    }

    /// The same place at another page.
    #[must_use]
    pub fn at_page(self, page: u8) -> Self {
        match self {
            Self::Root { .. } => Self::Root { page },
            Self::Step { menu, step, .. } => Self::Step { menu, step, page },
            Self::Later { of, .. } => of.at_page(page),
            Self::Languages { .. }
            | Self::Resume { .. }
            | Self::Phrase { .. }
            | Self::Guess { .. }
            | Self::Carry { .. } => {
                if page == 0 {
                    self
                } else {
                    Self::Later { of: Box::new(self), page }
                }
            }
        }
    }

    /// What lies under languages, phrases and pages: the place to which all of them lead back, at its first page.
    #[must_use]
    pub fn place(&self) -> Self {
        match self {
            Self::Root { .. } | Self::Step { .. } | Self::Guess { .. } | Self::Phrase { then: None, .. } => {
                self.clone().at_page(0)
            }
            Self::Resume { at } => Self::Resume { at: Box::new(at.place()) },
            Self::Languages { then } | Self::Phrase { then: Some(then), .. } => then.place(),
            Self::Carry { of } => of.place(),
            Self::Later { of, .. } => of.place(),
        }
    }
}

/// What a dialogue waits for.
// Open -> Waiting (a call outlived its grace) -> Open (answered) | Over; Open -> Over (end, abort)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// For the person.
    Open,
    /// For a service; the answer is a second turn.
    Waiting(super::service::Call),
    /// For nobody.
    Over,
}

/// What is kept of a person beyond a dialogue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The language he chose.
    pub lang: Option<Lang>,
    /// The script he chose or showed.
    pub script: Option<Script>,
    /// Whether he said that this phone is his.
    pub phone: Phone,
    /// When the phone was last heard of.
    pub seen: Timestamp,
    /// Failed look-ups and when they began to be counted; a hit forgets them.
    pub tries: Tries,
    /// Codes and receipt numbers that were none. A look-up that hits does not forget them: else one's own reference would buy
    /// guesses at what is another's.
    pub guesses: Tries,
    /// What he has agreed to be sent, and how that stands (`consent`).
    pub consents: std::collections::BTreeMap<super::delivery::Purpose, super::consent::Consent>,
    /// He has said STOP, and when.
    pub stopped: Option<Timestamp>,
    /// His pleas at the desk, oldest first, `PLEAS_MAX` at most; their tickets go from the board when he deletes his data.
    pub tickets: Vec<Plea>,
    /// Whether he has been told who writes and how to stop (first SMS of any kind).
    pub greeted: bool,
    /// Who he is where work is offered, by his own word; asked once, never of a borrowed phone.
    pub group: Option<super::vacancy::shelf::Group>,
    /// What he asked to be told of work.
    pub alerts: Option<Box<super::vacancy::alert::Alerts>>,
}

/// A plea as the person's own records know it: what he asked stands on the desk's board alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plea {
    /// Its receipt number.
    pub no: super::ticket::TicketNo,
    /// To whom it went.
    pub queue: super::ticket::Queue,
    /// When it was asked.
    pub at: Timestamp,
}

/// Whose phone it is, by his own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phone {
    /// Not asked yet.
    #[default]
    Unknown,
    /// "Mine".
    Own,
    /// "Somebody else's".
    Borrowed,
}

/// A counter with its window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// When the first of them was.
    pub since: Timestamp,
    /// How many.
    pub count: u16,
}

impl Tries {
    /// As they count at `now`: after `window` they begin anew.
    #[must_use]
    pub fn at(self, now: Timestamp, window: Duration) -> Self {
        if now.since(self.since) >= window { Self { since: now, count: 0 } } else { self }
    }

    /// One more of them.
    #[must_use]
    pub fn failed(self) -> Self {
        Self { count: self.count.saturating_add(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::menu::model::Phrase;
    use super::*;

    fn step(page: u8) -> Cursor {
        Cursor::Step { menu: "m".into(), step: "s".into(), page }
    }

    #[test]
    fn every_cursor_has_pages_and_turning_back_leaves_it_as_it_was() {
        let phrase = Cursor::Phrase { phrase: Phrase::Sorry, ends: false, then: None };
        let languages = Cursor::Languages { then: Box::new(step(0)) };
        let of =
            Guess::Words { meant: vec![Meant { word: "STOP".into(), opens: Opens::Stop }], args: Vec::new() };
        let guess = Cursor::Guess { of, then: Some(Box::new(step(0))) };
        let resume = Cursor::Resume { at: Box::new(step(0)) };
        for cursor in [Cursor::Root { page: 0 }, step(0), phrase, languages, resume, guess] {
            let third = cursor.clone().at_page(1).at_page(2);
            assert_eq!((cursor.page(), third.page()), (0, 2));
            assert_eq!(third.at_page(0), cursor);
        }
    }

    #[test]
    fn languages_phrases_and_pages_lead_back_to_the_place_under_them() {
        let phrase = Cursor::Phrase { phrase: Phrase::HumanHelp, ends: false, then: Some(Box::new(step(2))) };
        let languages = Cursor::Languages { then: Box::new(phrase) }.at_page(1);
        assert_eq!(languages.place(), step(0));
    }
}
