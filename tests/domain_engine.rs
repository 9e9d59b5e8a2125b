//! How dialogues feel: dialled, typed, dropped and gone on with, on a small bundle with every verb.

use crate::play::{NOW, Play, jobs, shown};
use kopir::domain::lang::{Lang, Script};
use kopir::domain::menu::engine::{CALLS_PER_TURN_MAX, Effect, Input, LIST_MAX};
use kopir::domain::menu::model::Opens;
use kopir::domain::service::Answer;
use kopir::domain::session::{Cursor, Phase, Phone};
use kopir::domain::text::{budget, pages};
use kopir::domain::value::{Item, Value, Values};
use std::time::Duration;

// First contact and language

#[test]
fn first_contact_asks_for_the_language_and_names_danger() {
    let mut play = Play::new();
    let screen = play.dial("*100#");
    assert_eq!(shown(&screen), "1 Қазақша\n2 Русский\n3 O'zbekcha\n4 Кыргызча\n5 Тоҷикӣ\n6 English\n7 SOS");
    assert_eq!(screen.keys, Default::default());
    assert_eq!(shown(&play.send("2")), "Выберите\n1 Меню days-left\n2 Меню status\n3 Меню jobs");
    assert_eq!(play.effects, [Effect::KeepLang(Lang::Ru)]);
}

#[test]
fn the_guess_stands_first_and_the_others_keep_their_order() {
    let mut play = Play::new();
    play.guess = Some(Lang::Tg);
    let screen = play.dial("*100#");
    assert_eq!(screen.choices[0].label, "Тоҷикӣ");
    assert_eq!((screen.choices[1].label.as_str(), screen.choices[2].label.as_str()), ("Қазақша", "Русский"));
    play.guess = None;
    play.send("1");
    assert_eq!(play.dialogue.unwrap().lang, Lang::Tg, "the digits of the shown screen count");
}

#[test]
fn a_known_language_goes_straight_to_the_root() {
    let mut play = Play::speaking(Lang::Uz);
    let screen = play.dial("*100#");
    assert_eq!(shown(&screen), "uz: Выберите\n1 uz: Меню days-left\n2 uz: Меню status\n3 uz: Меню jobs");
    assert!(screen.keys.language && !screen.keys.back && !screen.keys.home);
    assert_eq!(screen.labels.back, "uz: 0 <");
}

#[test]
fn a_language_changed_midway_keeps_the_place_and_is_kept_only_on_ones_own_phone() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    let screen = play.send("8");
    assert!(screen.choices.iter().any(|choice| choice.label == "Тоҷикӣ"));
    assert!(shown(&play.send("3")).starts_with("uz: Паспорт"));
    assert!(play.effects.is_empty() && play.profile.lang == Some(Lang::Ru));
    play.send_all(&["1", "1"]);
    assert!(shown(&play.send("1")).contains("Это ваш телефон?"));
    play.send("1");
    assert_eq!(play.effects, [Effect::KeepLang(Lang::Uz)]);
}

#[test]
fn a_language_of_first_contact_is_taken_back_when_the_phone_is_borrowed() {
    let mut play = Play::new();
    play.dial("*100*21*0311#");
    play.send_all(&["3", "1", "1", "1", "2"]);
    assert_eq!(play.effects, [Effect::KeepLang(Lang::Uz), Effect::ForgetLang]);
}

#[test]
fn a_second_choice_on_first_contact_replaces_the_first_and_is_taken_back_too() {
    let mut play = Play::new();
    play.dial("*100*21*0311#");
    play.send_all(&["3", "8", "4", "1", "1", "1", "2"]);
    let kept = [Effect::KeepLang(Lang::Uz), Effect::KeepLang(Lang::Ky), Effect::ForgetLang];
    assert_eq!(play.effects, kept);
}

#[test]
fn the_lenders_language_survives_a_borrower_who_came_back_to_it() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.send_all(&["8", "3", "8", "2", "1", "1", "1", "2"]);
    assert!(play.effects.is_empty(), "{:?}", play.effects);
}

