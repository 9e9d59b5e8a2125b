//! What a place looks like: cursor × language × script → Screen.

use super::engine::Setting;
use crate::domain::envelope::LinkFacts;
use crate::domain::lang::Script;
use crate::domain::screen::Screen;
use crate::domain::session::Dialogue;

/// The screen at the dialogue's cursor, in its language and `script`. `wrong` puts the step's or the gateway's
/// "wrong input" line first. `small` takes `short:` texts where a step has one.
#[must_use]
pub fn screen(setting: &Setting<'_>, dialogue: &Dialogue, script: Script, facts: &LinkFacts, wrong: bool, small: bool) -> Screen {
    todo!("{setting:?} {dialogue:?} {script:?} {facts:?} {wrong} {small}")
}
