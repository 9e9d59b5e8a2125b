//! What a screen needs to be drawn besides its words: what kind it is, what can be typed, how far one is, what can be pictured.

use super::model::{Menu, Next, Step, StepId, Target, Text, Verb};
use crate::domain::screen::{Entry, Kind, Shown};
use crate::domain::session::{Cursor, Dialogue};
use crate::domain::value::{Value, ValueSpec};
use std::collections::BTreeMap;

/// What a step is for on a screen.
pub(super) fn kind(step: &Step) -> Kind {
    match &step.verb {
        Verb::Say if step.options.is_empty() && step.next == Next::Nowhere => Kind::End,
        Verb::Say => Kind::Say,
        Verb::Choose { .. } => Kind::Choose,
        // Beside cards nothing is typed at a kiosk.
        Verb::Ask { .. } if !step.options.is_empty() => Kind::Choose,
        Verb::Ask { .. } => Kind::Ask,
        Verb::List { .. } => Kind::List,
        Verb::Call { .. } => Kind::Wait,
        Verb::Confirm => Kind::Confirm,
        Verb::End => Kind::End,
    }
}

/// `menu/step`.
pub(super) fn place(cursor: &Cursor) -> String {
    match cursor {
        Cursor::Step { menu, step, .. } => format!("{menu}/{step}"),
        Cursor::Root { .. } | Cursor::Languages { .. } | Cursor::Resume { .. } => "root".to_owned(),
        Cursor::Phrase { .. } | Cursor::Later { .. } | Cursor::Guess { .. } | Cursor::Carry { .. } => {
            "phrase".to_owned()
        }
    }
}

/// What can be typed at a step.
pub(super) fn entry(menu: &Menu, step: &Step) -> Option<Entry> {
    let Verb::Ask { keep, accept, .. } = &step.verb else { return None };
    if !step.options.is_empty() {
        return None;
    }
    match menu.values.get(keep)? {
        ValueSpec::Digits(least, most) => Some(Entry::Digits(*least, *most)),
        ValueSpec::Number(least, most) => Some(Entry::Number(*least, *most)),
        ValueSpec::Date(range) => Some(Entry::Date(*range, accept.clone())),
        ValueSpec::Text(most) => Some(Entry::Text(*most)),
        ValueSpec::Choice(_) | ValueSpec::Words { .. } | ValueSpec::Items { .. } => None,
        ValueSpec::Hotline(_) | ValueSpec::Link(_) => None,
    }
}

/// Which question this is and how many there are at most on the way to an answer; nothing where nothing is asked.
pub(super) fn progress(menu: &Menu, step: &Step, dialogue: &Dialogue) -> Option<(u8, u8)> {
    if !asks(step) {
        return None;
    }
    let here = if let Cursor::Step { step, .. } = &dialogue.cursor { Some(step) } else { None };
    // Who was told something has begun anew, and who comes here again stands where he stood before.
    let way = dialogue.back.iter().rev().map_while(|place| {
        let Cursor::Step { menu: of, step, .. } = place else { return None };
        (*of == menu.id).then_some((step, menu.steps.get(step)?))
    });
    let way: Vec<_> = way.take_while(|(_, step)| asks(step) || step.verb == Verb::Confirm).collect();
    let before: Vec<_> = way.iter().rev().take_while(|(id, _)| Some(*id) != here).collect();
    let at = before.iter().filter(|(_, step)| asks(step)).count().saturating_add(1);
    // A way that leads back to any of them asks nothing new.
    let met = before.iter().map(|(id, _)| *id).chain(here);
    let mut known: BTreeMap<&StepId, usize> = met.map(|id| (id, 0)).collect();
    let ahead = longest(menu, &step.next, &mut known);
    let narrow = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    Some((narrow(at), narrow(at.saturating_add(ahead))))
}

fn asks(step: &Step) -> bool {
    matches!(step.verb, Verb::Ask { .. } | Verb::Choose { .. } | Verb::List { .. })
}

/// Questions on the longest way from here to news; a step that is met again on its own way counts nothing.
fn longest<'m>(menu: &'m Menu, next: &'m Next, known: &mut BTreeMap<&'m StepId, usize>) -> usize {
    let targets: Vec<&Target> = match next {
        Next::Nowhere => Vec::new(),
        Next::To(target) => vec![target],
        Next::By { cases, otherwise } => cases.values().chain(otherwise).collect(),
    };
    let ways = targets.into_iter().map(|target| {
        let Target::Step(id) = target else { return 0 };
        let Some((id, step)) = menu.steps.get_key_value(id) else { return 0 };
        if let Some(count) = known.get(id) {
            return *count;
        }
        known.insert(id, 0);
        let count = match step.verb {
            Verb::Say | Verb::End => 0,
            Verb::Confirm | Verb::Call { .. } => longest(menu, &step.next, known),
            Verb::Ask { .. } | Verb::Choose { .. } | Verb::List { .. } => {
                longest(menu, &step.next, known).saturating_add(1)
            }
        };
        known.insert(id, count);
        count
    });
    ways.max().unwrap_or(0)
}

/// The values that texts mention and that can be drawn, each once; never what a person typed as digits or words.
pub(super) fn shown(texts: &[Option<&Text>], dialogue: &Dialogue) -> Vec<Shown> {
    let forms = texts.iter().flatten().filter_map(|text| text.forms.get(&dialogue.lang));
    let mut names: Vec<&str> = forms.flat_map(|form| form.native.places()).collect();
    names.sort_unstable();
    names.dedup();
    let value = |name: &str| match dialogue.answers.get(name)? {
        value @ (Value::Date(_) | Value::Number(_) | Value::Word(_)) => {
            Some(Shown { name: name.to_owned(), value: value.clone() })
        }
        Value::Digits(_) | Value::Choice(_) | Value::Text(_) | Value::Items(_) => None,
    };
    names.into_iter().filter_map(value).collect()
}

#[cfg(test)]
#[path = "drawing_tests.rs"]
mod tests;
