//! How a dialogue moves: one pure function from a place and an input to the next place, a call, or a screen to show.

use super::model::Bundle;
use crate::domain::address::Dialled;
use crate::domain::content::Reference;
use crate::domain::lang::{Lang, Script};
use crate::domain::service::{Answer, Call};
use crate::domain::session::{Dialogue, Profile};
use crate::domain::time::Timestamp;
use core::time::Duration;

/// Steps taken within one turn at most; a menu that needs more loops.
pub const STEPS_PER_TURN_MAX: usize = 32;
/// Calls within one turn at most.
pub const CALLS_PER_TURN_MAX: usize = 4;
/// Characters of a typed answer at most; the rest is not read.
pub const ANSWER_CHARS_MAX: usize = 160;

/// What moves a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A code was dialled; `earlier` (the dialogue before it) is handed over in `Setting`.
    Dial(Dialled),
    /// A word opened something, with what followed it.
    Open(super::model::Opens, Vec<String>),
    /// Something was typed.
    Typed(String),
    /// The call asked for has been answered.
    Answered(Answer),
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

/// A dialogue that begins now, before its first input.
#[must_use]
pub fn begin(setting: &Setting<'_>, network: &[u8]) -> Dialogue {
    todo!("{setting:?} {network:?}")
}

/// One step. Total: every input leads somewhere.
#[must_use]
pub fn step(setting: &Setting<'_>, dialogue: Dialogue, input: &Input) -> Step {
    todo!("{setting:?} {dialogue:?} {input:?}")
}
