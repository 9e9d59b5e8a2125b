//! The desk over HTTP with a real store behind it: who gets in, who sees what, which forms count, what is logged.

use crate::rig::{NOW, NUMBER, Rig, number};
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use kopir::adapters::desk::settings::DeskSettings;
use kopir::adapters::desk::users::{self, Role, User, UsersError};
use kopir::adapters::desk::{DeskHost, Look, password, router};
use kopir::clock::Clock;
use kopir::domain::address::Msisdn;
use kopir::domain::delivery::Proof;
use kopir::domain::lang::{Lang, Script};
use kopir::domain::person::{Person, PersonId};
use kopir::domain::session::Phone;
use kopir::domain::ticket::{Queue, Ticket, TicketChange, TicketState};
use kopir::gateway::board::Board;
use kopir::metrics::Metrics;
use kopir::tasks::Tasks;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower_service::Service;

const PASSWORD: &str = "a password of the desk";
const CALL: &str = "48210637";
const DANGER: &str = "15580294";
const COMPLAINT: &str = "63307128";
const PLEA: &str = "<script>alert('plea')</script>";

/// A desk with three tickets and a user a role.
struct World {
    _store: Rig,
    board: Arc<Board>,
    clock: Clock,
    router: axum::Router,
    looks: Arc<Mutex<Vec<Look>>>,
    log_fails: Arc<AtomicBool>,
    users: PathBuf,
}

fn ticket(no: &str, queue: Queue) -> Ticket {
    Ticket {
        no: no.to_owned(),
        person: Person { partition: 7, id: PersonId([7; 17]) },
        number: number(0),
        link: "demo".into(),
        queue,
        topic: "papers".to_owned(),
        lang: Lang::Tg,
        script: Script::Native,
        from: "1414".to_owned(),
        sms_wanted: true,
        phone: Phone::Own,
        safe: None,
        text: Some(PLEA.to_owned()),
        created: NOW,
        due: NOW.plus(Duration::from_secs(3_600)),
        proof: Proof::default(),
        state: TicketState::Open,
        escalated: false,
        acts: Vec::new(),
    }
}

fn settings(users: &std::path::Path) -> DeskSettings {
    let text = format!(
        "enabled = true\nlisten = \"127.0.0.1:0\"\nusers_file = {:?}\nidle_secs = 900\nsession_max_secs = 43200\n\
         calls = [\"desk\", \"lead\"]\ndanger = [\"lead\"]\ncomplaints = [\"lead\"]\nproxies = []\n\
         insecure_cookie = false\nsample = false\n",
        users.display().to_string()
    );
    toml::from_str(&text).unwrap()
}

impl World {
    async fn new(name: &str) -> Self {
        let store = Rig::embedded().await;
        let clock = Clock::manual(NOW);
        let shared = store.store().shared.clone();
        let board = Board::new(shared, clock.clone(), Metrics::default(), Duration::from_secs(86_400));
        for (no, queue) in [(CALL, Queue::CallBack), (DANGER, Queue::Danger), (COMPLAINT, Queue::Complaint)] {
            board.open(&ticket(no, queue)).await.unwrap();
        }
        let users = std::env::temp_dir().join(format!("kopir-desk-{name}-{}.toml", std::process::id()));
        let hash = password::hash(PASSWORD).unwrap();
        users::change::<UsersError>(&users, |all| {
            for role in Role::ALL {
                let user = User { role, language: Lang::En, password: hash.clone() };
                all.insert(role.name().to_owned(), user);
            }
            Ok(())
        })
        .unwrap();
        let (looks, log_fails): (Arc<Mutex<Vec<Look>>>, Arc<AtomicBool>) = Default::default();
        let (kept, fails, texts) = (looks.clone(), log_fails.clone(), board.clone());
        let host = DeskHost {
            settings: settings(&users),
            board: board.clone(),
            staffed: Arc::new(Default::default),
            text: Arc::new(move |no, by, which| {
                let board = texts.clone();
                Box::pin(async move { board.change(&no, &by, TicketChange::Texted(which), NOW).await })
            }),
            clock: clock.clone(),
            audit: Arc::new(move |look| {
                let well = !fails.load(Ordering::SeqCst);
                kept.lock().unwrap().push(look);
                Box::pin(async move { if well { Ok(()) } else { Err("the disk is full".to_owned()) } })
            }),
            tasks: Tasks::new(),
        };
        Self { _store: store, board, clock, router: router(host).unwrap(), looks, log_fails, users }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.users));
    }
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn to(&self) -> &str {
        self.headers.get("location").map_or("", |to| to.to_str().unwrap())
    }

    /// The value of a hidden field.
    fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }
}

