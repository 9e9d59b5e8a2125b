//! How a dialogue moves: one pure function from a place and an input to the next place, a call, or a screen to show.

mod answer;
mod arrive;
mod guess;
mod resume;
mod typed;
mod walk;

pub use guess::{Asked, asked, can_come_back};

use super::model::{Bundle, Opens};
use crate::domain::address::Dialled;
use crate::domain::content::Reference;
use crate::domain::lang::{Lang, Script};
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Cursor, Dialogue, Meant, Phase, Profile};
use crate::domain::time::Timestamp;
use core::time::Duration;
use walk::Walk;

/// Steps taken within one turn at most; a menu that needs more loops.
pub const STEPS_PER_TURN_MAX: usize = 32;
/// Calls within one turn at most.
pub const CALLS_PER_TURN_MAX: usize = 4;
/// Characters of a typed answer, or of one text in a service's answer, at most; the rest is not read.
pub const ANSWER_CHARS_MAX: usize = 160;
/// Entries of a list that can be chosen: seven groups of seven, so that no number collides with `0`, `00`, `8` or `9`.
pub const LIST_MAX: usize = 49;
/// The menu that `7` on the languages and the word SOS open.
pub const DANGER: &str = "danger";
/// The menu of a person's own data, and its step that asks whose phone it is before letters may come again.
pub const OWN_DATA: &str = "my-data";
/// See `OWN_DATA`.
pub const OWN_DATA_START: &str = "own-phone";
/// The menu of work, and its step that asks for the code of a vacancy.
pub const JOBS: &str = "jobs";
/// See `JOBS`.
pub const JOBS_CODE: &str = "code";
/// The digit of `DANGER` among the languages, of which there are six.
pub const DANGER_DIGIT: &str = "7";

/// What moves a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A code was dialled; `earlier` (the dialogue before it) is handed over in `Setting`.
    Dial(Dialled),
    /// A word opened something, with what followed it.
    Open(Opens, Vec<String>),
    /// A word may have meant one of these, with what followed it: ask first.
    Guess(Vec<Meant>, Vec<String>),
    /// Something was typed.
    Typed(String),
    /// The call asked for has been answered.
    Answered(Answer),
    /// Goes on where the dialogue was brought to from another device: its step acts now.
    GoOn,
    /// The bearer shows nothing new: render where it stands.
    Look,
}

/// What a step may look at besides the dialogue. Everything is an argument.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The menus the dialogue is pinned to.
    pub bundle: &'a Bundle,
    /// Rules and hotlines of today.
    pub reference: &'a Reference,
    /// What is kept of the person.
    pub profile: &'a Profile,
    /// The unfinished dialogue a redial may go on with, if there is one that may be resumed.
    pub earlier: Option<&'a Dialogue>,
    /// First guess at the language where nothing is known.
    pub guess: Option<Lang>,
    /// The script the input was written in.
    pub wrote: Option<Script>,
    /// Whether many use the device, so that what belongs to a phone is handed over to one.
    pub shared: bool,
    /// How many pages the current screen has on this bearer (for `9`).
    pub pages: u8,
    /// How long an unfinished dialogue may be gone on with.
    pub resume: Duration,
    /// Now.
    pub now: Timestamp,
}

/// What a step changes beside the dialogue; committed in the same atomic step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Keep the language he chose.
    KeepLang(Lang),
    /// Take back the language kept in this very dialogue: the phone turned out to be somebody else's.
    ForgetLang,
    /// STOP.
    Stop,
    /// START.
    Start,
    /// The input fitted nothing (for the metrics).
    Wrong,
}

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the dialogue stands now.
    pub dialogue: Dialogue,
    /// What else changes.
    pub effects: Vec<Effect>,
    /// What is to be done next.
    pub next: Next,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Make this call, then step again with `Input::Answered`. `key` is filled by the gateway.
    Call(Call),
    /// Show where the dialogue stands (`render::screen`); `wrong` puts the "wrong input" line first.
    Show {
        /// Say that the input fitted nothing.
        wrong: bool,
    },
}

/// A dialogue that begins now, before its first input: in the language kept of the person, else the first guess, else
/// the first language offered. It stands at the root; `network` is the bearer's handle.
#[must_use]
pub fn begin(setting: &Setting<'_>, network: &[u8]) -> Dialogue {
    let shown = &setting.bundle.languages;
    let lang = setting.profile.lang.filter(|lang| shown.contains(lang));
    let lang = lang.or_else(|| setting.guess.filter(|lang| shown.contains(lang)));
    Dialogue {
        bundle: setting.bundle.id,
        lang: lang.or_else(|| offered(setting.bundle).next()).unwrap_or(Lang::Kk),
        lang_chosen: false,
        script: setting.wrote.or(setting.profile.script),
        cursor: Cursor::Root { page: 0 },
        back: Vec::new(),
        answers: crate::domain::value::Values::new(),
        attempts: 0,
        phase: Phase::Open,
        network: network.to_vec(),
        turns: 0,
        begun: setting.now,
        seen: setting.now,
        expires: setting.now.plus(setting.resume),
    }
}

/// One step. Total: every input leads somewhere.
///
/// `Dial` and `Open` begin anew whatever the dialogue held; `Open` keeps its language, which is the word's. Reserved
/// keys act everywhere but in an `ask` whose declaration takes them as an answer (`{number: 0..9}`). A `say` without options shows a single `1` when it leads on,
/// and ends the dialogue when it leads nowhere. `turns` counts every step but `Look`.
#[must_use]
pub fn step(setting: &Setting<'_>, dialogue: Dialogue, input: &Input) -> Step {
    let mut walk = Walk::new(*setting, dialogue);
    match input {
        Input::Dial(dialled) => walk.dial(dialled),
        Input::Open(opens, args) => walk.open(opens, args),
        Input::Guess(meant, args) => walk.guess(meant, args),
        Input::Typed(text) => walk.typed(text),
        Input::Answered(answer) => walk.answered(answer),
        Input::GoOn => walk.go_on(),
        Input::Look => {}
    }
    walk.finish(input)
}

/// The languages in the order in which they stand on the screen: on first contact the guess leads, which the dialogue
/// already speaks, so that the digits cannot change between the question and its answer.
pub(super) fn languages(setting: &Setting<'_>, dialogue: &Dialogue) -> Vec<Lang> {
    let mut all: Vec<Lang> = offered(setting.bundle).collect();
    if !lang_known(setting, dialogue) {
        all.sort_by_key(|lang| *lang != dialogue.lang);
    }
    all
}

fn offered(bundle: &Bundle) -> impl Iterator<Item = Lang> + '_ {
    Lang::ALL.into_iter().filter(|lang| bundle.languages.contains(lang))
}

/// Whether the person has told his language, here or before; one language alone is no question.
pub(super) fn lang_known(setting: &Setting<'_>, dialogue: &Dialogue) -> bool {
    let shown = &setting.bundle.languages;
    dialogue.lang_chosen || shown.len() <= 1 || setting.profile.lang.is_some_and(|lang| shown.contains(&lang))
}

/// What is typed for entry `index` of a list of `count`: one digit up to seven, else the number of its group and its
/// place there. It stays the same on every page.
pub(super) fn list_digit(index: usize, count: usize) -> String {
    let place = (index % 7).saturating_add(1);
    if count <= 7 { place.to_string() } else { format!("{}{place}", (index / 7).saturating_add(1)) }
}
