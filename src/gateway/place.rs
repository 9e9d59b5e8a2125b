//! Where a turn begins: which dialogue an inbound belongs to and what it means there; and whether it is a copy of one answered before.

use super::Limits;
use crate::domain::envelope::{BearerProfile, Event, Inbound};
use crate::domain::lang::Lang;
use crate::domain::menu::engine::{self, Asked, Input};
use crate::domain::menu::model::{Bundle, Opens};
use crate::domain::session::{Cursor, Dialogue, Exchange, Meant, Phase, Session};
use crate::domain::time::Timestamp;
use crate::domain::word::{Heard, Match, Outcome};

/// What an inbound is to a person's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// A new dialogue; `lang` where the word tells it.
    New(Input, Option<Lang>),
    /// An answer in the dialogue under way.
    Goes(Input),
    /// The dialogue was broken off; it may be gone on with.
    Aborted,
    /// The end of a dialogue that another has replaced.
    Stale,
    /// An answer to a dialogue that is no more.
    Lost,
}

/// The exchange that `inbound` is a copy of, if it is one (DESIGN invariant 5). `unsettled`: equal bytes were refused here
/// after a commit whose outcome is unknown.
#[must_use]
pub(super) fn copy_of<'a>(
    session: &'a Session,
    inbound: &Inbound,
    unsettled: bool,
    limits: &Limits,
) -> Option<&'a Exchange> {
    let copy = inbound.copy;
    session.exchanges.iter().rev().find(|exchange| {
        let again = unsettled || copy.doubtful || exchange.bind != copy.bind;
        let recent = inbound.at.since(exchange.at) < limits.copy_window;
        exchange.step == copy.step || (again && recent && exchange.content == copy.content)
    })
}

/// With what a letter is read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The letter, taken apart.
    pub heard: &'a Heard,
    /// Whose words are known.
    pub newest: &'a Bundle,
    /// What the written dialogue under way is held on.
    pub pinned: &'a Bundle,
    /// The language kept of the person.
    pub known: Option<Lang>,
    /// The first guess at it.
    pub guess: Option<Lang>,
}

/// What `inbound` is to `session`.
#[must_use]
pub(super) fn beginning(
    session: &Session,
    inbound: &Inbound,
    bearer: &BearerProfile,
    reader: &Reader<'_>,
) -> Beginning {
    match &inbound.event {
        Event::Dial(dialled) => Beginning::New(Input::Dial(dialled.clone()), None),
        // The end of a dialogue that another has replaced says nothing about that one.
        Event::Abort
            if session.held.as_ref().is_some_and(|dialogue| dialogue.network != inbound.dialogue) =>
        {
            Beginning::Stale
        }
        Event::Abort => Beginning::Aborted,
        Event::Text(text) if bearer.keeps_open => match live(session.held.as_ref(), inbound.at) {
            Some(dialogue) if dialogue.network == inbound.dialogue => {
                Beginning::Goes(Input::Typed(text.clone()))
            }
            _ => Beginning::Lost,
        },
        Event::Text(text) => letter(live(session.written.as_ref(), inbound.at), text, reader),
    }
}

/// A letter: a sure word opens something, a doubtful one is asked about, anything else answers the last menu, and what
/// fits nothing gets the short menu.
///
/// An open question goes first where the letter is plainly its answer: digits, yes and no where that is asked, and
/// whatever is written where free text is asked; but STOP and SOS win over every question.
fn letter(open: Option<&Dialogue>, text: &str, reader: &Reader<'_>) -> Beginning {
    let asked = open.map_or(Asked::Word, |dialogue| engine::asked(reader.pinned, dialogue, text));
    let outcome = match asked {
        Asked::Answer => Outcome::None,
        Asked::Free | Asked::Word => reader.newest.word_index.decide(reader.heard, reader.known),
    };
    let beside = |found: &Match| asked == Asked::Free && !found.weight.is_urgent();
    match outcome {
        Outcome::Action(found) if !beside(&found) && !found.confirms() => {
            let lang = reply_lang(&found, reader);
            Beginning::New(Input::Open(found.opens, found.args), lang)
        }
        Outcome::Action(found) | Outcome::Prompt(found) if !beside(&found) => {
            guess(open, text, vec![found], reader)
        }
        Outcome::Choose(found) if !found.iter().any(beside) => guess(open, text, found, reader),
        Outcome::Action(_) | Outcome::Prompt(_) | Outcome::Choose(_) | Outcome::None => plain(open, text),
    }
}

/// An answer to what is open, else the short menu.
fn plain(open: Option<&Dialogue>, text: &str) -> Beginning {
    match open {
        Some(_) => Beginning::Goes(Input::Typed(text.to_owned())),
        None => Beginning::New(Input::Open(Opens::Help, Vec::new()), None),
    }
}

/// Asks which of `found` was meant, in the dialogue under way where there is a question to go back to. What would only
/// lead to the short menu is not asked about: without an answer it comes anyway.
fn guess(open: Option<&Dialogue>, text: &str, mut found: Vec<Match>, reader: &Reader<'_>) -> Beginning {
    found.retain(|found| found.opens != Opens::Help);
    let Some(first) = found.first() else { return plain(open, text) };
    let urgent = found.iter().any(|found| found.weight.is_urgent());
    let lang = reply_lang(first, reader);
    let args = first.args.clone();
    let mut meant: Vec<Meant> = Vec::new();
    for found in found {
        if !meant.iter().any(|known| known.opens == found.opens) {
            meant.push(Meant { word: found.word, opens: found.opens });
        }
    }
    match open {
        Some(dialogue) if engine::can_come_back(dialogue) => Beginning::Goes(Input::Guess(meant, args)),
        // What is asked of an office goes on; only STOP and SOS put an end to waiting for it.
        Some(Dialogue { phase: Phase::Waiting(_), .. }) if !urgent => plain(open, text),
        Some(_) | None => Beginning::New(Input::Guess(meant, args), lang),
    }
}

/// The stored choice or the first guess where the word is one of that language too; else the only language that has
/// it; `None` for a word that all share (SOS), which is answered in a few words of each; else Russian, which most read.
fn reply_lang(word: &Match, reader: &Reader<'_>) -> Option<Lang> {
    let (known, guess) = (reader.known, reader.guess);
    let has = |lang: &Lang| word.langs.contains(lang);
    if let Some(lang) = known.filter(has).or(guess.filter(has)) {
        return Some(lang);
    }
    match word.langs.len() {
        1 => Some(word.lang),
        n if n == Lang::ALL.len() => None,
        _ => Some(if has(&Lang::Ru) { Lang::Ru } else { word.lang }),
    }
}

/// A dialogue that can still be answered at `now`.
#[must_use]
pub(super) fn live(dialogue: Option<&Dialogue>, now: Timestamp) -> Option<&Dialogue> {
    dialogue.filter(|dialogue| now < dialogue.expires)
}

/// The dialogue a redial may be asked to go on with: it was left on the way, not at the door.
#[must_use]
pub(super) fn earlier(session: &Session, now: Timestamp) -> Option<&Dialogue> {
    live(session.held.as_ref(), now).filter(|dialogue| dialogue.phase != Phase::Over).filter(|dialogue| {
        matches!(dialogue.cursor, Cursor::Step { .. } | Cursor::Resume { .. })
            || matches!(&dialogue.cursor, Cursor::Languages { then } if matches!(**then, Cursor::Step { .. }))
    })
}