#[test]
fn on_a_phone_known_to_be_borrowed_no_language_is_kept() {
    let mut play = Play::new();
    play.profile.phone = Phone::Borrowed;
    play.dial("*100#");
    play.send("3");
    assert!(play.effects.is_empty());
}

#[test]
fn latin_screens_name_the_languages_in_latin() {
    let mut play = Play::speaking(Lang::Uz);
    play.dial("*100#");
    assert!(play.send("8").choices.iter().all(|choice| choice.label.is_ascii()));
    assert_eq!(shown(&play.send("ҚАЗАҚША")).lines().next(), Some("kk: Выберите"), "a name is understood too");
}

// Codes

#[test]
fn a_dialled_code_opens_its_menu_and_answers_its_questions() {
    let mut play = Play::speaking(Lang::Ru);
    assert_eq!(shown(&play.dial("*100*21#")), "Когда вы въехали?");
    assert!(shown(&play.dial("*100*21*0310#")).starts_with("Паспорт:"));
    let screen = play.dial("*100*21*3110*1#");
    assert!(shown(&screen).starts_with("Паспорт:"), "only questions marked dial-in are answered");
    let screen = play.dial("*100*21*3102#");
    assert_eq!(shown(&screen), "Нет такой даты\nКогда вы въехали?");
    assert_eq!(shown(&play.dial("*100*11*1234567890#")), "Номер заявки", "nothing private by dialling");
}

#[test]
fn an_unknown_code_leads_to_the_root_and_says_so() {
    let mut play = Play::speaking(Lang::Ru);
    assert!(shown(&play.dial("*100*77#")).starts_with("Не понял\nВыберите"));
}

#[test]
fn a_deep_code_asks_an_unknown_language_first_and_goes_on_there() {
    let mut play = Play::new();
    assert_eq!(play.dial("*100*21*0310#").choices.len(), 7);
    assert!(shown(&play.send("2")).starts_with("Паспорт:"));
}

#[test]
fn danger_is_answered_at_once() {
    let mut play = Play::speaking(Lang::Ru);
    assert_eq!(shown(&play.dial("*100*112#")), "112 бесплатно\n1 Позвонить мне");
    let mut stranger = Play::new();
    assert!(shown(&stranger.dial("*100*112#")).contains("112 тегін/bepul\n1 Қазақша"));
    assert_eq!(shown(&stranger.send("2")), "112 бесплатно\n1 Позвонить мне");
    let mut first = Play::new();
    first.dial("*100#");
    assert!(shown(&first.send("7")).contains("112 тегін/bepul"));
    let mut word = Play::speaking(Lang::Ru);
    assert_eq!(shown(&word.word(Opens::Sos, &[])), "112 бесплатно\n1 Позвонить мне");
    word.bundle.menus.remove("danger");
    let screen = word.word(Opens::Sos, &[]);
    assert!(screen.ends && shown(&screen).contains("112 тегін"));
}

// The whole way, verbs and values

#[test]
fn days_left_are_counted_and_said() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    let screen = play.send_all(&["1", "1"]);
    assert_eq!(screen.body, "Въезд 03.11.2026, Узбекистан.\nУчёт до 02.12.2026\nВыезд до 31.01.2027: 69 дн.");
    assert_eq!(screen.more.as_deref(), Some("Правило от 01.01.2020"));
    assert!(screen.private && screen.keys.back && screen.keys.home && !screen.ends);
    play.script = Script::Latin;
    assert!(play.send("x").body.is_ascii());
}

#[test]
fn the_way_back_is_the_way_that_was_gone() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100#");
    play.send_all(&["1", "0311", "1", "1"]);
    assert!(play.stands_on("days-left", "answer"));
    assert!(shown(&play.send("0")).starts_with("Жили раньше?"), "never onto a call");
    assert!(shown(&play.send("0")).starts_with("Паспорт:"));
    play.send_all(&["0", "0"]);
    assert_eq!(play.at(), &Cursor::Root { page: 0 });
    assert!(play.dialogue.as_ref().unwrap().answers.is_empty(), "the root forgets");
    assert_eq!(play.send("0").choices.len(), 3, "the root stays");
    play.send_all(&["1", "0311", "1", "00"]);
    assert_eq!(play.at(), &Cursor::Root { page: 0 });
}

