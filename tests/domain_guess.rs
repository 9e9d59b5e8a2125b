//! What is asked before it is done: doubtful words, and numbers in which letters were read as digits.

use crate::play::Play;
use kopir::domain::lang::Lang;
use kopir::domain::menu::engine::{Asked, Effect, Input, asked, can_come_back};
use kopir::domain::menu::model::Opens;
use kopir::domain::screen::Screen;
use kopir::domain::session::Meant;
use kopir::domain::value::Value;

fn shown(screen: &Screen) -> String {
    let choices = screen.choices.iter().map(|choice| format!("\n{} {}", choice.digit, choice.label));
    core::iter::once(screen.body.clone()).chain(choices).collect()
}

fn meant(word: &str, opens: Opens) -> Meant {
    Meant { word: word.to_owned(), opens }
}

fn doubt(words: &[Meant], args: &[&str]) -> Input {
    Input::Guess(words.to_vec(), args.iter().map(|arg| (*arg).to_owned()).collect())
}

fn status() -> Meant {
    meant("СТАТУС", Opens::Menu("status".into()))
}

#[test]
fn a_doubtful_word_does_nothing_until_yes() {
    for (answer, done) in [
        ("1", true),
        ("да", true),
        ("Да!", true),
        ("1.", true),
        ("2", false),
        ("нет", false),
        ("3", false),
        ("что", false),
    ] {
        let mut play = Play::speaking(Lang::Ru);
        assert_eq!(shown(&play.turn(&doubt(&[meant("СТОП", Opens::Stop)], &[]))), "СТОП?\n1 Да\n2 Нет");
        assert_eq!(play.effects, []);
        let screen = play.send(answer);
        if done {
            assert_eq!(
                (shown(&screen).as_str(), play.effects.as_slice()),
                ("Больше не пишем", &[Effect::Stop][..])
            );
        } else {
            assert_eq!(
                (shown(&screen).as_str(), play.effects.as_slice()),
                ("Короткое меню", &[][..]),
                "{answer}"
            );
        }
    }
}

#[test]
fn what_followed_the_word_is_used_after_yes() {
    let mut play = Play::speaking(Lang::Ru);
    play.turn(&doubt(&[status()], &["1234567890", "4821"]));
    play.send("1");
    assert_eq!(play.calls.len(), 1);
    assert_eq!(play.calls[0].give["number"], Value::Digits("1234567890".into()));
}

#[test]
fn a_guess_beside_a_question_leads_back_to_it_unless_it_is_meant() {
    let mut play = Play::speaking(Lang::Ru);
    let question = shown(&play.dial("*100*21#"));
    for (answer, places) in [("2", 1), ("0", 1), ("7", 1), ("нет", 1)] {
        play.turn(&doubt(&[meant("СТОП", Opens::Stop)], &[]));
        assert_eq!(shown(&play.send(answer)), question, "{answer}");
        assert_eq!(play.dialogue.as_ref().unwrap().back.len(), places);
    }
    play.turn(&doubt(&[meant("СТОП", Opens::Stop)], &[]));
    play.turn(&doubt(&[status()], &[]));
    assert_eq!(shown(&play.send("0")), question, "a guess upon a guess leads back to the question too");
    assert_eq!(play.effects, []);
}

#[test]
fn one_of_several_is_chosen_by_its_digit() {
    let both = [status(), meant("ДНИ", Opens::Menu("days-left".into()))];
    for (answer, begins) in
        [("2", "Когда"), ("3", "Короткое меню"), ("да", "Короткое меню"), ("0", "Короткое меню")]
    {
        let mut play = Play::speaking(Lang::Ru);
        assert_eq!(shown(&play.turn(&doubt(&both, &[]))), "Что?\n1 СТАТУС\n2 ДНИ");
        assert!(shown(&play.send(answer)).starts_with(begins), "{answer}");
    }
}

#[test]
fn a_number_typed_with_letters_is_said_back_by_its_end_before_it_is_used() {
    let mut play = Play::speaking(Lang::Ru);
    let question = shown(&play.word(Opens::Menu("status".into()), &[]));
    let asked = play.send("12З456789O");
    assert_eq!(shown(&asked), "*7890?\n1 Да\n2 Нет");
    assert!(asked.private, "it is never logged nor resumed into");
    assert_eq!(shown(&play.send("2")), question);
    play.send("12З456789O");
    let next = shown(&play.send("1"));
    assert_ne!(next, question);
    assert_eq!(play.dialogue.as_ref().unwrap().answers["number"], Value::Digits("1234567890".into()));
    play.send("4821");
    assert_eq!(play.calls.len(), 1);
}

#[test]
fn clean_digits_go_straight_through_and_what_follows_a_repaired_number_waits_for_it() {
    let mut play = Play::speaking(Lang::Ru);
    play.word(Opens::Menu("status".into()), &["1234567890", "4821"]);
    assert_eq!(play.calls.len(), 1, "nothing is asked of clean digits");
    assert_eq!(
        shown(&play.word(Opens::Menu("status".into()), &["l2З4567890", "4821"])),
        "*7890?\n1 Да\n2 Нет"
    );
    assert_eq!(play.calls.len(), 1);
    play.send("да");
    assert_eq!(play.calls.len(), 2);
    assert_eq!(play.calls[1].give["last4"], Value::Digits("4821".into()));
}

#[test]
fn yes_and_no_are_words_only_where_they_are_asked() {
    let mut play = Play::speaking(Lang::Ru);
    let asks = |play: &Play, text: &str| asked(&play.bundle, play.dialogue.as_ref().unwrap(), text);
    play.dial("*100#");
    assert_eq!(
        (asks(&play, "да"), asks(&play, "1"), asks(&play, " 12 ")),
        (Asked::Word, Asked::Answer, Asked::Answer)
    );
    assert!(!can_come_back(play.dialogue.as_ref().unwrap()));
    play.turn(&doubt(&[status()], &[]));
    assert_eq!(
        (asks(&play, "да"), asks(&play, "Нет."), asks(&play, "стоп")),
        (Asked::Answer, Asked::Answer, Asked::Word)
    );
    play.dial("*100*21#");
    assert!(can_come_back(play.dialogue.as_ref().unwrap()));
    assert_eq!(asks(&play, "да"), Asked::Word);
}
