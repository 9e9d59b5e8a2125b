//! The kiosk over TCP, as its page speaks to it: a visit whole, submits that act once, its end by the person, the clock and the stop.

use crate::rig::{BOTH, Kept, LAST4, LIMIT, NUMBER, Rig, TAIL, Wish, World, until};
use kopir::app::App;
use kopir::clock::Clock;
use kopir::domain::address::Msisdn;
use kopir::domain::session::{Profile, Session};
use kopir::simulator::office::{Fault, Faults};
use kopir::tasks::Tasks;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub(crate) const V1: &str = "/kiosk/v1/";

fn wish(more: &str) -> Wish {
    let kiosk = format!("[kiosk]\nenabled = true\nlisten = \"127.0.0.1:0\"\n{more}\n");
    Wish { more: kiosk, guard: "timeout_ms = 8000\ntry_timeout_ms = 7000", ..Wish::default() }
}

/// One request of the page.
pub(crate) fn request(method: &str, path: &str, token: &str, head: &str, body: &str) -> String {
    let visit = if token.is_empty() { String::new() } else { format!("Authorization: Visit {token}\r\n") };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n{visit}{head}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends it and reads all of the answer: status, head, body.
pub(crate) async fn sent(at: SocketAddr, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(LIMIT, stream.read_to_string(&mut answer)).await.expect("an answer").unwrap();
    let status = answer.split(' ').nth(1).map_or(0, |code| code.parse().unwrap());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, head.to_owned(), body.to_owned())
}

