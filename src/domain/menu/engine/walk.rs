//! The moves of a dialogue: where it goes, what it forgets on the way, and when it must call or end.

use super::{ANSWER_CHARS_MAX, Effect, Input, LIST_MAX, Next, STEPS_PER_TURN_MAX, Setting, Step, lang_known};
use crate::domain::lang::Lang;
use crate::domain::menu::model::{self, Menu, Phrase, Target, Verb};
use crate::domain::service::{self, Answer, Call, Place};
use crate::domain::session::{ATTEMPTS_MAX, BACK_MAX, Cursor, Dialogue, Phase, Phone};
use crate::domain::value::{Item, Value, ValueSpec};

/// A dialogue on the move.
pub(super) struct Walk<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) dialogue: Dialogue,
    pub(super) wrong: bool,
    effects: Vec<Effect>,
    /// Whether the cursor was put somewhere, so that its step still has to act.
    moved: bool,
    steps: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(setting: Setting<'a>, dialogue: Dialogue) -> Self {
        Self { setting, dialogue, wrong: false, effects: Vec::new(), moved: false, steps: 0 }
    }

    /// Lets the step under the cursor act, and hands everything back.
    pub(super) fn finish(mut self, input: &Input) -> Step {
        let call = if self.moved { self.act() } else { None };
        if *input != Input::Look {
            self.dialogue.turns = self.dialogue.turns.saturating_add(1);
            self.dialogue.expires = self.setting.now.plus(self.setting.resume);
        }
        if matches!(input, Input::Dial(_) | Input::Open(..) | Input::Guess(..) | Input::Typed(_)) {
            self.dialogue.seen = self.setting.now;
            self.dialogue.script = self.setting.wrote.or(self.dialogue.script);
        }
        let next = call.map_or(Next::Show { wrong: self.wrong }, Next::Call);
        Step { dialogue: self.dialogue, effects: self.effects, next }
    }

    /// What a step does by itself when one arrives at it: a call is asked for, a last word ends the dialogue.
    fn act(&mut self) -> Option<Call> {
        if !matches!(self.dialogue.cursor, Cursor::Step { .. }) {
            return None;
        }
        let Some((_, step)) = self.step_at(&self.dialogue.cursor) else {
            self.sorry();
            return None;
        };
        if self.setting.shared && belongs_to_phone(step) {
            self.dialogue.cursor = Cursor::Carry { of: Box::new(self.dialogue.cursor.clone()) };
            return None;
        }
        match &step.verb {
            Verb::Call { service, give } => return Some(self.call(service, give)),
            Verb::End => self.dialogue.phase = Phase::Over,
            Verb::Say if step.options.is_empty() && step.next == model::Next::Nowhere => {
                self.dialogue.phase = Phase::Over;
            }
            Verb::Say | Verb::Choose { .. } | Verb::Ask { .. } | Verb::List { .. } | Verb::Confirm => {}
        }
        None
    }

    /// The call of a step; without `give` the service gets what it asks for.
    fn call(&self, service: &str, give: &[String]) -> Call {
        let asked: &[&str] = service::spec(service).map_or(&[], |spec| spec.gives);
        let asked = asked.iter().copied().filter(|_| give.is_empty());
        let names = give.iter().map(String::as_str).chain(asked);
        let given =
            names.filter_map(|name| Some((name.to_owned(), self.dialogue.answers.get(name)?.clone())));
        Call {
            service: service.to_owned(),
            give: given.collect(),
            key: Default::default(),
            at: self.setting.now,
        }
    }

    /// The menu and step a cursor stands on.
    pub(super) fn step_at(&self, cursor: &Cursor) -> Option<(&'a Menu, &'a model::Step)> {
        let Cursor::Step { menu, step, .. } = cursor else { return None };
        let menu = self.setting.bundle.menus.get(menu)?;
        Some((menu, menu.steps.get(step)?))
    }

    /// Puts the dialogue somewhere. More moves in one turn than a menu can need are a loop. At the root everything is
    /// forgotten that was answered: whoever holds the phone next must not find it.
    pub(super) fn put(&mut self, cursor: Cursor) {
        self.steps = self.steps.saturating_add(1);
        self.moved = true;
        self.wrong = false;
        self.dialogue.attempts = 0;
        self.dialogue.phase = Phase::Open;
        if self.steps > STEPS_PER_TURN_MAX {
            return self.sorry();
        }
        if matches!(cursor, Cursor::Root { .. }) {
            self.dialogue.back.clear();
            self.dialogue.answers.clear();
        }
        self.dialogue.cursor = cursor;
    }

    /// Opens a menu as if from the root; nothing of before goes along.
    pub(super) fn open_menu(&mut self, menu: &str) {
        self.home();
        let Some(first) = self.first(menu) else { return };
        self.dialogue.back.push(Cursor::Root { page: 0 });
        self.put(first);
    }

    fn first(&self, menu: &str) -> Option<Cursor> {
        let menu = self.setting.bundle.menus.get(menu)?;
        Some(Cursor::Step { menu: menu.id.clone(), step: menu.first.clone(), page: 0 })
    }

    /// Goes on where another device left off.
    pub(super) fn go_on(&mut self) {
        self.put(self.dialogue.cursor.place());
    }

    /// The root.
    pub(super) fn home(&mut self) {
        self.put(Cursor::Root { page: 0 });
    }

    /// Follows `next` for an option or outcome.
    pub(super) fn follow(&mut self, next: &model::Next, case: &str) {
        match next {
            model::Next::Nowhere => self.dialogue.phase = Phase::Over,
            model::Next::To(target) => self.go(target),
            model::Next::By { cases, otherwise } => match cases.get(case).or(otherwise.as_ref()) {
                Some(target) => self.go(target),
                None => self.sorry(),
            },
        }
    }

    fn go(&mut self, target: &Target) {
        let next = match (target, &self.dialogue.cursor) {
            (Target::Home, _) => return self.home(),
            (Target::Menu(menu), _) => self.first(menu),
            (Target::Step(step), Cursor::Step { menu, .. }) => {
                Some(Cursor::Step { menu: menu.clone(), step: step.clone(), page: 0 })
            }
            (Target::Step(_), _) => None,
        };
        let Some(next) = next else { return self.sorry() };
        let calls = |(_, step): (_, &model::Step)| matches!(step.verb, Verb::Call { .. });
        if !self.step_at(&self.dialogue.cursor).is_some_and(calls) {
            let from = self.dialogue.cursor.clone();
            self.remember(from);
        }
        self.put(next);
    }

    fn remember(&mut self, place: Cursor) {
        if self.dialogue.back.len() >= BACK_MAX {
            self.dialogue.back.remove(0);
        }
        self.dialogue.back.push(place);
    }

    /// To where one came from; at the root it stays.
    pub(super) fn back(&mut self) {
        match self.dialogue.back.pop() {
            Some(place @ Cursor::Step { .. }) => self.put(place),
            Some(_) | None => self.home(),
        }
    }

    /// The menu has nothing better to say; `0` leads to where one came from.
    pub(super) fn sorry(&mut self) {
        let then = self.dialogue.back.pop().unwrap_or(Cursor::Root { page: 0 });
        self.dialogue.phase = Phase::Open;
        self.dialogue.attempts = 0;
        self.dialogue.cursor =
            Cursor::Phrase { phrase: Phrase::Sorry, ends: false, then: Some(Box::new(then)) };
    }

    /// The gateway's last word.
    pub(super) fn last_word(&mut self, phrase: Phrase) {
        self.home();
        self.put(Cursor::Phrase { phrase, ends: true, then: None });
        self.dialogue.phase = Phase::Over;
    }

    /// An input that fits nothing. After `ATTEMPTS_MAX` in a row a person is offered.
    pub(super) fn misfit(&mut self) {
        self.effects.push(Effect::Wrong);
        self.wrong = true;
        self.dialogue.attempts = self.dialogue.attempts.saturating_add(1);
        if self.dialogue.attempts >= ATTEMPTS_MAX && !matches!(self.dialogue.cursor, Cursor::Phrase { .. }) {
            let then = Some(Box::new(self.dialogue.cursor.clone().at_page(0)));
            self.put(Cursor::Phrase { phrase: Phrase::HumanHelp, ends: false, then });
        }
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Asks for the language and goes on afterwards where it stands.
    pub(super) fn ask_language(&mut self) {
        let then = Box::new(self.dialogue.cursor.place());
        self.put(Cursor::Languages { then });
    }

    /// The language is chosen. It is kept at once only on first contact; a second choice then replaces the first. On a
    /// phone whose language is known it waits for "this phone is mine".
    pub(super) fn choose_language(&mut self, lang: Lang) {
        let first =
            !lang_known(&self.setting, &self.dialogue) && self.setting.profile.phone != Phone::Borrowed;
        let again = self.kept_here();
        if lang != self.dialogue.lang || !lang_known(&self.setting, &self.dialogue) {
            self.dialogue.lang_chosen = again || self.setting.profile.lang != Some(lang);
            self.dialogue.lang = lang;
            if first || again {
                self.effect(Effect::KeepLang(lang));
            }
        }
    }

    /// Whether the kept language was chosen in this dialogue: a choice that equals what a profile kept from before
    /// does not count as chosen.
    fn kept_here(&self) -> bool {
        self.dialogue.lang_chosen && self.setting.profile.lang == Some(self.dialogue.lang)
    }

    /// The call the dialogue stands on has been answered; an answer that nobody waits for is dropped.
    pub(super) fn answered(&mut self, answer: &Answer) {
        let Some((menu, step)) = self.step_at(&self.dialogue.cursor) else { return };
        let Verb::Call { service, .. } = &step.verb else { return };
        self.dialogue.phase = Phase::Open;
        let spec = service::spec(service);
        for stale in spec.map_or(&[][..], |spec| spec.answers) {
            self.dialogue.answers.remove(*stale);
        }
        for (name, value) in &answer.values {
            if let Some(declared) = menu.values.get(name) {
                self.dialogue.answers.insert(name.clone(), bounded(declared, value));
            }
        }
        if spec.is_some_and(|spec| spec.place == Place::Own) && service != "job.who" {
            // What is done is not undone by going back, nor done again by a redial.
            self.dialogue.back.clear();
        }
        match (service.as_str(), answer.outcome.as_str()) {
            ("phone.mine", "ok") if self.dialogue.lang_chosen => {
                self.effect(Effect::KeepLang(self.dialogue.lang))
            }
            ("phone.borrowed", "ok") if self.kept_here() => self.effect(Effect::ForgetLang),
            _ => {}
        }
        self.follow(&step.next, &answer.outcome);
    }
}

