//! A small bundle with every verb, built in code, for the tests and benches of the engine.

use jiff::civil::date;
use kopir::domain::content::{Hotline, Reference};
use kopir::domain::lang::Lang;
use kopir::domain::menu::model::{
    Accept, Bundle, BundleId, Choice, Form, Menu, Needs, Next, Phrase, Resume, Step, Target, Text, Verb,
};
use kopir::domain::stay::{StayRule, StayRules};
use kopir::domain::text::template::Template;
use kopir::domain::text::translit;
use kopir::domain::value::{DateRange, LinkFact, ValueSpec};
use std::collections::BTreeMap;

/// Russian as given; every other language with its tag before it.
pub(crate) fn text(said: &str) -> Text {
    let form = |lang: Lang| {
        let said = if lang == Lang::Ru { said.to_owned() } else { format!("{}: {said}", lang.tag()) };
        let native = Template::parse(&said).unwrap();
        let latin = native.map(|piece| translit::latin(lang, piece));
        Form { native, latin }
    };
    Text { forms: Lang::ALL.into_iter().map(|lang| (lang, form(lang))).collect() }
}

fn step(verb: Verb, said: &str) -> Step {
    let said = (!said.is_empty()).then(|| text(said));
    Step { verb, text: said, ..Step::default() }
}

fn say(said: &str) -> Step {
    step(Verb::Say, said)
}

fn choose(keep: Option<&str>, said: &str) -> Step {
    step(Verb::Choose { keep: keep.map(str::to_owned) }, said)
}

fn ask(keep: &str, said: &str) -> Step {
    step(Verb::Ask { keep: keep.into(), accept: vec![], dial_in: false }, said)
}

fn call(service: &str, give: &[&str]) -> Step {
    let give = give.iter().map(|name| (*name).to_owned()).collect();
    step(Verb::Call { service: service.into(), give }, "")
}

/// `step`, `menu/name` or `home`.
fn target(to: &str) -> Target {
    match (to, to.strip_prefix("menu/")) {
        ("home", _) => Target::Home,
        (_, Some(menu)) => Target::Menu(menu.into()),
        _ => Target::Step(to.into()),
    }
}

trait Build {
    fn options(self, options: &[(&str, &str)]) -> Self;
    fn to(self, next: &str) -> Self;
    fn by(self, cases: &[(&str, &str)]) -> Self;
    fn private(self) -> Self;
    fn wrong(self, said: &str) -> Self;
}

impl Build for Step {
    fn options(mut self, options: &[(&str, &str)]) -> Self {
        self.options =
            options.iter().map(|(id, label)| Choice { id: (*id).into(), label: text(label) }).collect();
        self
    }
    fn to(mut self, next: &str) -> Self {
        self.next = Next::To(target(next));
        self
    }
    fn by(mut self, cases: &[(&str, &str)]) -> Self {
        let otherwise = cases.iter().find(|(case, _)| *case == "else").map(|(_, to)| target(to));
        let cases = cases.iter().filter(|(case, _)| *case != "else");
        self.next =
            Next::By { cases: cases.map(|(case, to)| ((*case).to_owned(), target(to))).collect(), otherwise };
        self
    }
    fn private(mut self) -> Self {
        self.private = true;
        self
    }
    fn wrong(mut self, said: &str) -> Self {
        self.wrong = Some(text(said));
        self
    }
}

fn menu(id: &str, resume: Resume, values: &[(&str, ValueSpec)], steps: Vec<(&str, Step)>) -> Menu {
    Menu {
        kiosk: None,
        id: id.into(),
        title: text(&format!("Меню {id}")),
        needs: Needs::Nothing,
        dial: None,
        resume,
        listed: true,
        values: values.iter().map(|(name, spec)| ((*name).to_owned(), spec.clone())).collect(),
        first: steps[0].0.to_owned(),
        steps: steps.into_iter().map(|(name, step)| (name.to_owned(), step)).collect(),
    }
}