/// A browser: its cookies and what it says of itself.
struct Browser<'a> {
    world: &'a World,
    cookies: Vec<(String, String)>,
    csrf: String,
    site: &'static str,
    from: &'static str,
}

impl<'a> Browser<'a> {
    fn new(world: &'a World) -> Self {
        let csrf = String::new();
        Self { world, cookies: Vec::new(), csrf, site: "same-origin", from: "192.0.2.1:5000" }
    }

    async fn signed_in(world: &'a World, name: &str) -> Self {
        let mut browser = Self::new(world);
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/desk/list"), "{}", answer.text);
        let page = browser.get("/desk/list").await;
        assert_eq!(page.status, StatusCode::OK);
        browser.csrf = page.hidden("csrf");
        browser
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let from: SocketAddr = self.from.parse().unwrap();
        let mut request = request
            .header("cookie", cookies.join("; "))
            .header("accept-language", "en")
            .header("sec-fetch-site", self.site)
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(from));
        let response = self.world.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all("set-cookie") {
            let (pair, rest) = set.to_str().unwrap().split_once(';').unwrap();
            let (key, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != key);
            if !rest.contains("Max-Age=0") {
                self.cookies.push((key.to_owned(), value.to_owned()));
            }
        }
        let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), String::new()).await
    }

    async fn looks_on(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).header("x-kopir-live", "1"), String::new()).await
    }

    async fn post(&mut self, path: &str, fields: &str) -> Answer {
        let csrf = self.csrf.clone();
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request, format!("csrf={csrf}&{fields}")).await
    }

    async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let form = self.get("/desk/sign-in?lang=en").await.hidden("form");
        let fields = format!("form={form}&name={name}&password={}", password.replace(' ', "+"));
        self.post("/desk/sign-in?lang=en", &fields).await
    }

    async fn deed(&mut self, no: &str, deed: &str, fields: &str) -> Answer {
        self.post(&format!("/desk/t/{no}/{deed}"), fields).await
    }
}

