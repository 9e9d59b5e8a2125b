//! Alerts of work: asked for in three questions, told at the person's own time, never twice, never of what is gone.

use crate::bulk::{ALWAYS, menus_open, slow_world};
use crate::program::Program;
use crate::rig::{BOTH, Kept, LIMIT, Rig, SHORT, Wish, World, free_port, page, phone, until};
use kopir::adapters::store::Store;
use kopir::adapters::vacancies::snapshot;
use kopir::app::App;
use kopir::clock::Clock;
use kopir::domain::address::Msisdn;
use kopir::domain::consent::{Channel, Said};
use kopir::domain::delivery::{Lane, Purpose, ReplyAddress, Row, RowState};
use kopir::domain::envelope::StepKey;
use kopir::domain::lang::Lang;
use kopir::domain::sending::StoppedBy;
use kopir::domain::session::{Phone, Profile, Session};
use kopir::domain::time::Timestamp;
use kopir::domain::vacancy::alert::Alerts;
use kopir::domain::vacancy::pay::Pay;
use kopir::domain::vacancy::region::Kato;
use kopir::domain::vacancy::shelf::{Shelf, Wish as Looks};
use kopir::domain::vacancy::trade::Isco;
use kopir::domain::vacancy::{Foreigners, Housing, Vacancy};
use kopir::gateway::alerts::look_at;
use kopir::metrics::{Metrics, NameKind};
use kopir::ports::{Commit, Committed};
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::faults::Faults;
use kopir::tasks::Tasks;
use std::sync::Arc;
use std::time::Duration;

const WEEK: Duration = Duration::from_secs(7 * 86_400);

fn cook(id: u32, now: Timestamp) -> Vacancy {
    let day = now.date();
    Vacancy {
        id: id.to_string(),
        source: "sample".into(),
        url: None,
        title: "Повар".into(),
        trade: Some(Isco(5120)),
        region: Some(Kato(75)),
        place: "г. Алматы".into(),
        pay: Pay::read(&format!("от {} тг", 200_000 + id)),
        employer: format!("ТОО «Пример {id}»"),
        housing: Housing::Unknown,
        foreigners: Foreigners::Unknown,
        beginner: None,
        posted: day,
        until: day.checked_add(jiff::Span::new().days(90)).unwrap(),
        // Weeks pass in a second, and no feed speaks meanwhile.
        checked: day.checked_add(jiff::Span::new().days(60)).unwrap(),
    }
}

/// Puts these cooks' places on the shelf, and nothing else.
fn offer(app: &App, ids: &[u32]) {
    let parts = app.gateway.parts();
    let now = parts.clock.now();
    let before = parts.library.reference().jobs.clone();
    let shelf = Shelf::of(ids.iter().map(|id| cook(*id, now)), &before).0;
    parts.library.offer(Arc::new(shelf));
}

/// A world whose window is always open, with a gateway by a clock of its own.
async fn hurried(kept: Kept) -> (World, crate::redis_server::Folder, App, Clock) {
    let (world, folder) = slow_world(kept, ALWAYS, "").await;
    let clock = Clock::manual(Clock::System.now());
    let mut config = world.config();
    // A clock that stands goes wrong beside the store's own.
    config.store.accept_unsafe = true;
    let app = App::start_at(config, clock.clone(), Tasks::new(), Tasks::new()).await.unwrap();
    tokio::time::timeout(LIMIT, world.phones.bound(1)).await.expect("the link is bound");
    (world, folder, app, clock)
}

/// Dials the alerts and answers what is asked: cook, Almaty, citizen, mine.
async fn subscribe(world: &World, msisdn: &Msisdn) -> String {
    let mut dialogue = world.phones.dial(msisdn, "*100*32#");
    let mut text = page(&mut dialogue).await.text;
    for (shown, key) in [
        ("O'zbek", None),
        ("Ishni tanlang", Some("3")),
        ("Joyni tanlang", Some("1")),
        ("Fuqarolikni", Some("1")),
        ("Bu kimning telefoni?", Some("1")),
    ] {
        assert!(text.contains(shown), "{text}");
        let key = key.map_or_else(|| crate::rig::key_of(&text, shown), str::to_owned);
        assert!(world.phones.answer(msisdn, &key));
        text = page(&mut dialogue).await.text;
    }
    text
}

