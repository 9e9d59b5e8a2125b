//! What a redial after a drop may go on with: never a private place, never across something that was done.

use super::walk::Walk;
use crate::domain::lang::Lang;
use crate::domain::menu::model::{Menu, Resume, Step, Verb};
use crate::domain::service::{self, Place};
use crate::domain::session::{Cursor, Dialogue, Phase};
use crate::domain::value::Values;

/// An earlier dialogue as far as it may be gone on with.
pub(super) struct Offer {
    /// Where.
    pub(super) at: Cursor,
    /// What lies before.
    pub(super) back: Vec<Cursor>,
    /// What was answered before that place, by steps that are not private.
    pub(super) answers: Values,
    /// Whether to ask first.
    pub(super) ask: bool,
    /// In which language, where he had chosen one.
    pub(super) lang: Option<Lang>,
    /// Whether that was by his own word.
    pub(super) lang_chosen: bool,
}

/// The offer, if the earlier dialogue leaves one. Places are looked up in the version of today: what it no longer has
/// is not gone on with.
pub(super) fn offer(walk: &Walk<'_>) -> Option<Offer> {
    let earlier = walk.setting.earlier?;
    if earlier.phase == Phase::Over || walk.setting.now >= earlier.expires {
        return None;
    }
    let under = earlier.cursor.place();
    let stood = if let Cursor::Resume { at } = under { *at } else { under };
    let (menu, step) = walk.step_at(&stood)?;
    let chosen = earlier.lang_chosen.then_some(earlier.lang);
    let offer = |at, back, answers, ask| Offer {
        at,
        back,
        answers,
        ask,
        lang: chosen,
        lang_chosen: earlier.lang_chosen,
    };
    match menu.resume {
        Resume::Never => None,
        Resume::Start => {
            let first = Cursor::Step { menu: menu.id.clone(), step: menu.first.clone(), page: 0 };
            let open = walk.step_at(&first).is_some_and(|(_, step)| !step.private);
            open.then(|| offer(first, vec![Cursor::Root { page: 0 }], Values::new(), false))
        }
        Resume::Ask if done(step) => None,
        Resume::Ask => {
            let (at, back) = place(walk, earlier, &stood)?;
            let answers = answers(walk, earlier, &at, &back);
            Some(offer(at, back, answers, true))
        }
    }
}

/// Whether a call changes the person's own records: it may have been done already.
fn done(step: &Step) -> bool {
    match &step.verb {
        Verb::Call { service, .. } => service::spec(service).is_none_or(|spec| spec.place == Place::Own),
        Verb::Say
        | Verb::Choose { .. }
        | Verb::Ask { .. }
        | Verb::List { .. }
        | Verb::Confirm
        | Verb::End => false,
    }
}

/// The last place of the way that may be shown to whoever holds the phone, and the way before it. A way that does not
/// begin at the root was cut (something was done, or it grew too long): what is missing may have been private.
fn place(walk: &Walk<'_>, earlier: &Dialogue, stood: &Cursor) -> Option<(Cursor, Vec<Cursor>)> {
    if !matches!(earlier.back.first(), Some(Cursor::Root { .. })) {
        return None;
    }
    let way = earlier.back.iter().chain(core::iter::once(stood));
    let open = way.take_while(|place| match walk.step_at(place) {
        Some((_, step)) => !step.private,
        None => matches!(place, Cursor::Root { .. }),
    });
    let mut way: Vec<Cursor> = open.map(Cursor::place).collect();
    while let Some(at) = way.pop() {
        let (menu, step) = walk.step_at(&at)?;
        if menu.resume != Resume::Ask {
            return None;
        }
        let stands = match step.verb {
            Verb::Ask { .. } | Verb::Choose { .. } => true,
            // Their texts need what a service answered, which is not carried over in a menu with private steps.
            Verb::Say | Verb::List { .. } | Verb::Confirm => carries_all(menu),
            Verb::Call { .. } | Verb::End => false,
        };
        if stands {
            return Some((at, way));
        }
    }
    None
}

/// Whether a menu shows nothing private, so that everything may be carried over.
fn carries_all(menu: &Menu) -> bool {
    menu.steps.values().all(|step| !step.private)
}

/// What is carried over: of a menu with private steps only what the steps of the way kept; what services answered is
/// asked for again.
fn answers(walk: &Walk<'_>, earlier: &Dialogue, at: &Cursor, back: &[Cursor]) -> Values {
    let menus = back.iter().chain(core::iter::once(at)).filter_map(|place| walk.step_at(place));
    if menus.map(|(menu, _)| menu).all(carries_all) {
        return earlier.answers.clone();
    }
    let kept = back.iter().filter_map(|place| match &walk.step_at(place)?.1.verb {
        Verb::Choose { keep } => keep.as_ref(),
        Verb::Ask { keep, .. } | Verb::List { keep, .. } => Some(keep),
        Verb::Say | Verb::Call { .. } | Verb::Confirm | Verb::End => None,
    });
    kept.filter_map(|name| Some((name.clone(), earlier.answers.get(name)?.clone()))).collect()
}