#[test]
fn coming_back_from_another_menu_finds_what_was_answered() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.send_all(&["1", "1", "2"]);
    assert!(play.stands_on("jobs", "hello"));
    assert!(play.send("0").body.starts_with("Въезд 03.11.2026"));
}

#[test]
fn what_is_done_is_not_undone_by_going_back() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    let screen = play.send_all(&["1", "1", "1", "1"]);
    assert_eq!(shown(&screen), "Напомним\n1 Ещё");
    assert!(!screen.keys.back);
    play.send("0");
    assert_eq!(play.at(), &Cursor::Root { page: 0 });
}

#[test]
fn an_end_has_no_choices_and_no_keys() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    let screen = play.send_all(&["1", "1", "1", "2"]);
    assert!(screen.ends && screen.choices.is_empty() && screen.keys == Default::default());
    assert_eq!(screen.body, "Ничего не сохранено. Запишите: 02.12.2026");
    assert_eq!(play.dialogue.as_ref().unwrap().phase, Phase::Over);
    play.pages = 2;
    play.send("9");
    assert_eq!(play.at().page(), 1, "a last word is read to its end");
}

#[test]
fn three_wrong_answers_offer_a_person_and_the_next_right_one_is_taken() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21#");
    assert_eq!(shown(&play.send("завтра")), "Нет такой даты\nКогда вы въехали?");
    play.send("3102");
    let screen = play.send("нет");
    assert_eq!(shown(&screen), "Человек: 112, *100#");
    assert!(screen.keys.back && !screen.ends);
    assert!(shown(&play.send("0")).starts_with("Когда вы въехали?"));
    play.send_all(&["x", "x", "x"]);
    assert!(shown(&play.send("0311")).starts_with("Паспорт:"));
    assert!(play.effects.iter().all(|effect| *effect == Effect::Wrong));
}

#[test]
fn a_reserved_key_is_an_answer_where_the_question_takes_it() {
    let mut play = Play::speaking(Lang::Ru);
    play.office("jobs.find", "some", &[("jobs", jobs(2))]);
    play.dial("*100#");
    play.send_all(&["3", "1", "2"]);
    assert!(play.stands_on("jobs", "pay"));
    play.send("8");
    assert!(play.stands_on("jobs", "note"));
    play.send("0");
    assert!(play.stands_on("jobs", "pay"), "free text does not swallow keys");
    play.send_all(&["9", "с жильём"]);
    assert_eq!(shown(&play.send("x")), "Не понял\nПовар 2: с жильём, 9?\n1 Да\n2 Нет");
    play.send("2");
    assert!(play.stands_on("jobs", "note"), "a no without a place of its own leads back");
    let screen = play.send_all(&["ок", "1"]);
    assert!(screen.ends);
    assert_eq!(screen.body, "Готово: Повар 2");
}

#[test]
fn a_long_list_has_two_digits_that_never_meet_a_key() {
    let mut play = Play::speaking(Lang::Ru);
    play.office("jobs.find", "some", &[("jobs", jobs(60))]);
    play.dial("*100#");
    let screen = play.send_all(&["3", "1"]);
    assert_eq!(screen.choices.len(), LIST_MAX);
    assert_eq!((screen.choices[0].digit.as_str(), screen.choices[7].digit.as_str()), ("11", "21"));
    assert!(
        screen
            .choices
            .iter()
            .all(|choice| choice.digit.len() == 2 && !choice.digit.contains(['0', '8', '9']))
    );
    play.send("23");
    assert_eq!(play.dialogue.as_ref().unwrap().answers.get("job"), Some(&Value::Choice("j10".into())));
}