fn alerts(app: &App, kind: &'static str) -> u64 {
    let name = NameKind { name: "alerts".to_owned(), kind };
    app.gateway.parts().metrics.alerts.get_or_create(&name).get()
}

/// Time goes on to when the person's next alert is due.
async fn to_next_alert(app: &App, clock: &Clock, msisdn: &Msisdn) {
    let parts = app.gateway.parts();
    let profile = parts.sessions.open(parts.persons.person(msisdn), clock.now()).await.unwrap().profile;
    let next = profile.alerts.expect("he is subscribed").next;
    clock.advance(next.since(clock.now()) + Duration::from_secs(1));
}

/// The first phone's letter is written, and waits for the network.
async fn matched_while_away(world: &World, app: &App, clock: &Clock) {
    world.phones.go_away();
    to_next_alert(app, clock, &phone(1)).await;
    until("it is matched", || alerts(app, "matched") == 1).await;
}

#[tokio::test]
async fn who_subscribes_is_told_within_a_week_of_what_he_has_not_seen_and_then_of_nothing() {
    for kept in BOTH {
        let (world, _folder, app, clock) = hurried(kept).await;
        offer(&app, &[1, 2, 3, 4]);
        let done = subscribe(&world, &phone(1)).await;
        assert!(done.starts_with("Birinchi SMS: "), "{done}");
        let asked = clock.now();
        to_next_alert(&app, &clock, &phone(1)).await;
        assert!(clock.now().since(asked) <= WEEK + Duration::from_secs(86_400));
        let first = world.inbox(&phone(1), 1).await.remove(0);
        // The best paid of the newest first; the first letter of any kind says who writes.
        assert!(first.contains("Kopir") && first.contains("Povar 200004tg TOO Primer 4"), "{first}");
        assert!(first.contains("sample ") && first.ends_with("STOP"), "{first}");
        let told = first.matches("\nJ").count();
        assert!((1..=3).contains(&told), "{first}");
        offer(&app, &[1, 2, 3, 4]);
        to_next_alert(&app, &clock, &phone(1)).await;
        let second = world.inbox(&phone(1), 2).await.remove(1);
        assert!(!second.contains("Primer 4") && second.contains("Primer 1"), "{second}");
        assert_eq!(kopir::domain::text::segment::segment(&second).parts.len(), 1);
        offer(&app, &[1, 2, 3, 4]);
        to_next_alert(&app, &clock, &phone(1)).await;
        until("nothing is left to tell", || alerts(&app, "nothing_to_send") == 1).await;
        assert_eq!(world.letters(&phone(1)).len(), 2);
        offer(&app, &[1, 2, 3, 4, 5]);
        to_next_alert(&app, &clock, &phone(1)).await;
        let third = world.inbox(&phone(1), 3).await.remove(2);
        assert!(third.contains("Primer 5") && third.matches('J').count() == 2, "the new one alone: {third}");
        Rig { world, app }.stop().await;
    }
}