/// Whether a step can be taken on a phone only: it says so, or changes what is kept of a phone's number. Asking after a
/// ticket by its number does not, nor does looking for work.
fn belongs_to_phone(step: &model::Step) -> bool {
    let own = |service: &str| {
        !matches!(service, "ticket.state" | "job.who")
            && service::spec(service).is_some_and(|spec| spec.place == Place::Own)
    };
    step.phone || matches!(&step.verb, Verb::Call { service, .. } if own(service))
}

/// A value of a service, cut to the longest form its declaration promises: the screens were measured with it.
fn bounded(declared: &ValueSpec, value: &Value) -> Value {
    let (most, longest) = match declared {
        ValueSpec::Text(most) => (LIST_MAX, usize::from(*most)),
        ValueSpec::Digits(_, most) => (LIST_MAX, usize::from(*most)),
        ValueSpec::Items { most, longest } => (LIST_MAX.min(usize::from(*most)), usize::from(*longest)),
        ValueSpec::Choice(_) | ValueSpec::Date(_) | ValueSpec::Number(..) => (LIST_MAX, ANSWER_CHARS_MAX),
        ValueSpec::Words { .. } | ValueSpec::Hotline(_) | ValueSpec::Link(_) => (LIST_MAX, ANSWER_CHARS_MAX),
    };
    let cut = |text: &String, most: usize| text.chars().take(most.min(ANSWER_CHARS_MAX)).collect::<String>();
    let item = |item: &Item| Item { id: cut(&item.id, ANSWER_CHARS_MAX), label: cut(&item.label, longest) };
    match value {
        Value::Digits(text) => Value::Digits(cut(text, longest)),
        Value::Text(text) => Value::Text(cut(text, longest)),
        Value::Choice(id) => Value::Choice(cut(id, ANSWER_CHARS_MAX)),
        Value::Word(key) => Value::Word(cut(key, ANSWER_CHARS_MAX)),
        Value::Items(items) => Value::Items(items.iter().take(most).map(item).collect()),
        Value::Date(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(verb: Verb, phone: bool) -> model::Step {
        model::Step { verb, phone, ..model::Step::default() }
    }

    #[test]
    fn what_changes_what_is_kept_of_a_phone_belongs_to_it_and_so_does_what_says_so() {
        let call = |service: &str| step(Verb::Call { service: service.to_owned(), give: Vec::new() }, false);
        for service in ["phone.mine", "data.show", "data.delete", "call-back.ask", "danger.ask", "carry.take"]
        {
            assert!(belongs_to_phone(&call(service)), "{service}");
        }
        for service in ["application.status", "stay.count", "call-back.hours", "ticket.state", "unheard.of"] {
            assert!(!belongs_to_phone(&call(service)), "{service}");
        }
        assert!(belongs_to_phone(&step(Verb::Choose { keep: None }, true)));
        assert!(!belongs_to_phone(&step(Verb::Choose { keep: None }, false)));
        assert!(!belongs_to_phone(&step(Verb::Confirm, false)));
    }
}
