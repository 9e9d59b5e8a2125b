//! What is drawn of a step follows from the menu and the way to it, and shows nothing that a person typed about himself.

use super::*;
use crate::domain::content::Reference;
use crate::domain::lang::Lang;
use crate::domain::menu::engine::{Setting, begin};
use crate::domain::menu::model::{Bundle, Choice, Form, Needs, Resume};
use crate::domain::session::Profile;
use crate::domain::text::template::Template;
use crate::domain::time::Timestamp;
use crate::domain::value::{DateRange, Item};
use jiff::civil::date;

fn step(verb: Verb, next: Next) -> Step {
    Step { verb, next, ..Step::default() }
}

fn ask(keep: &str, next: Next) -> Step {
    step(Verb::Ask { keep: keep.into(), accept: Vec::new(), dial_in: false }, next)
}

fn to(step: &str) -> Next {
    Next::To(Target::Step(step.into()))
}

fn by(cases: &[(&str, &str)]) -> Next {
    let cases = cases.iter().map(|(case, step)| ((*case).to_owned(), Target::Step((*step).into())));
    Next::By { cases: cases.collect(), otherwise: None }
}

fn options(step: Step) -> Step {
    Step { options: vec![Choice { id: "a".into(), label: Text::default() }], ..step }
}

/// number → last4 → (a call) → answer, or not found → number again.
fn menu() -> Menu {
    let call = Verb::Call { service: "application.status".into(), give: Vec::new() };
    let steps = [
        ("number", ask("number", to("last4"))),
        ("last4", ask("last4", to("look"))),
        ("look", step(call, by(&[("found", "answer"), ("unknown", "not-found")]))),
        ("answer", options(step(Verb::Say, Next::To(Target::Home)))),
        ("not-found", options(step(Verb::Say, by(&[("a", "number")])))),
        // A branch of one more question and one of none; a no that leads back to the first.
        ("choose", step(Verb::Choose { keep: None }, by(&[("a", "first"), ("b", "answer")]))),
        ("first", ask("first", to("second"))),
        ("second", ask("second", to("sure"))),
        ("sure", step(Verb::Confirm, by(&[("yes", "answer"), ("no", "first")]))),
        ("last", step(Verb::Say, Next::Nowhere)),
    ];
    let values = [
        ("number", ValueSpec::Digits(9, 14)),
        ("last4", ValueSpec::Number(0, 9)),
        ("first", ValueSpec::Date(DateRange::Past)),
        ("second", ValueSpec::Text(160)),
    ];
    Menu {
        id: "m".into(),
        title: Text::default(),
        needs: Needs::Nothing,
        dial: None,
        resume: Resume::Never,
        listed: true,
        kiosk: None,
        values: values.map(|(name, spec)| (name.to_owned(), spec)).into(),
        first: "number".into(),
        steps: steps.map(|(id, step)| (id.to_owned(), step)).into(),
    }
}

fn at(step: &str) -> Cursor {
    Cursor::Step { menu: "m".into(), step: step.into(), page: 0 }
}

/// A dialogue that has come to the last of `way`.
fn dialogue(way: &[&str]) -> Dialogue {
    let (bundle, reference, profile) = (Bundle::default(), Reference::default(), Profile::default());
    let setting = Setting {
        bundle: &bundle,
        reference: &reference,
        profile: &profile,
        earlier: None,
        guess: None,
        wrote: None,
        shared: true,
        pages: 1,
        resume: core::time::Duration::from_secs(60),
        now: Timestamp(0),
    };
    let (here, before) = way.split_last().unwrap();
    let back = core::iter::once(Cursor::Root { page: 0 }).chain(before.iter().map(|step| at(step)));
    Dialogue { cursor: at(here), back: back.collect(), lang: Lang::Ru, ..begin(&setting, &[]) }
}

fn progress_of(way: &[&str]) -> Option<(u8, u8)> {
    let menu = menu();
    let (here, _) = way.split_last().unwrap();
    progress(&menu, &menu.steps[*here], &dialogue(way))
}

#[test]
fn questions_are_counted_to_the_farthest_answer_and_news_are_none() {
    assert_eq!(progress_of(&["number"]), Some((1, 2)));
    assert_eq!(progress_of(&["number", "last4"]), Some((2, 2)));
    assert_eq!(progress_of(&["number", "last4", "answer"]), None);
    assert_eq!(progress_of(&["choose"]), Some((1, 3)), "the longer branch");
    assert_eq!(progress_of(&["choose", "first"]), Some((2, 3)));
    assert_eq!(progress_of(&["choose", "first", "second"]), Some((3, 3)));
}

#[test]
fn who_comes_by_again_is_counted_anew_and_a_circle_counts_once() {
    assert_eq!(progress_of(&["number", "last4", "not-found", "number"]), Some((1, 2)));
    assert_eq!(progress_of(&["number", "last4", "not-found", "number", "last4"]), Some((2, 2)));
    assert_eq!(progress_of(&["first", "second", "sure", "first"]), Some((1, 2)));
    assert_eq!(progress_of(&["first", "second", "sure", "first", "second"]), Some((2, 2)));
}

#[test]
fn what_can_be_typed_is_what_the_menu_declares() {
    let menu = menu();
    let entry_of = |step: &str| entry(&menu, &menu.steps[step]);
    assert_eq!(entry_of("number"), Some(Entry::Digits(9, 14)));
    assert_eq!(entry_of("last4"), Some(Entry::Number(0, 9)));
    assert_eq!(entry_of("first"), Some(Entry::Date(DateRange::Past, Vec::new())));
    assert_eq!(entry_of("second"), Some(Entry::Text(160)));
    for step in ["choose", "answer", "look", "sure"] {
        assert_eq!(entry_of(step), None, "{step}");
    }
}

#[test]
fn a_step_is_of_the_kind_of_its_verb_and_news_that_lead_nowhere_end() {
    let menu = menu();
    for (step, wanted) in [
        ("number", Kind::Ask),
        ("look", Kind::Wait),
        ("answer", Kind::Say),
        ("choose", Kind::Choose),
        ("sure", Kind::Confirm),
        ("last", Kind::End),
    ] {
        assert_eq!(kind(&menu.steps[step]), wanted, "{step}");
    }
    assert_eq!(place(&at("number")), "m/number");
}

#[test]
fn dates_numbers_and_words_are_shown_once_and_never_what_tells_of_a_person() {
    let native = Template::parse("{day} {n} {state} {number} {name} {all} {of} {n} {absent}").unwrap();
    let form = Form { latin: native.clone(), native };
    let text = Text { forms: [(Lang::Ru, form)].into() };
    let item = Item { id: "i".into(), label: "Повар".into() };
    let answers = [
        ("day", Value::Date(date(2027, 1, 1))),
        ("n", Value::Number(90)),
        ("state", Value::Word("approved".into())),
        ("number", Value::Digits("6120093847".into())),
        ("name", Value::Text("Анвар".into())),
        ("all", Value::Items(vec![item])),
        ("of", Value::Choice("pay".into())),
        ("unsaid", Value::Number(7)),
    ];
    let answers = answers.map(|(name, value)| (name.to_owned(), value)).into();
    let dialogue = Dialogue { answers, ..dialogue(&["answer"]) };
    let shown = shown(&[Some(&text), None, Some(&text)], &dialogue);
    let names: Vec<&str> = shown.iter().map(|shown| shown.name.as_str()).collect();
    assert_eq!(names, ["day", "n", "state"]);
}