#[test]
fn pages_turn_forth_and_back_and_any_digit_counts_on_all_of_them() {
    let mut play = Play::speaking(Lang::Ru);
    play.pages = 3;
    play.dial("*100*21*0311#");
    play.send_all(&["9", "9"]);
    assert_eq!(play.at().page(), 2);
    assert!(play.send("9").wrong.is_some(), "there is no fourth page");
    play.send("0");
    assert_eq!(play.at().page(), 1);
    play.send("1");
    assert!(play.stands_on("days-left", "earlier"));
    play.send_all(&["8", "9"]);
    assert_eq!(play.at().page(), 1, "languages have pages too");
    play.send("3");
    assert!(play.stands_on("days-left", "earlier") && play.at().page() == 0);
}

// Calls

#[test]
fn a_status_is_looked_up_and_said_in_words() {
    let mut play = Play::speaking(Lang::Ru);
    let values = [
        ("tail", Value::Digits("7890".into())),
        ("state", Value::Word("review".into())),
        ("next", Value::Word("interview".into())),
        ("as_of", Value::Date(jiff::civil::date(2026, 11, 20))),
        ("undeclared", Value::Number(1)),
    ];
    play.office("application.status", "found", &values);
    let screen = play.word(Opens::Menu("status".into()), &["1234567890", "4821"]);
    assert_eq!(screen.body, "*7890: на рассмотрении.\nДанные на 20.11.2026\nДальше: собеседование");
    assert!(screen.private && screen.ends);
    let give = &play.calls[0].give;
    assert_eq!(give.get("number"), Some(&Value::Digits("1234567890".into())));
    assert_eq!(give.get("last4"), Some(&Value::Digits("4821".into())));
    assert!(!play.dialogue.as_ref().unwrap().answers.contains_key("undeclared"));
}

#[test]
fn an_office_that_says_more_than_declared_is_cut() {
    let mut play = Play::speaking(Lang::Ru);
    let label = "очень ".repeat(100);
    let mut items: Vec<Item> = (0..500).map(|n| Item { id: n.to_string(), label: label.clone() }).collect();
    items[0].label = "с\nновой\tстроки".into();
    play.office("jobs.find", "some", &[("jobs", Value::Items(items))]);
    play.dial("*100#");
    let screen = play.send_all(&["3", "1"]);
    assert_eq!((screen.choices.len(), screen.choices[0].label.as_str()), (LIST_MAX, "с новой строки"));
    assert!(screen.choices.iter().all(|choice| choice.label.chars().count() <= 20));
}

#[test]
fn the_languages_and_the_offer_fit_one_page_of_a_phone() {
    let mut play = Play::new();
    assert_eq!(pages::fit(&play.dial("*100#"), budget::USSD).len(), 1);
    let danger = play.dial("*100*112#");
    let first = &pages::fit(&danger, budget::USSD)[0].text;
    assert!(first.contains("112 тегін/bepul\n1 "), "danger before everything else: {first}");
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21#");
    assert_eq!(pages::fit(&play.dial("*100#"), budget::USSD).len(), 1);
}

#[test]
fn a_second_answer_leaves_nothing_of_the_first() {
    let mut play = Play::speaking(Lang::Ru);
    play.office("application.status", "unknown", &[("next", Value::Word("interview".into()))]);
    play.word(Opens::Menu("status".into()), &["1234567890", "4821"]);
    let values = [("tail", Value::Digits("1111".into())), ("state", Value::Word("nobody-knows".into()))];
    play.office("application.status", "found", &values);
    let screen = play.send_all(&["1", "999999999", "1111"]);
    assert_eq!(screen.body, "", "lines without their value are left out, keys are never shown");
}

#[test]
fn an_outcome_nobody_named_is_an_apology_with_a_way_back() {
    let mut play = Play::speaking(Lang::Ru);
    play.office("jobs.find", "surprise", &[]);
    play.dial("*100#");
    let screen = play.send_all(&["3", "1"]);
    assert_eq!(shown(&screen), "Не получилось");
    assert!(screen.keys.back && !screen.ends);
    play.send("0");
    assert!(play.stands_on("jobs", "hello"));
}

