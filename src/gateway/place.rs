//! Where a turn begins: which dialogue an inbound belongs to and what it means there; and whether it is a copy of one answered before.

use super::Limits;
use crate::domain::envelope::{BearerProfile, Event, Inbound};
use crate::domain::lang::Lang;
use crate::domain::menu::engine::Input;
use crate::domain::menu::model::{Bundle, Opens};
use crate::domain::session::{Cursor, Dialogue, Exchange, Phase, Session};
use crate::domain::time::Timestamp;
use crate::domain::word::{self, Understood};

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
/// after a commit whose outcome is unknown. `repeated`: equal bytes over this bind were taken for its copy before, and a
/// network sends again once.
#[must_use]
pub(super) fn copy_of<'a>(
    session: &'a Session,
    inbound: &Inbound,
    unsettled: bool,
    repeated: bool,
    limits: &Limits,
) -> Option<&'a Exchange> {
    let copy = inbound.copy;
    session.exchanges.iter().rev().find(|exchange| {
        let again = unsettled || copy.doubtful || (exchange.bind != copy.bind && !repeated);
        let recent = inbound.at.since(exchange.at) < limits.copy_window;
        exchange.step == copy.step || (again && recent && exchange.content == copy.content)
    })
}

/// What `inbound` is to `session`.
#[must_use]
pub(super) fn beginning(
    session: &Session,
    inbound: &Inbound,
    bearer: &BearerProfile,
    bundle: &Bundle,
    known: Option<Lang>,
    guess: Option<Lang>,
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
        Event::Text(text) => letter(session, inbound.at, text, bundle, (known, guess)),
    }
}

/// A letter: a word opens something, anything else answers the last menu, and what fits nothing gets the short menu.
fn letter(
    session: &Session,
    now: Timestamp,
    text: &str,
    bundle: &Bundle,
    (known, guess): (Option<Lang>, Option<Lang>),
) -> Beginning {
    let open = live(session.written.as_ref(), now);
    if let Some(word) = word::understand(bundle, text, known)
        && (open.is_none() || !answers_choice(text))
    {
        let lang = reply_lang(&word, known, guess);
        return Beginning::New(Input::Open(word.opens, word.args), lang);
    }
    match open {
        Some(_) => Beginning::Goes(Input::Typed(text.to_owned())),
        None => Beginning::New(Input::Open(Opens::Help, Vec::new()), None),
    }
}

/// Digits alone are never a word; they answer what was asked.
fn answers_choice(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The stored choice or the first guess where the word is one of that language too; else the only language that has
/// it; `None` for a word that all share (SOS), which is answered in a few words of each; else Russian, which most read.
fn reply_lang(word: &Understood, known: Option<Lang>, guess: Option<Lang>) -> Option<Lang> {
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
