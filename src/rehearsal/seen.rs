//! Which step a turn showed: read from the session while the dialogue goes on, from the words once it is over.

use super::case::Door;
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Bundle, Verb};
use crate::domain::session::{Cursor, Dialogue};
use std::collections::BTreeMap;

/// A step of a menu that a person has seen, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// The menu.
    pub menu: String,
    /// Its step.
    pub step: String,
    /// In which language.
    pub lang: Lang,
    /// By which door.
    pub door: Door,
}

/// Stands for a value while a text is cut where its values stand.
const CUT: &str = "\u{1}";

/// The step at which `dialogue` stands.
pub(super) fn standing(dialogue: Dialogue, door: Door) -> Option<Seen> {
    match dialogue.cursor {
        Cursor::Step { menu, step, .. } => Some(Seen { menu, step, lang: dialogue.lang, door }),
        Cursor::Root { .. } | Cursor::Languages { .. } | Cursor::Resume { .. } => None,
        Cursor::Phrase { .. } | Cursor::Later { .. } | Cursor::Guess { .. } | Cursor::Carry { .. } => None,
    }
}

/// The last words that `text` holds: nothing is kept of a dialogue that is over, so its first line has to tell.
pub(super) fn last_words(bundle: &Bundle, text: &str, door: Door) -> Vec<Seen> {
    let shown = dense(text);
    let ends = bundle.menus.iter().flat_map(|(menu, whole)| {
        let ends = whole.steps.iter().filter(|(_, step)| step.verb == Verb::End);
        ends.filter_map(move |(id, step)| Some((menu, id, step.text.as_ref()?)))
    });
    let mut seen = Vec::new();
    for (menu, step, text) in ends {
        for (lang, form) in &text.forms {
            let holds = [&form.native, &form.latin].into_iter().any(|template| {
                let cuts: BTreeMap<String, String> =
                    template.places().into_iter().map(|name| (name.to_owned(), CUT.to_owned())).collect();
                let said = template.fill(*lang, &cuts, None);
                let first = dense(said.lines().next().unwrap_or_default());
                first.split(CUT).all(|piece| shown.contains(piece)) && first.len() > CUT.len()
            });
            if holds {
                seen.push(Seen { menu: menu.clone(), step: step.clone(), lang: *lang, door });
            }
        }
    }
    seen
}

/// Without blanks, since a page breaks a text where its room ends.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}