fn days_left() -> Menu {
    let ids = |ids: &[&str]| ValueSpec::Choice(ids.iter().map(|id| (*id).to_owned()).collect());
    let values = [
        ("country", ids(&["uz", "tj", "ru", "other"])),
        ("entry", ValueSpec::Date(DateRange::Past)),
        ("earlier", ids(&["none", "some"])),
        ("register_by", ValueSpec::Date(DateRange::Any)),
        ("leave_by", ValueSpec::Date(DateRange::Any)),
        ("days", ValueSpec::Number(0, 90)),
        ("rule_date", ValueSpec::Date(DateRange::Past)),
    ];
    let mut entry = ask("entry", "Когда вы въехали?").wrong("Нет такой даты").to("country");
    entry.verb =
        Verb::Ask { keep: "entry".into(), accept: vec![Accept::Ddmm, Accept::Ddmmyyyy], dial_in: true };
    let mut answer = say("Въезд {entry}, {country}.\nУчёт до {register_by}\nВыезд до {leave_by}: {days} дн.")
        .private()
        .options(&[("remind", "Напомнить"), ("jobs", "Работа")])
        .by(&[("remind", "own-phone"), ("jobs", "menu/jobs")]);
    answer.more = Some(text("Правило от {rule_date}"));
    let countries = [("uz", "Узбекистан"), ("tj", "Таджикистан"), ("ru", "Россия"), ("other", "Другой")];
    let steps = vec![
        ("entry", entry),
        (
            "country",
            choose(Some("country"), "Паспорт:")
                .options(&countries)
                .by(&[("other", "help"), ("else", "earlier")]),
        ),
        (
            "earlier",
            choose(Some("earlier"), "Жили раньше?").options(&[("none", "Нет"), ("some", "Да")]).to("count"),
        ),
        (
            "count",
            call("stay.count", &["entry", "country", "earlier"]).by(&[
                ("ok", "answer"),
                ("part", "first-date"),
                ("past", "past"),
                ("no-rule", "help"),
            ]),
        ),
        ("answer", answer),
        ("first-date", say("Учёт до {register_by}").private()),
        ("past", say("Срок мог пройти").private().options(&[("help", "Человек")]).to("help")),
        ("help", say("Звоните {hotline}\nКод {code}").options(&[("home", "В начало")]).to("home")),
        (
            "own-phone",
            choose(None, "Это ваш телефон?")
                .options(&[("mine", "Мой"), ("borrowed", "Чужой")])
                .by(&[("mine", "mine"), ("borrowed", "borrowed")]),
        ),
        ("mine", call("phone.mine", &[]).by(&[("ok", "kept")])),
        ("borrowed", call("phone.borrowed", &[]).by(&[("ok", "not-kept")])),
        ("kept", say("Напомним").options(&[("again", "Ещё")]).to("own-phone")),
        ("not-kept", step(Verb::End, "Ничего не сохранено. Запишите: {register_by}")),
    ];
    let mut menu = menu("days-left", Resume::Ask, &values, steps);
    menu.values.insert("hotline".into(), ValueSpec::Hotline("emergency".into()));
    menu.values.insert("code".into(), ValueSpec::Link(LinkFact::Code));
    menu
}

fn status() -> Menu {
    let values = [
        ("number", ValueSpec::Digits(9, 14)),
        ("last4", ValueSpec::Digits(4, 4)),
        ("tail", ValueSpec::Digits(4, 4)),
        ("state", ValueSpec::Words { from: "reference/states.yaml".into(), longest: 26 }),
        ("next", ValueSpec::Words { from: "reference/states.yaml".into(), longest: 26 }),
        ("as_of", ValueSpec::Date(DateRange::Past)),
    ];
    let outcomes = [
        ("found", "answer"),
        ("unknown", "not-found"),
        ("old", "answer"),
        ("slow", "promise"),
        ("down", "no-answer"),
        ("blocked", "no-answer"),
    ];
    let steps = vec![
        ("number", ask("number", "Номер заявки").private().to("last4")),
        ("last4", ask("last4", "Последние 4 цифры").private().to("look")),
        ("look", call("application.status", &["number", "last4"]).by(&outcomes)),
        ("answer", say("*{tail}: {state}.\nДанные на {as_of}\nДальше: {next}").private()),
        ("not-found", say("Не нашли").options(&[("again", "Ещё раз")]).to("number")),
        ("promise", step(Verb::Confirm, "Прислать SMS?").by(&[("yes", "later"), ("no", "no-answer")])),
        ("later", call("application.answer-later", &[]).by(&[("ok", "thanks"), ("down", "no-answer")])),
        ("thanks", step(Verb::End, "Напишем")),
        ("no-answer", step(Verb::End, "Не отвечает")),
    ];
    menu("status", Resume::Never, &values, steps)
}

