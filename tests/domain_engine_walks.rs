//! Random walks over every verb: they end on a screen, twice on the same, bounded, and give nothing private to the next caller.

use crate::play::{Play, jobs};
use kopir::domain::address::Dialled;
use kopir::domain::lang::Lang;
use kopir::domain::menu::model::{Bundle, Opens};
use kopir::domain::menu::spoken::utterances;
use kopir::domain::screen::{Kind, Screen};
use kopir::domain::session::{BACK_MAX, Cursor, Phase};
use kopir::domain::value::Value;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn any_input() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[1-3]",
        2 => prop::sample::select(vec!["0", "00", "8", "9", "7", "1", "2"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["0311", "03.11.2026", "1234567890", "4821", "О311", "23", "11"]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => prop::sample::select(vec!["*100#", "*100*21#", "*100*21*0311#", "*100*112#", "*100*9#"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["!stop", "!help", "!sos", "!lang", "!days", "!status"]).prop_map(str::to_owned),
    ]
}

fn walk(inputs: &[(String, u8)], known: bool) -> (Vec<Screen>, Play) {
    let mut play = if known { Play::speaking(Lang::Tg) } else { Play::new() };
    let mut screens = vec![play.dial("*100#")];
    for (input, office) in inputs {
        play.pages = office % 4 + 1;
        play.slow = office % 11 == 0;
        let outcome = ["some", "none", "loop", "surprise"][usize::from(office % 4)];
        play.office("jobs.find", outcome, &[("jobs", jobs(usize::from(*office)))]);
        let outcome = ["found", "unknown", "slow", "down"][usize::from(office % 4)];
        play.office("application.status", outcome, &[("tail", Value::Text("\n{x}\u{7}".into()))]);
        let screen = match input.as_str() {
            "!stop" => play.word(Opens::Stop, &[]),
            "!help" => play.word(Opens::Help, &[]),
            "!sos" => play.word(Opens::Sos, &[]),
            "!lang" => play.word(Opens::Language, &[]),
            "!days" => play.word(Opens::Menu("days-left".into()), &["3", "11", "1"]),
            "!status" => play.word(Opens::Menu("status".into()), &["1234567890", "4821"]),
            code if Dialled::parse(code).is_ok() => play.dial(code),
            typed => play.send(typed),
        };
        let dialogue = play.dialogue.as_ref().unwrap();
        assert!(dialogue.back.len() <= BACK_MAX);
        assert!(depth(&dialogue.cursor) <= 4, "{:?}", dialogue.cursor);
        assert!(!dialogue.back.iter().any(|place| depth(place) > 0));
        assert!(screen.ends || dialogue.phase != Phase::Over);
        assert!(screen.ends || screen.keys.language || !screen.choices.is_empty(), "a dead end: {screen:?}");
        screens.push(screen);
    }
    (screens, play)
}

fn depth(cursor: &Cursor) -> usize {
    match cursor {
        Cursor::Root { .. } | Cursor::Step { .. } => 0,
        Cursor::Phrase { then: None, .. } | Cursor::Guess { then: None, .. } => 0,
        Cursor::Languages { then: of }
        | Cursor::Resume { at: of }
        | Cursor::Phrase { then: Some(of), .. }
        | Cursor::Guess { then: Some(of), .. }
        | Cursor::Carry { of }
        | Cursor::Later { of, .. } => 1 + depth(of),
    }
}

/// All that a bundle may have read aloud, by tag and text.
fn recorded(bundle: &Bundle) -> BTreeSet<(&'static str, String)> {
    utterances(bundle).into_iter().map(|one| (one.lang.tag(), one.text)).collect()
}

/// All that a screen has read aloud, by tag and text.
fn aloud(screen: &Screen) -> Vec<(&str, &str)> {
    let own = screen.lang.map_or("", Lang::tag);
    let choices = screen.choices.iter().filter_map(|choice| {
        let tag = if screen.kind == Kind::Languages { choice.id.as_str() } else { own };
        Some((tag, choice.say.as_deref()?))
    });
    screen.say.iter().map(|text| (own, text.as_str())).chain(choices).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]
    // PROPTEST_CASES=10000 walks further.
    #[test]
    fn what_is_read_aloud_is_among_the_texts_to_record_and_so_never_a_value(
        inputs in prop::collection::vec((any_input(), any::<u8>()), 0..25),
        known: bool,
    ) {
        let (screens, play) = walk(&inputs, known);
        let recorded = recorded(&play.bundle);
        for screen in &screens {
            for (tag, text) in aloud(screen) {
                let found = recorded.iter().any(|(of, said)| *of == tag && said == text);
                prop_assert!(found, "{tag} {text:?} at {}", screen.place);
            }
        }
    }

    #[test]
    fn every_walk_ends_on_a_screen_and_twice_on_the_same(
        inputs in prop::collection::vec((any_input(), any::<u8>()), 0..40),
        known: bool,
    ) {
        let (screens, play) = walk(&inputs, known);
        let (again, other) = walk(&inputs, known);
        prop_assert_eq!(screens, again);
        prop_assert_eq!(play.dialogue, other.dialogue);
    }

    // Whatever was done before the call dropped, the next to dial sees nothing private and no answer to a private question.
    #[test]
    fn a_redial_never_shows_what_was_private(
        inputs in prop::collection::vec((any_input(), any::<u8>()), 0..40),
        known: bool,
    ) {
        let (_, mut play) = walk(&inputs, known);
        play.slow = false;
        let screen = play.dial("*100#");
        prop_assert!(!screen.private);
        let screen = play.send("1");
        prop_assert!(!screen.private, "{:?}", play.at());
        let answers = &play.dialogue.as_ref().unwrap().answers;
        for private in ["number", "last4", "tail", "leave_by", "register_by"] {
            prop_assert!(!answers.contains_key(private), "{private} at {:?}", play.at());
        }
    }
}
