//! How dialogues feel: dialled, typed, dropped and gone on with, on a small bundle with every verb.

#[path = "support/bundle.rs"]
mod bundle;

use kopir::domain::address::Dialled;
use kopir::domain::content::Reference;
use kopir::domain::envelope::LinkFacts;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::local::local;
use kopir::domain::menu::engine::{self, CALLS_PER_TURN_MAX, Effect, Input, LIST_MAX, Next, Setting};
use kopir::domain::menu::model::{Bundle, Opens};
use kopir::domain::menu::render;
use kopir::domain::screen::Screen;
use kopir::domain::service::{Answer, Call};
use kopir::domain::session::{BACK_MAX, Cursor, Dialogue, Phase, Phone, Profile};
use kopir::domain::time::Timestamp;
use kopir::domain::value::{Item, Value, Values};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-11-23T10:00 in Almaty.
const NOW: Timestamp = Timestamp(1_795_410_000_000);

/// A phone, its network and its offices.
struct Play {
    bundle: Bundle,
    reference: Reference,
    profile: Profile,
    guess: Option<Lang>,
    now: Timestamp,
    pages: u8,
    script: Script,
    dialogue: Option<Dialogue>,
    earlier: Option<Dialogue>,
    effects: Vec<Effect>,
    /// What offices answer; a service that is not here answers `ok`.
    offices: BTreeMap<String, Answer>,
    calls: Vec<Call>,
    /// Whether calls stay unanswered.
    slow: bool,
}

impl Play {
    fn new() -> Self {
        Self {
            bundle: bundle::bundle(),
            reference: bundle::reference(),
            profile: Profile::default(),
            guess: None,
            now: NOW,
            pages: 1,
            script: Script::Native,
            dialogue: None,
            earlier: None,
            effects: vec![],
            offices: BTreeMap::new(),
            calls: vec![],
            slow: false,
        }
    }

    fn speaking(lang: Lang) -> Self {
        let mut play = Self::new();
        play.profile.lang = Some(lang);
        play
    }

    fn turn(&mut self, input: &Input) -> Screen {
        let setting = Setting {
            bundle: &self.bundle,
            reference: &self.reference,
            profile: &self.profile,
            earlier: self.earlier.as_ref(),
            guess: self.guess,
            wrote: None,
            pages: self.pages,
            resume: Duration::from_secs(600),
            now: self.now,
        };
        let dialogue = self.dialogue.take().unwrap_or_else(|| engine::begin(&setting, b"net"));
        let mut step = engine::step(&setting, dialogue, input);
        let mut effects = step.effects.clone();
        let mut wrong = false;
        for _ in 0..=CALLS_PER_TURN_MAX {
            match &step.next {
                Next::Call(call) => {
                    self.calls.push(call.clone());
                    if self.slow {
                        step.dialogue.phase = Phase::Waiting(call.clone());
                        break;
                    }
                    let ok = Answer { outcome: "ok".into(), values: Values::new() };
                    let office = || self.offices.get(&call.service).cloned().unwrap_or(ok);
                    let answer = local(call, &self.reference, self.now.date()).unwrap_or_else(office);
                    step = engine::step(&setting, step.dialogue, &Input::Answered(answer));
                    effects.extend(step.effects.clone());
                }
                Next::Show { wrong: said } => {
                    wrong = *said;
                    break;
                }
            }
        }
        let facts = LinkFacts { code: "*100#".into(), short: "1414".into(), tariff: String::new() };
        let screen = render::screen(&setting, &step.dialogue, self.script, &facts, wrong, false);
        for effect in &effects {
            match effect {
                Effect::KeepLang(lang) => self.profile.lang = Some(*lang),
                Effect::ForgetLang => self.profile.lang = None,
                Effect::Stop | Effect::Start | Effect::Wrong => {}
            }
        }
        self.effects.extend(effects);
        self.dialogue = Some(step.dialogue);
        screen
    }

    /// Dials; what was going on is the earlier dialogue.
    fn dial(&mut self, code: &str) -> Screen {
        self.earlier = self.dialogue.take();
        self.turn(&Input::Dial(Dialled::parse(code).unwrap()))
    }

    fn send(&mut self, text: &str) -> Screen {
        self.turn(&Input::Typed(text.to_owned()))
    }

    fn send_all(&mut self, texts: &[&str]) -> Screen {
        texts.iter().map(|text| self.send(text)).last().unwrap()
    }

    fn word(&mut self, opens: Opens, args: &[&str]) -> Screen {
        self.turn(&Input::Open(opens, args.iter().map(|arg| (*arg).to_owned()).collect()))
    }

    fn office(&mut self, service: &str, outcome: &str, values: &[(&str, Value)]) {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.offices.insert(service.to_owned(), Answer { outcome: outcome.to_owned(), values });
    }

    fn at(&self) -> &Cursor {
        &self.dialogue.as_ref().unwrap().cursor
    }

    fn stands_on(&self, menu: &str, step: &str) -> bool {
        matches!(self.at(), Cursor::Step { menu: m, step: s, .. } if m == menu && s == step)
    }
}

/// The screen as one line a part: body, then `digit label`.
fn shown(screen: &Screen) -> String {
    let choices = screen.choices.iter().map(|choice| format!("{} {}", choice.digit, choice.label));
    core::iter::once(screen.body.clone())
        .chain(choices)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn jobs(count: usize) -> Value {
    Value::Items((1..=count).map(|n| Item { id: format!("j{n}"), label: format!("Повар {n}") }).collect())
}

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
    assert!(play.send("9").body.starts_with("Не понял"), "there is no fourth page");
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
    assert_eq!(shown(&play.word(Opens::Start, &[])), "Пишем снова");
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

// Walks

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

fn walk(inputs: &[(String, u8)], known: bool) -> (Vec<Screen>, Option<Dialogue>) {
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
    (screens, play.dialogue)
}

fn depth(cursor: &Cursor) -> usize {
    match cursor {
        Cursor::Root { .. } | Cursor::Step { .. } | Cursor::Phrase { then: None, .. } => 0,
        Cursor::Languages { then: of }
        | Cursor::Resume { at: of }
        | Cursor::Phrase { then: Some(of), .. }
        | Cursor::Later { of, .. } => 1 + depth(of),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]
    // 500 walks of 20 inputs by default; 10,000 walks were run by hand (PROPTEST_CASES).
    #[test]
    fn every_walk_ends_on_a_screen_and_twice_on_the_same(
        inputs in prop::collection::vec((any_input(), any::<u8>()), 0..40),
        known: bool,
    ) {
        let first = walk(&inputs, known);
        let second = walk(&inputs, known);
        prop_assert_eq!(first, second);
    }
}