async fn post(at: SocketAddr, name: &str, token: &str, body: Value) -> (u16, Value) {
    let (status, _, body) =
        sent(at, &request("POST", &format!("{V1}{name}"), token, "", &body.to_string())).await;
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// A visit as its page holds it.
struct Visit {
    at: SocketAddr,
    token: String,
    step: u32,
    screen: Value,
}

impl Visit {
    async fn begin(at: SocketAddr) -> Self {
        let (status, begun) = post(at, "visits", "", json!({})).await;
        assert_eq!((status, begun.get("step").unwrap()), (201, &json!(0)), "{begun}");
        Self {
            at,
            token: begun.get("visit").unwrap().as_str().unwrap().to_owned(),
            step: 0,
            screen: begun.get("screen").unwrap().clone(),
        }
    }

    async fn submit(&self, step: u32, input: &str) -> (u16, Value) {
        post(self.at, "turns", &self.token, json!({"step": step, "input": input})).await
    }

    /// The next step, asked for until it is answered.
    async fn typed(&mut self, input: &str) -> &Value {
        let (mut status, mut answer) = self.submit(self.step + 1, input).await;
        while status == 202 {
            (status, answer) = self.submit(self.step + 1, input).await;
        }
        assert_eq!(status, 200, "{input}: {answer}");
        self.step += 1;
        self.screen = answer.get("screen").unwrap().clone();
        &self.screen
    }

    /// The digit of a choice.
    fn digit(&self, id: &str) -> String {
        let choices = self.screen.get("choices").unwrap().as_array().unwrap();
        let choice = choices.iter().find(|choice| choice["id"] == id);
        choice.unwrap_or_else(|| panic!("{id}: {}", self.screen))["digit"].as_str().unwrap().to_owned()
    }

    async fn choose(&mut self, id: &str) -> &Value {
        let digit = self.digit(id);
        self.typed(&digit).await
    }

    /// Uzbek, the status of an application, up to the last question.
    async fn at_last4(at: SocketAddr) -> Self {
        let mut visit = Self::begin(at).await;
        assert_eq!(visit.screen.get("kind").unwrap(), "languages");
        assert_eq!(visit.choose("uz").await["kind"], "root");
        assert_eq!(visit.choose("status").await.get("entry").unwrap().get("kind").unwrap(), "digits");
        assert_eq!(visit.typed(NUMBER).await["masked"], true);
        visit
    }

    async fn finish(&self) -> u16 {
        post(self.at, "finish", &self.token, json!({})).await.0
    }

    /// Whom the gateway takes it for.
    fn number(&self) -> Msisdn {
        let mut hash = Sha256::new();
        for part in ["visit", "hall-1", &self.token] {
            hash.update(u64::try_from(part.len()).unwrap().to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest: [u8; 32] = hash.finalize().into();
        Msisdn::of_visit(u64::from_be_bytes(digest[..8].try_into().unwrap()))
    }

    /// What the store holds of it.
    async fn kept(&self, app: &App) -> (Session, Profile) {
        let parts = app.gateway.parts();
        let opened =
            parts.sessions.open(parts.persons.person(&self.number()), parts.clock.now()).await.unwrap();
        (opened.session, opened.profile)
    }

    async fn is_erased(&self, app: &App) {
        let (session, profile) = self.kept(app).await;
        assert_eq!((&session.held, &session.written), (&None, &None));
        assert_eq!(profile, Profile::default());
        // What is left are the keys by which copies are known.
        assert!(
            session.exchanges.iter().all(|past| past.reply.text.is_empty() && past.reply.screen.is_none())
        );
    }
}

fn at(app: &App) -> SocketAddr {
    app.kiosk.as_ref().unwrap().at
}

fn visits(app: &App) -> usize {
    app.kiosk.as_ref().unwrap().visits.visits()
}

/// A counter of the device.
fn counted(app: &App, kind: &'static str) -> u64 {
    let name = kopir::metrics::NameKind { name: "hall-1".to_owned(), kind };
    app.gateway.parts().metrics.visits.get_or_create(&name).get()
}

#[tokio::test]
async fn a_visit_walks_from_the_languages_to_an_answer_and_leaves_nothing_when_it_is_finished() {
    for kept in BOTH {
        let rig = Rig::new(kept, wish("")).await;
        let mut visit = Visit::at_last4(at(&rig.app)).await;
        let answer = visit.typed(LAST4).await.clone();
        let body = answer["body"].as_str().unwrap();
        assert!(body.contains(TAIL) && body.contains("Suhbat belgilandi"), "{kept:?} {answer}");
        assert_eq!((&answer["lang"], &answer["place"]), (&json!("uz"), &json!("status/answer")), "{answer}");
        assert!(visit.kept(&rig.app).await.0.held.is_some(), "while it lasts it is in the store");
        assert_eq!(visit.finish().await, 204);
        visit.is_erased(&rig.app).await;
        assert_eq!(visits(&rig.app), 0);
        assert_eq!(visit.submit(visit.step + 1, "1").await, (410, json!({"error": "over"})));
        for name in ["stay", "ring"] {
            assert_eq!(post(visit.at, name, &visit.token, json!({})).await.0, 410);
        }
        assert_eq!(visit.finish().await, 204, "also when it is over already");
        assert_eq!((counted(&rig.app, "begun"), counted(&rig.app, "finished")), (1, 1));
        rig.stop().await;
    }
}

#[tokio::test]
async fn the_same_step_again_gives_the_same_screen_and_acts_once_also_when_answers_are_lost() {
    for kept in BOTH {
        let rig = Rig::new(kept, wish("")).await;
        let mut visit = Visit::at_last4(at(&rig.app)).await;
        let step = visit.step + 1;
        let body = json!({"step": step, "input": LAST4}).to_string();
        let turn = request("POST", &format!("{V1}turns"), &visit.token, "", &body);
        for cut in 0..6 {
            // The line breaks behind the request, and within it.
            let mut stream = TcpStream::connect(visit.at).await.unwrap();
            stream.write_all(&turn.as_bytes()[..turn.len() - cut % 2]).await.unwrap();
            drop(stream);
        }
        let answer = visit.typed(LAST4).await.clone();
        assert!(answer["body"].as_str().unwrap().contains(TAIL), "{kept:?} {answer}");
        assert_eq!(visit.submit(step, LAST4).await, (200, json!({"step": step, "screen": answer})));
        assert_eq!(rig.world.office.calls(), 1, "one effect");
        for (step, input) in [(step, "1"), (step - 1, NUMBER), (step + 2, "1"), (0, "1")] {
            let (status, told) = visit.submit(step, input).await;
            let wanted = if step == 0 {
                (400, json!({"error": "input"}))
            } else {
                (409, json!({"error": "step", "step": visit.step}))
            };
            assert_eq!((status, told), wanted, "{step} {input}");
        }
        rig.stop().await;
    }
}

#[tokio::test]
async fn two_honest_equal_inputs_act_twice() {
    let rig = Rig::new(Kept::Embedded, wish("")).await;
    let mut visit = Visit::begin(at(&rig.app)).await;
    visit.choose("uz").await;
    let wrong = visit.typed("zzz").await.clone();
    assert!(wrong["error"].is_string() && wrong["kind"] == "root", "{wrong}");
    visit.choose("status").await;
    assert_eq!(visit.typed("0").await["kind"], "root");
    let root = visit.screen.clone();
    assert_eq!(visit.choose("status").await["kind"], "ask");
    assert_eq!(visit.typed("0").await, &root);
    rig.stop().await;
}

#[tokio::test]
async fn a_slow_office_is_waited_for_step_by_step_and_asked_once() {
    for kept in BOTH {
        let rig = Rig::new(kept, wish("wait_ms = 200")).await;
        let visit = Visit::at_last4(at(&rig.app)).await;
        rig.world.office.fail(Faults { fault: Some(Fault::Slow), after_ms: 1_800 });
        let step = visit.step + 1;
        let mut waited = 0;
        let answer = loop {
            let asked = Instant::now();
            let (status, answer) = visit.submit(step, LAST4).await;
            assert!(asked.elapsed() < Duration::from_millis(1_500), "a request is held for wait_ms");
            if status == 200 {
                break answer;
            }
            assert_eq!((status, answer), (202, json!({"step": step, "waiting": true})));
            assert_eq!(visit.submit(step, "1").await.0, 409, "nothing else is taken in meanwhile");
            waited += 1;
        };
        assert!(waited >= 2, "{waited}");
        assert!(answer["screen"]["body"].as_str().unwrap().contains(TAIL), "{kept:?} {answer}");
        assert_eq!(rig.world.office.calls(), 1);
        rig.stop().await;
    }
}

#[tokio::test]
async fn a_visit_that_is_finished_while_an_office_is_asked_is_erased_at_once() {
    let rig = Rig::new(Kept::Embedded, wish("wait_ms = 200")).await;
    let visit = Visit::at_last4(at(&rig.app)).await;
    rig.world.office.fail(Faults { fault: Some(Fault::Slow), after_ms: 900 });
    assert_eq!(visit.submit(visit.step + 1, LAST4).await.0, 202);
    assert_eq!(visit.finish().await, 204);
    visit.is_erased(&rig.app).await;
    // The answer comes, and finds nobody.
    until("it is known", || rig.app.gateway.busy() == 0 && visits(&rig.app) == 0).await;
    visit.is_erased(&rig.app).await;
    rig.stop().await;
}

#[tokio::test]
async fn while_the_store_is_away_the_same_is_asked_again_and_recovers_and_a_finish_is_made_good() {
    let mut rig = Rig::new(Kept::Redis, wish("")).await;
    let mut visit = Visit::at_last4(at(&rig.app)).await;
    let leaves = Visit::at_last4(at(&rig.app)).await;
    rig.world.redis.as_mut().unwrap().kill();
    let refused = async {
        loop {
            let (status, told) = visit.submit(visit.step + 1, LAST4).await;
            if status == 503 {
                return told;
            }
            assert_eq!(status, 202, "{told}");
        }
    };
    assert_eq!(timeout(LIMIT, refused).await.unwrap(), json!({"error": "unavailable"}));
    assert_eq!(post(visit.at, "visits", "", json!({})).await.0, 503);
    assert_eq!(leaves.finish().await, 204);
    assert_eq!(leaves.submit(leaves.step + 1, "1").await.0, 410, "over for everybody, though not erased yet");
    assert!(visits(&rig.app) >= 2);
    rig.world.redis.as_mut().unwrap().restart();
    let recovered = async {
        loop {
            let (status, answer) = visit.submit(visit.step + 1, LAST4).await;
            if status == 200 {
                return answer;
            }
        }
    };
    let answer = timeout(LIMIT, recovered).await.unwrap();
    assert!(answer["screen"]["body"].as_str().unwrap().contains(TAIL), "{answer}");
    assert_eq!(rig.world.office.calls(), 1, "one effect");
    until("what was finished is erased", || visits(&rig.app) == 1).await;
    leaves.is_erased(&rig.app).await;
    visit.step += 1;
    assert_eq!(visit.finish().await, 204);
    visit.is_erased(&rig.app).await;
    rig.stop().await;
}

#[tokio::test]
async fn the_server_ends_what_nobody_is_heard_of_and_a_touch_keeps_it() {
    let world = World::new(Kept::Embedded, wish("")).await;
    let clock = Clock::manual(Clock::System.now());
    let app = App::start_at(world.config(), clock.clone(), Tasks::new(), Tasks::new()).await.unwrap();
    let mut quiet = Visit::begin(at(&app)).await;
    quiet.choose("uz").await;
    let touched = Visit::at_last4(at(&app)).await;
    assert_eq!(touched.screen["private"], true);
    // Private data: 60 + 30 seconds, and two more; else 90 + 30 and two more.
    clock.advance(Duration::from_secs(80));
    assert_eq!(post(touched.at, "stay", &touched.token, json!({})).await, (204, Value::Null));
    clock.advance(Duration::from_secs(45));
    until("the quiet one is erased", || visits(&app) == 1).await;
    quiet.is_erased(&app).await;
    assert_eq!(quiet.submit(2, "1").await.0, 410);
    assert_eq!(touched.submit(touched.step + 1, LAST4).await.0, 200);
    clock.advance(Duration::from_secs(93));
    until("so is the other", || visits(&app) == 0).await;
    touched.is_erased(&app).await;
    assert_eq!((counted(&app, "idle"), counted(&app, "finished")), (2, 0));
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn an_orderly_stop_erases_every_visit() {
    let rig = Rig::new(Kept::Redis, wish("")).await;
    let visit = Visit::at_last4(at(&rig.app)).await;
    let (sessions, person) = {
        let parts = rig.app.gateway.parts();
        (parts.sessions.clone(), parts.persons.person(&visit.number()))
    };
    let metrics = rig.app.gateway.parts().metrics.clone();
    assert!(rig.app.stop().await);
    let opened = sessions.open(person, Clock::System.now()).await.unwrap();
    assert_eq!((opened.session.held, opened.profile), (None, Profile::default()));
    let name = kopir::metrics::NameKind { name: "hall-1".to_owned(), kind: "stopped" };
    assert_eq!(metrics.visits.get_or_create(&name).get(), 1);
    rig.world.end().await;
}

#[tokio::test]
async fn only_the_device_begins_visits_and_never_more_than_there_is_room_for() {
    let key = "[kiosk]\nkey_file = \"KEY\"\nvisits_max = 2\nvisits_minute_max = 4";
    let folder = crate::redis_server::Folder::new();
    let path = folder.path().join("kiosk");
    std::fs::write(&path, "a-secret-of-the-device\n").unwrap();
    let key = key.replace("KEY", &path.display().to_string()).replace("[kiosk]\n", "");
    let rig = Rig::new(Kept::Embedded, wish(&key)).await;
    let at = at(&rig.app);
    let begin = async |key: &str| {
        let head = format!("Kiosk-Key: {key}\r\n");
        let (status, _, body) = sent(at, &request("POST", "/kiosk/v1/visits", "", &head, "{}")).await;
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    assert_eq!(begin("a-secret-of-another").await, (403, json!({"error": "key"})));
    assert_eq!(post(at, "visits", "", json!({})).await.0, 403);
    let token = |begun: (u16, Value)| {
        assert_eq!(begun.0, 201, "{begun:?}");
        begun.1["visit"].as_str().unwrap().to_owned()
    };
    let (one, _other) =
        (token(begin("a-secret-of-the-device").await), token(begin("a-secret-of-the-device").await));
    assert_eq!(begin("a-secret-of-the-device").await, (503, json!({"error": "unavailable"})), "two at once");
    assert_eq!(post(at, "finish", &one, json!({})).await.0, 204);
    let third = token(begin("a-secret-of-the-device").await);
    assert_eq!(post(at, "finish", &third, json!({})).await.0, 204);
    let fourth = token(begin("a-secret-of-the-device").await);
    assert_eq!(post(at, "finish", &fourth, json!({})).await.0, 204);
    assert_eq!(begin("a-secret-of-the-device").await, (429, json!({"error": "many"})), "four a minute");
    assert_eq!((counted(&rig.app, "refused"), counted(&rig.app, "full")), (2, 2));
    rig.stop().await;
}

#[tokio::test]
async fn what_is_no_call_of_the_page_is_turned_away_and_every_answer_keeps_its_guard() {
    let rig = Rig::new(Kept::Embedded, wish("")).await;
    let at = at(&rig.app);
    let visit = Visit::begin(at).await;
    let turns = format!("{V1}turns");
    let long = json!({"step": 1, "input": "a".repeat(161)}).to_string();
    let huge = json!({"step": 1, "input": "a".repeat(5_000)}).to_string();
    for (body, status) in [
        ("{\"step\":1}", 400),
        ("{\"step\":1,\"input\":\"1\",\"more\":1}", 400),
        ("{\"step\":-1,\"input\":\"1\"}", 400),
        ("{\"step\":1,\"input\":\"a\\u0000\"}", 400),
        (long.as_str(), 400),
        (huge.as_str(), 413),
    ] {
        let (got, head, told) = sent(at, &request("POST", &turns, &visit.token, "", body)).await;
        assert_eq!(got, status, "{told}");
        let head = head.to_lowercase();
        for guard in [
            "content-security-policy: default-src 'none'; script-src 'self'",
            "require-trusted-types-for 'script'; trusted-types 'none'",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
        ] {
            assert!(head.contains(guard), "{guard}: {head}");
        }
    }
    let form = request("POST", &turns, &visit.token, "", "step=1&input=1")
        .replace("application/json", "application/x-www-form-urlencoded");
    assert_eq!(sent(at, &form).await.0, 415);
    assert_eq!(sent(at, &request("GET", "/kiosk/nothing", "", "", "")).await.0, 404);
    let (status, head, page) = sent(at, &request("GET", "/kiosk", "", "", "")).await;
    assert!(status == 200 && head.to_lowercase().contains("cache-control: no-store"), "{head}");
    let script = page.split('"').find(|part| part.ends_with("main.js")).unwrap();
    let (status, head, _) = sent(at, &request("GET", script, "", "", "")).await;
    let head = head.to_lowercase();
    assert!(status == 200 && head.contains("immutable") && head.contains("text/javascript"), "{head}");
    let stale = script.replace("/kiosk/a/", "/kiosk/a/0");
    assert_eq!(sent(at, &request("GET", &stale, "", "", "")).await.0, 404);
    rig.stop().await;
}

#[tokio::test]
async fn a_sheet_comes_out_once_a_step_and_only_recordings_of_the_manifest_are_served() {
    let folder = crate::redis_server::Folder::new();
    let (paper, clips) = (folder.path().join("paper.escpos"), folder.path().join("clips"));
    std::fs::create_dir(&clips).unwrap();
    let manifest =
        "[0123456789abcdef]\nfile = \"gulnora-01.wav\"\nlang = \"tg\"\ntext = \"Ҳа\"\nsource = \"Gulnora\"\n";
    for (name, text) in [("clips.toml", manifest), ("gulnora-01.wav", "RIFF"), ("unnamed.wav", "RIFF")] {
        std::fs::write(clips.join(name), text).unwrap();
    }
    let more = format!(
        "clips = \"{}\"\ncentre = \"ЦТМ Алматы\"\n[kiosk.paper]\npath = \"{}\"",
        clips.display(),
        paper.display()
    );
    let rig = Rig::new(Kept::Embedded, wish(&more)).await;
    let mut visit = Visit::at_last4(at(&rig.app)).await;
    visit.typed(LAST4).await;
    let print = async |step: u32| post(visit.at, "paper", &visit.token, json!({"step": step})).await;
    for _ in 0..3 {
        assert_eq!(print(visit.step).await, (200, json!({"state": "printed"})));
    }
    assert_eq!(print(visit.step - 1).await, (409, json!({"error": "nothing"})), "only what is shown");
    let printed = std::fs::read(&paper).unwrap();
    let sheets = printed.windows(4).filter(|octets| octets == b"\x1dVB\0").count();
    assert!(printed.starts_with(b"\x1b@\x1dv0") && sheets == 1, "{} octets, {sheets} sheets", printed.len());
    let (status, _, about) = sent(visit.at, &request("GET", "/kiosk/v1/about", "", "", "")).await;
    let about: Value = serde_json::from_str(&about).unwrap();
    assert_eq!((status, &about["version"], &about["paper"]), (200, &json!(1), &json!(true)), "{about}");
    assert_eq!(about["clips"], json!({"0123456789abcdef": "gulnora-01.wav"}));
    assert_eq!(about["languages"][4], json!({"tag": "tg", "name": "Тоҷикӣ"}));
    assert!(about["texts"]["tg"].is_object());
    for (name, status) in [("gulnora-01.wav", 200), ("unnamed.wav", 404), ("clips.toml", 404)] {
        let clip = request("GET", &format!("/kiosk/clips/{name}"), "", "", "");
        assert_eq!(sent(visit.at, &clip).await.0, status, "{name}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn what_is_shown_goes_on_on_a_phone_that_dials_the_code_once() {
    let rig = Rig::new(Kept::Embedded, wish("")).await;
    let mut visit = Visit::begin(at(&rig.app)).await;
    let carry = async |visit: &Visit| post(visit.at, "carry", &visit.token, json!({"how": "dialogue"})).await;
    assert_eq!(carry(&visit).await, (409, json!({"error": "nothing"})), "no place yet to go on from");
    visit.choose("uz").await;
    visit.choose("status").await;
    visit.typed(NUMBER).await;
    visit.typed(LAST4).await;
    let (status, carried) = carry(&visit).await;
    assert_eq!(status, 200, "{carried}");
    assert!((290..=300).contains(&carried["until_secs"].as_u64().unwrap()), "{carried}");
    assert_eq!(carry(&visit).await.1["code"], carried["code"], "the same place, the same code");
    let code = carried["code"].as_str().unwrap();
    // A phone that was never here is asked for its language first.
    let dial = async |n: u32| {
        let phone = crate::rig::phone(n);
        let mut dialogue = rig.world.phones.dial(&phone, code);
        let first = crate::rig::page(&mut dialogue).await;
        assert!(
            rig.world.phones.answer(&phone, &crate::rig::key_of(&first.text, "O'zbek")),
            "{}",
            first.text
        );
        crate::rig::page(&mut dialogue).await
    };
    let shown = dial(1).await;
    assert!(shown.text.contains(TAIL), "{code} {}", shown.text);
    let refused = dial(2).await;
    assert!(!refused.text.contains(TAIL), "{}", refused.text);
    assert_eq!(visit.finish().await, 204);
    visit.is_erased(&rig.app).await;
    rig.stop().await;
}

#[tokio::test]
async fn a_person_is_called_once_and_the_page_is_told_that_somebody_comes() {
    // A Wednesday, ten o'clock in Almaty.
    let morning = kopir::domain::time::Timestamp(1_764_133_200_000);
    let world = World::new(Kept::Embedded, wish("")).await;
    let clock = Clock::manual(morning);
    let app = App::start_at(world.config(), clock.clone(), Tasks::new(), Tasks::new()).await.unwrap();
    let mut visit = Visit::begin(at(&app)).await;
    visit.choose("ru").await;
    let state = async |visit: &Visit| {
        let path = format!("{V1}ring");
        let (status, _, body) = sent(visit.at, &request("GET", &path, &visit.token, "", "")).await;
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    assert_eq!(state(&visit).await, (200, json!({"state": "none"})));
    let (status, rung) = post(visit.at, "ring", &visit.token, json!({})).await;
    assert_eq!((status, &rung["state"]), (200, &json!("rung")), "{rung}");
    assert_eq!(
        post(visit.at, "ring", &visit.token, json!({})).await,
        (200, rung.clone()),
        "ringing twice is once"
    );
    assert_eq!(state(&visit).await, (200, rung));
    // Asking by itself is no sign of a person.
    clock.advance(Duration::from_secs(93));
    assert_eq!(state(&visit).await.0, 200);
    clock.advance(Duration::from_secs(30));
    until("it is over", || visits(&app) == 0).await;
    Rig { world, app }.stop().await;
}