fn jobs() -> Menu {
    let values = [
        ("jobs", ValueSpec::Items { most: 60, longest: 20 }),
        ("job", ValueSpec::Text(20)),
        ("pay", ValueSpec::Number(0, 9)),
        ("note", ValueSpec::Text(20)),
    ];
    let outcomes = [("some", "pick"), ("none", "nothing"), ("loop", "look")];
    let steps = vec![
        ("hello", say("Работа").to("look")),
        ("look", call("jobs.find", &[]).by(&outcomes)),
        ("pick", step(Verb::List { of: "jobs".into(), keep: "job".into() }, "Выберите").to("pay")),
        ("pay", ask("pay", "Сколько? 0-9").to("note")),
        ("note", ask("note", "Напишите").to("sure")),
        ("sure", step(Verb::Confirm, "{job}: {note}, {pay}?").to("done")),
        ("done", step(Verb::End, "Готово: {job}")),
        ("nothing", say("Нет работы")),
    ];
    menu("jobs", Resume::Start, &values, steps)
}

fn danger() -> Menu {
    let steps = vec![
        ("first", say("112 бесплатно").options(&[("call", "Позвонить мне")]).to("asked")),
        ("asked", step(Verb::End, "Ждите")),
    ];
    menu("danger", Resume::Never, &[], steps)
}

/// All of it: root days-left, status, jobs; codes 21, 11, 112.
pub(crate) fn bundle() -> Bundle {
    use Phrase::*;
    let phrases = [
        (Root, "Выберите"),
        (KeyBack, "0 <"),
        (KeyHome, "00 <<"),
        (KeyMore, "9 >"),
        (KeyLanguage, "8 Til"),
        (Resume, "Продолжить?"),
        (ResumeYes, "Дальше"),
        (ResumeNo, "Сначала"),
        (Wrong, "Не понял"),
        (HumanHelp, "Человек: {emergency}, {code}"),
        (Sorry, "Не получилось"),
        (Unavailable, "Позже"),
        (Over, "Конец"),
        (Wait, "Ждите"),
        (News, "Есть новости"),
        (Guess, "{word}?"),
        (Which, "Что?"),
        (ShortMenu, "Короткое меню"),
        (Stopped, "Больше не пишем"),
        (Started, "Пишем снова"),
        (WhoWrites, "Это мост"),
        (Danger, "112 тегін/bepul"),
        (Yes, "Да"),
        (No, "Нет"),
    ];
    let menus = [days_left(), status(), jobs(), danger()];
    let states = [("review", "на рассмотрении"), ("interview", "собеседование")];
    Bundle {
        id: BundleId([7; 8]),
        menus: menus.into_iter().map(|menu| (menu.id.clone(), menu)).collect(),
        root: ["days-left", "status", "jobs"].map(str::to_owned).to_vec(),
        phrases: phrases.into_iter().map(|(phrase, said)| (phrase, text(said))).collect(),
        codes: [("21", "days-left"), ("11", "status"), ("112", "danger")]
            .map(|(code, menu)| (code.to_owned(), menu.to_owned()))
            .into(),
        words: vec![],
        vocabularies: BTreeMap::from([(
            "reference/states.yaml".to_owned(),
            states.into_iter().map(|(key, said)| (key.to_owned(), text(said))).collect(),
        )]),
        languages: Lang::ALL.to_vec(),
        ..Bundle::default()
    }
}

/// Rules for uz (30, 90) and ru (30, no count); one hotline, verified.
pub(crate) fn reference() -> Reference {
    let rule = |countries: &[&str], stay_days: Option<u16>| StayRule {
        countries: countries.iter().map(|id| (*id).to_owned()).collect(),
        register_days: 30,
        stay_days,
        window_days: stay_days.map(|_| 180),
        valid_from: date(2020, 1, 1),
        valid_to: None,
        verified: date(2026, 11, 1),
        source: "sample".into(),
    };
    Reference {
        stay: StayRules { rules: vec![rule(&["uz", "tj"], Some(90)), rule(&["ru"], None)] },
        hotlines: vec![Hotline {
            id: "emergency".into(),
            number: "112".into(),
            last_verified: Some(date(2026, 11, 1)),
            valid_days: 90,
            owner: "sample".into(),
        }],
        allow_unreviewed: true,
        ..Reference::default()
    }
}