#[tokio::test]
async fn before_a_silent_number_is_let_go_letters_say_how_to_go_on_and_an_answer_is_enough() {
    let (world, _folder, app, clock) = hurried(Kept::Embedded).await;
    let offer_new = |last: u32| offer(&app, &(1..=last).collect::<Vec<_>>());
    offer_new(1);
    subscribe(&world, &phone(1)).await;
    let goes_on = |letter: &str| letter.contains("yozing: XABAR");
    let (mut letters, mut last, mut told) = (0, 1, false);
    while !told {
        last += 1;
        offer_new(last);
        to_next_alert(&app, &clock, &phone(1)).await;
        letters += 1;
        told = goes_on(&world.inbox(&phone(1), letters).await.remove(letters - 1));
        assert!(letters < 7, "45 days have passed");
    }
    assert!(letters >= 4, "not at once: {letters}");
    // Any word is a sign of life.
    world.phones.text(&phone(1), SHORT, "XABAR");
    letters = world.inbox(&phone(1), letters + 1).await.len();
    offer_new(last + 1);
    to_next_alert(&app, &clock, &phone(1)).await;
    let next = world.inbox(&phone(1), letters + 1).await.remove(letters);
    assert!(!goes_on(&next), "{next}");
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn stop_ends_alerts_and_pause_holds_them() {
    let (world, _folder, app, clock) = hurried(Kept::Embedded).await;
    offer(&app, &[1, 2]);
    subscribe(&world, &phone(1)).await;
    subscribe(&world, &phone(2)).await;
    let owed = async || app.gateway.parts().outbox.depth(Lane::Looks).await.unwrap().owed;
    assert_eq!(owed().await, 2);
    world.phones.text(&phone(1), SHORT, "STOP");
    world.inbox(&phone(1), 1).await;
    assert_eq!(owed().await, 1, "nothing waits for who has stopped");
    // Paused: card → change → other → pause.
    let mut dialogue = world.phones.dial(&phone(2), "*100*32#");
    let mut text = page(&mut dialogue).await.text;
    for (shown, key) in [("Oshpaz", "1"), ("Nimani", "5"), ("Nimani", "4")] {
        assert!(text.contains(shown), "{text}");
        assert!(world.phones.answer(&phone(2), key));
        text = page(&mut dialogue).await.text;
    }
    assert!(text.contains("to'xtab turibdi"), "{text}");
    assert_eq!(owed().await, 0);
    assert!(world.phones.answer(&phone(2), "1"));
    assert!(page(&mut dialogue).await.text.contains("Oshpaz"));
    assert_eq!(owed().await, 1, "it goes on");
    clock.advance(WEEK * 2);
    world.inbox(&phone(2), 1).await;
    assert_eq!(world.letters(&phone(1)).len(), 1, "the receipt of STOP alone");
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn a_vacancy_closed_between_matching_and_sending_is_never_sent() {
    for kept in BOTH {
        let (world, _folder, app, clock) = hurried(kept).await;
        offer(&app, &[1]);
        subscribe(&world, &phone(1)).await;
        matched_while_away(&world, &app, &clock).await;
        offer(&app, &[2]);
        world.phones.come_back();
        let person = app.gateway.parts().persons.person(&phone(1));
        // Refused for now, a row comes again a second later.
        let going_on = |met: bool| {
            clock.advance(Duration::from_millis(if met { 0 } else { 10 }));
            met
        };
        until("it is found closed", || going_on(crate::bulk::rows_told(&app, "job_closed") == 1)).await;
        until("another is told", || going_on(!world.letters(&phone(1)).is_empty())).await;
        let letter = world.inbox(&phone(1), 1).await.remove(0);
        assert!(letter.contains("Primer 2") && !letter.contains("Primer 1"), "{letter}");
        let rows = app.gateway.parts().outbox.list(person, 9).await.unwrap();
        let cancelled = rows.iter().filter(|row| matches!(row.state, RowState::Cancelled { .. })).count();
        assert_eq!((rows.len(), cancelled), (2, 1), "{kept:?}");
        assert_eq!(world.letters(&phone(1)).len(), 1);
        Rig { world, app }.stop().await;
    }
}

#[tokio::test]
async fn a_letter_is_not_written_while_the_window_is_closed() {
    let (world, _folder) = slow_world(Kept::Embedded, "{}", "").await;
    let clock = Clock::manual(Clock::System.now());
    let app = App::start_at(world.config(), clock.clone(), Tasks::new(), Tasks::new()).await.unwrap();
    tokio::time::timeout(LIMIT, world.phones.bound(1)).await.expect("the link is bound");
    offer(&app, &[1]);
    subscribe(&world, &phone(1)).await;
    clock.advance(WEEK);
    until("it is put off", || alerts(&app, "held_by_window") >= 1).await;
    let person = app.gateway.parts().persons.person(&phone(1));
    assert!(app.gateway.parts().outbox.list(person, 9).await.unwrap().is_empty());
    assert_eq!(app.gateway.parts().outbox.depth(Lane::Looks).await.unwrap().owed, 1, "not forgotten");
    Rig { world, app }.stop().await;
}

/// The person's rows, in the order in which they were written.
async fn rows(app: &App, msisdn: &Msisdn) -> Vec<Row> {
    let parts = app.gateway.parts();
    let mut rows = parts.outbox.list(parts.persons.person(msisdn), 9).await.unwrap();
    rows.sort_by_key(|row| row.created);
    rows
}

#[tokio::test]
async fn nobody_is_looked_at_while_alerts_are_stopped_or_there_are_no_vacancies() {
    let (world, _folder, app, clock) = hurried(Kept::Embedded).await;
    offer(&app, &[1]);
    subscribe(&world, &phone(1)).await;
    let by = StoppedBy { who: "Aida".to_owned(), at: Timestamp(0), why: "test".to_owned() };
    let pushes = || app.gateway.courier().unwrap().pushes();
    pushes().turn(Some("alerts"), Some(by)).await.unwrap();
    to_next_alert(&app, &clock, &phone(1)).await;
    until("he is put off", || alerts(&app, "stopped") == 1).await;
    app.gateway.parts().library.offer(Arc::new(Shelf::default()));
    pushes().turn(Some("alerts"), None).await.unwrap();
    clock.advance(Duration::from_secs(1_801));
    until("he is put off again", || alerts(&app, "no_vacancies") == 1).await;
    assert!(rows(&app, &phone(1)).await.is_empty(), "no letter piles up, and his day is not lost");
    offer(&app, &[1]);
    clock.advance(Duration::from_secs(3_601));
    let letter = world.inbox(&phone(1), 1).await.remove(0);
    assert!(letter.contains("Primer 1"), "{letter}");
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn a_letter_waits_for_a_gateway_that_does_not_know_its_vacancy_yet() {
    let (world, _folder, app, clock) = hurried(Kept::Embedded).await;
    offer(&app, &[1]);
    subscribe(&world, &phone(1)).await;
    matched_while_away(&world, &app, &clock).await;
    // As the shelf of another gateway, that has not followed.
    let now = clock.now();
    app.gateway.parts().library.offer(Arc::new(Shelf::of([cook(2, now)], &Shelf::default()).0));
    world.phones.come_back();
    let going_on = |met: bool| {
        clock.advance(Duration::from_millis(if met { 0 } else { 10 }));
        met
    };
    until("it waits", || going_on(crate::bulk::rows_told(&app, "job_unknown") >= 1)).await;
    assert!(world.letters(&phone(1)).is_empty());
    offer(&app, &[1, 2]);
    until("it leaves", || going_on(!world.letters(&phone(1)).is_empty())).await;
    let letter = world.letters(&phone(1)).remove(0).text;
    assert!(letter.contains("Primer 1"), "{letter}");
    assert_eq!(crate::bulk::rows_told(&app, "job_closed"), 0);
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn a_letter_that_waits_is_not_sent_after_a_pause_and_what_it_named_is_told_later() {
    let (world, _folder, app, clock) = hurried(Kept::Embedded).await;
    offer(&app, &[1]);
    subscribe(&world, &phone(1)).await;
    let by = StoppedBy { who: "Aida".to_owned(), at: Timestamp(0), why: "test".to_owned() };
    let pushes = || app.gateway.courier().unwrap().pushes();
    matched_while_away(&world, &app, &clock).await;
    pushes().turn(None, Some(by)).await.unwrap();
    world.phones.come_back();
    tokio::time::timeout(LIMIT, world.phones.bound(1)).await.expect("the link is bound");
    let pressed = async |keys: &[&str]| {
        let mut dialogue = world.phones.dial(&phone(1), "*100*32#");
        let mut text = page(&mut dialogue).await.text;
        for key in keys {
            assert!(world.phones.answer(&phone(1), key), "{text}");
            text = page(&mut dialogue).await.text;
        }
        text
    };
    let paused = pressed(&["1", "5", "4"]).await;
    assert!(paused.contains("to'xtab turibdi"), "{paused}");
    pushes().turn(None, None).await.unwrap();
    let going_on = |met: bool| {
        clock.advance(Duration::from_millis(if met { 0 } else { 100 }));
        met
    };
    until("it is cancelled", || going_on(crate::bulk::rows_told(&app, "cancelled") == 1)).await;
    assert!(world.letters(&phone(1)).is_empty());
    let on = pressed(&["1"]).await;
    assert!(on.contains("Oshpaz"), "{on}");
    to_next_alert(&app, &clock, &phone(1)).await;
    let letter = world.inbox(&phone(1), 1).await.remove(0);
    assert!(letter.contains("Primer 1"), "it was never told: {letter}");
    Rig { world, app }.stop().await;
}

/// Subscribers as the store has them after their dialogues, each due at `now`.
async fn subscribers(store: &Store, persons: &kopir::domain::person::PersonKeys, count: u32, now: Timestamp) {
    for n in 0..count {
        let to = phone(n);
        let person = persons.person(&to);
        let said = Said {
            at: now,
            wording: Default::default(),
            lang: Lang::Uz,
            channel: Channel::Dialogue,
            by: StepKey::of(&[&n.to_be_bytes()]),
        };
        let mut profile = Profile { phone: Phone::Own, seen: now, greeted: true, ..Profile::default() };
        profile.agree(Purpose::Alert, said).unwrap();
        let wish = Looks { trade: Some(Isco(5120)), ..Looks::default() };
        profile.alerts = Some(Box::new(Alerts { next: now, ..Alerts::new(wish, Lang::Uz) }));
        let reply = ReplyAddress { to, from: SHORT.to_owned(), link: "net".into(), network: Vec::new() };
        let commit = Commit {
            person,
            now,
            step: said.by,
            expect: 0,
            session: Session::default(),
            session_expires: now.plus(WEEK),
            profile: Some((0, profile, now.plus(WEEK * 50))),
            rows: Vec::new(),
            dues: vec![look_at(person, reply, now, false)],
            done: Vec::new(),
            lease_until: now,
            erase: false,
        };
        assert_eq!(store.sessions.commit(&commit).await.unwrap(), Committed::Done);
    }
}

/// As many as two debug gateways serve in some seconds; the long form as many as `make long` has patience for.
fn persons_max() -> u32 {
    if std::env::var("KOPIR_LONG").is_ok() { 5_000 } else { 400 }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_share_the_work_and_when_one_is_killed_nobody_is_served_twice_or_forgotten() {
    let count = persons_max();
    let vacancies = crate::redis_server::Folder::new();
    let (_folder, menus) = menus_open(ALWAYS);
    let faults = Faults { delay_ms: Some((20, 20)), ..Faults::default() };
    let wish = Wish {
        gateway: "row_lease_secs = 2",
        link: "window_pdus = 16\nbulk_window_pdus = 4\nresponse_timeout_ms = 1000",
        more: format!("[vacancies]\nfolder = \"{}\"\n", vacancies.path().display()),
        smsc: Some(Settings { faults, ..Settings::default() }),
        menus: Some(menus),
        ..Wish::default()
    };
    let mut world = World::new(Kept::Redis, wish).await;
    let config = world.config();
    let now = Clock::System.now();
    snapshot::write(vacancies.path(), &Shelf::of((1..=9).map(|id| cook(id, now)), &Shelf::default()).0)
        .unwrap();
    let keys = config.store.keys().unwrap();
    let store = Store::open(&config.store, &keys, &Metrics::default()).await.unwrap();
    let persons = keys.person_keys();
    subscribers(&store, &persons, count, now).await;
    let first = Program::start(&world, "warn").await;
    // The other has ports and files of its own.
    for (own, other) in [(world.admin.to_string(), free_port()), (world.http.to_string(), free_port())] {
        world.overlay = world.overlay.replace(&own, &other.to_string());
    }
    world.overlay = world.overlay.replace("/cdr\"", "/cdr2\"").replace("/audit\"", "/audit2\"");
    let second = Program::start(&world, "warn").await;
    until("half is on its way", || world.phones.sums().submissions > u64::from(count) / 4).await;
    first.kill();
    let served = |n: u32| !world.letters(&phone(n)).is_empty();
    until("everybody is served", || (0..count).all(served)).await;
    let (mut twice, mut flagged) = (0, 0);
    for n in 0..count {
        let rows: Vec<Row> = store.outbox.list(persons.person(&phone(n)), 9).await.unwrap();
        assert_eq!(rows.len(), 1, "person {n} was matched once: {rows:?}");
        let letters = world.letters(&phone(n)).len();
        twice += usize::from(letters > 1);
        flagged += usize::from(rows[0].maybe_dup);
        assert!(letters == 1 || rows[0].maybe_dup, "person {n} has {letters} letters");
    }
    println!("{count} persons, {twice} letters twice, {flagged} flagged as perhaps twice");
    assert!(twice <= 16, "no more than the killed gateway's window");
    let ahead = store.outbox.depth(Lane::Looks).await.unwrap();
    assert_eq!(ahead.owed, u64::from(count), "everybody has a next look");
    second.stop().await;
    world.end().await;
}