#[test]
fn services_that_lead_into_each_other_do_not_hang_a_turn() {
    let mut play = Play::speaking(Lang::Ru);
    play.office("jobs.find", "loop", &[]);
    play.dial("*100#");
    play.send_all(&["3", "1"]);
    assert_eq!(play.calls.len(), CALLS_PER_TURN_MAX + 1);
}

#[test]
fn while_a_call_is_out_one_can_only_wait_or_leave() {
    let mut play = Play::speaking(Lang::Ru);
    play.slow = true;
    play.dial("*100#");
    assert_eq!(shown(&play.send_all(&["3", "1"])), "Ждите");
    play.send_all(&["5", "8", "x"]);
    assert_eq!(play.calls.len(), 1);
    play.send("0");
    assert!(play.stands_on("jobs", "hello"));
    let late = Answer { outcome: "none".into(), values: Values::new() };
    play.turn(&Input::Answered(late));
    assert!(play.stands_on("jobs", "hello"), "an answer nobody waits for is dropped");
}

#[test]
fn an_apology_that_leads_to_the_root_forgets_like_the_root() {
    let mut play = Play::speaking(Lang::Ru);
    play.office("application.status", "slow", &[]);
    play.office("application.answer-later", "surprise", &[]);
    play.dial("*100*11#");
    assert!(shown(&play.send_all(&["1234567890", "4821"])).starts_with("Прислать SMS?"));
    assert_eq!(shown(&play.send("1")), "Не получилось");
    assert!(!play.dialogue.as_ref().unwrap().answers.is_empty());
    assert!(shown(&play.send("0")).starts_with("Выберите"));
    assert!(play.dialogue.as_ref().unwrap().answers.is_empty());
}

#[test]
fn a_step_that_is_not_in_the_menu_is_an_apology() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.bundle.menus.get_mut("days-left").unwrap().steps.remove("country");
    assert!(play.turn(&Input::Look).ends, "nothing to show");
    assert_eq!(shown(&play.send("1")), "Не получилось");
}

// Words

#[test]
fn words_answer_questions_as_they_are_typed() {
    let mut play = Play::speaking(Lang::Ru);
    let days = || Opens::Menu("days-left".into());
    assert!(shown(&play.word(days(), &["0311"])).starts_with("Паспорт:"));
    assert!(shown(&play.word(days(), &["3", "11", "2026"])).starts_with("Паспорт:"));
    assert!(play.word(days(), &["3", "11", "1", "1"]).body.starts_with("Въезд 03.11.2026"));
    assert_eq!(shown(&play.word(days(), &["вчера"])), "Нет такой даты\nКогда вы въехали?");
    play.offices
        .insert("application.status".into(), Answer { outcome: "unknown".into(), values: Values::new() });
    assert!(
        shown(&play.word(Opens::Menu("status".into()), &["1234", "567", "890", "4821"]))
            .starts_with("Не нашли")
    );
}

#[test]
fn stop_start_and_help_are_words_above_every_dialogue() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    let screen = play.word(Opens::Stop, &[]);
    assert!(screen.ends && shown(&screen) == "Больше не пишем");
    assert_eq!(play.effects, [Effect::Stop]);
    assert!(play.dialogue.as_ref().unwrap().answers.is_empty());
    let screen = play.word(Opens::Start, &[]);
    assert_eq!(shown(&screen), "Короткое меню", "on whose phone is not known, and no menu asks it");
    assert_eq!(play.effects, [Effect::Stop]);
    play.profile.phone = Phone::Own;
    assert_eq!(shown(&play.word(Opens::Start, &[])), "Пишем снова");
    assert_eq!(play.effects, [Effect::Stop, Effect::Start]);
    let screen = play.word(Opens::Help, &[]);
    assert!(!screen.ends && shown(&screen) == "Короткое меню");
    assert_eq!(shown(&play.send("1")), "Когда вы въехали?", "digits answer the root");
    assert_eq!(play.word(Opens::Language, &[]).choices.len(), 7);
    assert_eq!(shown(&play.send("2")), "Когда вы въехали?");
}

