//! Where a turn begins: which dialogue an inbound belongs to and what it means there; and whether it is a copy of one answered before.

use super::Limits;
use crate::domain::envelope::{BearerProfile, Event, Inbound};
use crate::domain::lang::Lang;
use crate::domain::menu::engine::{self, Asked, Input};
use crate::domain::menu::model::{Bundle, Opens};
use crate::domain::session::{Cursor, Dialogue, Exchange, Meant, Phase, Session};
use crate::domain::time::Timestamp;
use crate::domain::vacancy::ask;
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
        Outcome::None if asked != Asked::Free && has_jobs(reader) && ask::lettered_code(text).is_some() => {
            let lang = reader.known.or(reader.guess).or(Some(Lang::Ru));
            Beginning::New(
                Input::Open(Opens::Menu(engine::JOBS.to_owned()), vec![text.trim().to_owned()]),
                lang,
            )
        }
        Outcome::Action(_) | Outcome::Prompt(_) | Outcome::Choose(_) | Outcome::None => plain(open, text),
    }
}

/// Whether the menus have one where a vacancy's code can be asked about.
fn has_jobs(reader: &Reader<'_>) -> bool {
    reader.newest.menus.get(engine::JOBS).is_some_and(|menu| menu.steps.contains_key(engine::JOBS_CODE))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::menu::engine::Setting;
    use crate::domain::menu::model::{Menu, Needs, Resume, Step, Text, Verb, Word};
    use crate::domain::service::Call;
    use crate::domain::session::Profile;
    use crate::domain::value::{ValueSpec, Values};
    use crate::domain::word::Index;
    use std::collections::BTreeMap;

    const NOW: Timestamp = Timestamp(1_795_410_000_000);

    /// One menu that asks for `tell`, and four words.
    fn bundle(tell: ValueSpec) -> Bundle {
        let ask = Step {
            verb: Verb::Ask { keep: "tell".into(), accept: Vec::new(), dial_in: false },
            text: Some(Text::default()),
            ..Step::default()
        };
        let menu = Menu {
            id: "tell".into(),
            title: Text::default(),
            needs: Needs::Nothing,
            dial: None,
            resume: Resume::Never,
            listed: true,
            kiosk: None,
            values: BTreeMap::from([("tell".to_owned(), tell)]),
            first: "ask".into(),
            steps: BTreeMap::from([("ask".to_owned(), ask)]),
        };
        let word = |word: &str, meaning: &str, opens, confirm| Word {
            word: word.to_owned(),
            lang: Lang::Ru,
            opens,
            meaning: meaning.to_owned(),
            confirm,
        };
        let words = vec![
            word("СТОП", "stop", Opens::Stop, false),
            word("СРОК", "days", Opens::Menu("days".into()), false),
            word("ЗАПИСЬ", "book", Opens::Menu("book".into()), true),
            word("ЗАРПЛАТА", "wage", Opens::Help, false),
        ];
        Bundle {
            menus: BTreeMap::from([("tell".to_owned(), menu)]),
            word_index: Index::of(&words, &[]),
            words,
            languages: Lang::ALL.to_vec(),
            ..Bundle::default()
        }
    }

    fn asked(bundle: &Bundle) -> Dialogue {
        let (reference, profile) = (crate::domain::content::Reference::default(), Profile::default());
        let setting = Setting {
            bundle,
            reference: &reference,
            profile: &profile,
            earlier: None,
            guess: Some(Lang::Ru),
            wrote: None,
            shared: false,
            pages: 1,
            resume: core::time::Duration::from_secs(600),
            now: NOW,
        };
        let begun = engine::begin(&setting, &[]);
        engine::step(&setting, begun, &Input::Open(Opens::Menu("tell".into()), Vec::new())).dialogue
    }

    /// What becomes of a letter, in a word.
    fn read(bundle: &Bundle, open: Option<&Dialogue>, text: &str) -> String {
        let heard = Heard::of(text);
        let reader =
            Reader { heard: &heard, newest: bundle, pinned: bundle, known: Some(Lang::Ru), guess: None };
        let meant =
            |meant: &[Meant]| meant.iter().map(|meant| meant.word.clone()).collect::<Vec<_>>().join("|");
        match letter(open, text, &reader) {
            Beginning::New(Input::Open(opens, _), _) => format!("opens {opens:?}"),
            Beginning::New(Input::Guess(words, _), _) => format!("asks anew {}", meant(&words)),
            Beginning::Goes(Input::Guess(words, _)) => format!("asks beside {}", meant(&words)),
            Beginning::Goes(Input::Typed(_)) => "answers".to_owned(),
            other @ (Beginning::New(..)
            | Beginning::Goes(_)
            | Beginning::Aborted
            | Beginning::Stale
            | Beginning::Lost) => {
                format!("{other:?}")
            }
        }
    }

    #[test]
    fn a_letter_opens_asks_or_gets_the_short_menu() {
        let bundle = bundle(ValueSpec::Digits(9, 9));
        for (text, wanted) in [
            ("срок", "opens Menu(\"days\")"),
            ("срко", "asks anew СРОК"),
            ("запись", "asks anew ЗАПИСЬ"),
            ("стпо", "asks anew СТОП"),
            ("зарплата", "opens Help"),
            ("зарлпата", "opens Help"),
            ("привет", "opens Help"),
            ("1", "opens Help"),
            ("STOP 123", "opens Help"),
        ] {
            assert_eq!(read(&bundle, None, text), wanted, "{text}");
        }
    }

    #[test]
    fn an_open_question_keeps_its_answers_but_stop_wins() {
        let digits = bundle(ValueSpec::Digits(9, 9));
        let free = bundle(ValueSpec::Text(160));
        for (text, by_digits, by_text) in [
            ("срок", "opens Menu(\"days\")", "answers"),
            ("срко", "asks beside СРОК", "answers"),
            ("срок вышел а денег не платят", "answers", "answers"),
            ("зарплата", "opens Help", "answers"),
            ("стоп", "opens Stop", "opens Stop"),
            ("стпо", "asks beside СТОП", "asks beside СТОП"),
            ("стоп машина", "answers", "answers"),
            ("123456789", "answers", "answers"),
        ] {
            assert_eq!(read(&digits, Some(&asked(&digits)), text), by_digits, "{text}");
            assert_eq!(read(&free, Some(&asked(&free)), text), by_text, "{text}");
        }
    }

    #[test]
    fn an_office_is_waited_for_unless_it_is_stop() {
        let bundle = bundle(ValueSpec::Digits(9, 9));
        let call = Call { service: String::new(), give: Values::new(), key: Default::default(), at: NOW };
        let waiting = Dialogue { phase: Phase::Waiting(call), ..asked(&bundle) };
        for (text, wanted) in [("срко", "answers"), ("стпо", "asks anew СТОП"), ("стоп", "opens Stop")]
        {
            assert_eq!(read(&bundle, Some(&waiting), text), wanted, "{text}");
        }
    }
}