#[tokio::test]
async fn nobody_sees_anything_before_signing_in() {
    let world = World::new("nobody").await;
    let mut browser = Browser::new(&world);
    for path in ["/desk/list", "/desk/closed", "/desk/service", "/desk/t/48210637", "/desk/nothing"] {
        let answer = browser.get(path).await;
        assert!(answer.text.contains("id=\"password\"") && !answer.text.contains("plea"), "{path}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers.get(name).unwrap(), value, "{path}");
        }
        let policy = answer.headers.get("content-security-policy").unwrap().to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(browser.looks_on("/desk/list").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(browser.looks_on("/desk/events").await.status, StatusCode::UNAUTHORIZED);
    assert!(browser.deed(CALL, "claim", "").await.text.contains("id=\"password\""));
    assert_eq!(world.board.get(CALL).await.unwrap().unwrap().state, TicketState::Open);
}

#[tokio::test]
async fn wrong_passwords_and_unknown_names_sound_alike_and_then_wait() {
    let world = World::new("wrong").await;
    let mut browser = Browser::new(&world);
    let wrong = browser.sign_in("desk", "not the password").await;
    let unknown = browser.sign_in("nobody", PASSWORD).await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert!(
        wrong.text.contains("Name or password is wrong.")
            && unknown.text.contains("Name or password is wrong.")
    );
    for _ in 0..4 {
        browser.sign_in("desk", "not the password").await;
    }
    let answer = browser.sign_in("desk", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "even the right password waits");
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(browser.sign_in("desk", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_count_only_from_our_own_pages() {
    let world = World::new("forms").await;
    let mut browser = Browser::new(&world);
    browser
        .post("/desk/sign-in?lang=en", &format!("name=desk&password={}", PASSWORD.replace(' ', "+")))
        .await;
    assert!(browser.cookies.iter().all(|(key, _)| key != "__Host-kopir"), "a form without its token");
    let mut browser = Browser::signed_in(&world, "desk").await;
    let own = core::mem::replace(&mut browser.csrf, "0".repeat(64));
    assert_eq!(browser.deed(CALL, "claim", "").await.status, StatusCode::FORBIDDEN, "another token");
    browser.csrf = Browser::signed_in(&world, "lead").await.csrf;
    assert_eq!(browser.deed(CALL, "claim", "").await.status, StatusCode::FORBIDDEN, "another's token");
    (browser.csrf, browser.site) = (own, "cross-site");
    assert_eq!(browser.deed(CALL, "claim", "").await.status, StatusCode::FORBIDDEN, "another site");
    assert_eq!(world.board.get(CALL).await.unwrap().unwrap().state, TicketState::Open);
    browser.site = "same-origin";
    assert_eq!(browser.deed(CALL, "claim", "").await.to(), "/desk/t/48210637?done=claim");
    let note = "x".repeat(40_000);
    assert_eq!(
        browser.deed(CALL, "note", &format!("text={note}")).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn each_role_sees_its_own_and_is_not_told_of_the_rest() {
    let world = World::new("roles").await;
    for (name, seen) in [("desk", &[CALL][..]), ("lead", &[CALL, DANGER, COMPLAINT]), ("admin", &[])] {
        let mut browser = Browser::signed_in(&world, name).await;
        let list = browser.get("/desk/list").await.text;
        for no in [CALL, DANGER, COMPLAINT] {
            assert_eq!(list.contains(no), seen.contains(&no), "{name} {no}");
            let status = if seen.contains(&no) { StatusCode::OK } else { StatusCode::NOT_FOUND };
            assert_eq!(browser.get(&format!("/desk/t/{no}")).await.status, status, "{name} {no}");
            if status == StatusCode::NOT_FOUND {
                assert_eq!(browser.deed(no, "claim", "").await.status, status, "{name} {no}");
            }
        }
        let service = if name == "admin" { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(browser.get("/desk/service").await.status, service, "{name}");
    }
    let mut desk = Browser::signed_in(&world, "desk").await;
    for deed in ["reopen", "assign"] {
        assert_eq!(desk.deed(CALL, deed, "to=desk").await.status, StatusCode::FORBIDDEN, "{deed}");
    }
    let mut lead = Browser::signed_in(&world, "lead").await;
    assert_eq!(lead.deed(DANGER, "assign", "to=desk").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(lead.deed(CALL, "assign", "to=desk").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.board.get(CALL).await.unwrap().unwrap().state.holder(), Some("desk"));
}

#[tokio::test]
async fn a_number_is_shown_to_its_holder_for_a_click_that_is_logged() {
    let world = World::new("number").await;
    let mut desk = Browser::signed_in(&world, "desk").await;
    assert_eq!(desk.deed(CALL, "number", "").await.status, StatusCode::CONFLICT, "claimed first");
    desk.deed(CALL, "claim", "").await;
    let page = desk.get("/desk/t/48210637").await.text;
    assert!(!page.contains(NUMBER) && page.contains("&lt;script&gt;alert(&#39;plea&#39;)&lt;/script&gt;"));
    let mut lead = Browser::signed_in(&world, "lead").await;
    assert_eq!(lead.deed(CALL, "number", "").await.status, StatusCode::CONFLICT, "not the holder");
    world.looks.lock().unwrap().clear();
    let shown = desk.deed(CALL, "number", "").await;
    assert!(shown.status == StatusCode::OK && shown.text.contains(&format!("+{NUMBER}</output>")));
    assert!(shown.text.contains("lang=\"tg\""), "what to say, in the ticket's language");
    let looks: Vec<String> = {
        let looks = world.looks.lock().unwrap();
        looks.iter().map(|look| format!("{} {} {}", look.by, look.what.word(), look.no)).collect()
    };
    assert_eq!(looks, ["desk number 48210637", "desk text 48210637"]);
    world.log_fails.store(true, Ordering::SeqCst);
    let hidden = desk.deed(CALL, "number", "").await;
    assert_eq!(hidden.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!hidden.text.contains(NUMBER), "what cannot be logged is not shown");
    let hidden = desk.get("/desk/t/48210637").await;
    assert!(hidden.status == StatusCode::SERVICE_UNAVAILABLE && !hidden.text.contains("plea"));
}

#[tokio::test]
async fn a_ticket_goes_its_way_and_what_comes_too_late_changes_nothing() {
    let world = World::new("way").await;
    let mut desk = Browser::signed_in(&world, "desk").await;
    let mut lead = Browser::signed_in(&world, "lead").await;
    assert_eq!(desk.deed(CALL, "claim", "").await.status, StatusCode::SEE_OTHER);
    let late = lead.deed(CALL, "claim", "").await;
    assert!(late.status == StatusCode::CONFLICT && late.text.contains("Somebody else has it now."));
    let long = desk.deed(CALL, "note", &format!("text={}", "y".repeat(601))).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(long.text.contains("601") && long.text.contains(&"y".repeat(601)), "what was typed is kept");
    for (deed, fields) in [
        ("called", "reached=no"),
        ("text", "which=missed"),
        ("note", "text=a+note"),
        ("escalate", ""),
        ("close", "outcome=not-reached"),
    ] {
        assert_eq!(desk.deed(CALL, deed, fields).await.status, StatusCode::SEE_OTHER, "{deed}");
    }
    assert_eq!(desk.deed(CALL, "close", "outcome=helped").await.status, StatusCode::CONFLICT);
    assert_eq!(desk.deed(CALL, "close", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(desk.get("/desk/closed").await.text.contains(CALL));
    assert_eq!(lead.deed(CALL, "reopen", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.board.get(CALL).await.unwrap().unwrap().state, TicketState::Open);
}

#[tokio::test]
async fn idleness_ends_a_session_and_watching_does_not_keep_it() {
    let world = World::new("idle").await;
    let mut browser = Browser::signed_in(&world, "desk").await;
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(browser.looks_on("/desk/list").await.status, StatusCode::OK);
    world.clock.advance(Duration::from_secs(300));
    assert_eq!(browser.looks_on("/desk/list").await.status, StatusCode::UNAUTHORIZED);
    let answer = browser.get("/desk/t/48210637").await;
    assert!(
        answer.text.contains("You were signed out, because nothing was done")
            && !answer.text.contains("plea")
    );
    assert_eq!(answer.hidden("next"), "/desk/t/48210637", "after signing in it goes on there");
    let mut browser = Browser::signed_in(&world, "desk").await;
    let id = browser.cookies.clone();
    assert_eq!(browser.post("/desk/sign-out", "").await.to(), "/desk/sign-in?why=out");
    browser.cookies = id;
    assert!(
        browser.get("/desk/list").await.text.contains("id=\"password\""),
        "an old cookie is worth nothing"
    );
}

#[tokio::test]
async fn who_is_removed_is_out_at_once() {
    let world = World::new("removed").await;
    let mut browser = Browser::signed_in(&world, "desk").await;
    users::change::<UsersError>(&world.users, |all| {
        all.remove("desk");
        Ok(())
    })
    .unwrap();
    assert!(browser.get("/desk/list").await.text.contains("id=\"password\""));
}

#[tokio::test]
async fn of_who_rang_at_a_shared_device_the_place_is_shown_and_no_number() {
    let world = World::new("rung").await;
    let (no, visit) = ("77001122", Msisdn::of_visit(41_520_377_000_001));
    let rang = Ticket {
        number: visit.clone(),
        link: "hall-1".into(),
        topic: "here".to_owned(),
        sms_wanted: false,
        phone: Phone::Unknown,
        text: None,
        ..ticket(no, Queue::CallBack)
    };
    world.board.open(&rang).await.unwrap();
    let mut desk = Browser::signed_in(&world, "desk").await;
    assert!(desk.get("/desk/list").await.text.contains(no));
    assert_eq!(desk.deed(no, "number", "").await.status, StatusCode::CONFLICT, "claimed or not");
    desk.deed(no, "claim", "").await;
    let page = desk.get(&format!("/desk/t/{no}")).await.text;
    assert!(page.contains("<strong>hall-1</strong>") && !page.contains(&format!("{no}/number")), "{page}");
    let refused = desk.deed(no, "number", "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    for text in [&page, &refused.text] {
        assert!(!text.contains(visit.expose()) && !text.contains("<output"), "{text}");
    }
    assert!(
        !world.looks.lock().unwrap().iter().any(|look| look.what.word() == "number"),
        "nothing was looked at"
    );
}