// A dropped call, a borrowed phone

#[test]
fn a_redial_asks_to_go_on_and_names_no_topic() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.send("1");
    let screen = play.dial("*100#");
    assert_eq!(shown(&screen), "Продолжить?\n1 Дальше\n2 Сначала");
    assert!(!screen.keys.back);
    assert!(shown(&play.send("1")).starts_with("Жили раньше?"));
    assert!(play.send("1").body.contains("03.11.2026"), "what was answered is still known");
}

#[test]
fn a_call_that_drops_on_the_offer_is_offered_again() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.dial("*100#");
    play.send_all(&["x", "x", "x"]);
    play.send("8");
    assert!(shown(&play.dial("*100#")).starts_with("Продолжить?"));
    assert!(shown(&play.send("1")).starts_with("Паспорт:"));
    assert_eq!(play.dialogue.as_ref().unwrap().back.len(), 2);
}

#[test]
fn from_the_start_means_that_nothing_is_left() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.send_all(&["8", "3"]);
    assert!(shown(&play.dial("*100#")).starts_with("uz: Продолжить?"));
    assert!(shown(&play.send("2")).starts_with("Выберите"), "in the language kept of the phone");
    let dialogue = play.dialogue.as_ref().unwrap();
    assert!(dialogue.answers.is_empty() && dialogue.back.is_empty() && !dialogue.lang_chosen);
}

#[test]
fn a_private_place_is_never_gone_on_with() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.send_all(&["1", "1"]);
    assert!(play.stands_on("days-left", "answer"));
    play.dial("*100#");
    let dialogue = play.dialogue.as_ref().unwrap();
    assert!(!dialogue.answers.contains_key("leave_by") && !dialogue.answers.contains_key("earlier"));
    assert!(shown(&play.send("1")).starts_with("Жили раньше?"));
    // After it, in another step of the same menu: still before it.
    play.send_all(&["1", "1"]);
    assert!(play.stands_on("days-left", "own-phone"));
    play.dial("*100#");
    assert!(shown(&play.send("1")).starts_with("Жили раньше?"));
}

#[test]
fn nothing_is_gone_on_with_across_what_was_done() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.send_all(&["1", "1", "1", "1"]);
    assert!(play.stands_on("days-left", "kept"));
    assert!(shown(&play.dial("*100#")).starts_with("Выберите"));
    play.dial("*100*21*0311#");
    play.send_all(&["1", "1", "1"]);
    play.slow = true;
    play.send("1");
    assert!(shown(&play.dial("*100#")).starts_with("Выберите"), "it may have been done");
}

#[test]
fn a_menu_says_whether_it_is_gone_on_with() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*11#");
    play.send("1234567890");
    assert!(shown(&play.dial("*100#")).starts_with("Выберите"), "never");
    play.office("jobs.find", "some", &[("jobs", jobs(3))]);
    play.send_all(&["3", "1", "2"]);
    assert_eq!(shown(&play.dial("*100#")), "Работа\n1 Дальше", "from its first step");
    play.dial("*100*21#");
    play.now = NOW.plus(Duration::from_secs(601));
    assert!(shown(&play.dial("*100#")).starts_with("Выберите"), "too old");
}

#[test]
fn a_deep_code_beats_the_earlier_dialogue() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    assert_eq!(shown(&play.dial("*100*11#")), "Номер заявки");
    assert!(play.dialogue.as_ref().unwrap().answers.is_empty());
}

#[test]
fn a_call_that_was_out_is_gone_on_with_before_it() {
    let mut play = Play::speaking(Lang::Ru);
    play.dial("*100*21*0311#");
    play.slow = true;
    play.send_all(&["1", "1"]);
    play.slow = false;
    play.dial("*100#");
    assert!(shown(&play.send("1")).starts_with("Жили раньше?"));
}
