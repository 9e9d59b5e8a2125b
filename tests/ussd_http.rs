//! The HTTP bearer over real sockets: hops, copies, the end of a dialogue, and everybody who is turned away.

use crate::support::{NOW, Scratch};
use kopir::adapters::ussd_http::settings::UssdHttpSettings;
use kopir::adapters::ussd_http::{Limits, Turn, router, serve};
use kopir::clock::Clock;
use kopir::domain::envelope::{Event, Inbound, Outbound};
use kopir::gateway::{Refusal, Refused, Turned};
use kopir::metrics::{Metrics, NameKind};
use kopir::tasks::Tasks;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A provider's end of a route, and what the gateway's end was handed.
struct Rig {
    address: SocketAddr,
    turns: Arc<Mutex<Vec<Inbound>>>,
    metrics: Metrics,
    tasks: Tasks,
}

const ROUTE: &str =
    "[routes.at]\ncode = \"*384*1234#\"\nallow_from = [\"127.0.0.1\"]\nread_timeout_ms = 300\n";

async fn rig(settings: &str) -> Rig {
    let turns: Arc<Mutex<Vec<Inbound>>> = Arc::default();
    let kept = turns.clone();
    let turn: Turn = Arc::new(move |inbound, _| {
        kept.lock().unwrap().push(inbound.clone());
        Box::pin(async move { answer(&inbound.event) })
    });
    let settings: UssdHttpSettings = toml::from_str(settings).unwrap();
    let (metrics, tasks) = (Metrics::default(), Tasks::new());
    let routes = router(&settings, turn, Clock::manual(NOW), metrics.clone()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits { head_timeout: Duration::from_millis(300), ..Limits::default() };
    serve(listener, routes, limits, &tasks);
    Rig { address, turns, metrics, tasks }
}

fn answer(event: &Event) -> Result<Turned, Refused> {
    let said = |text: &str, ends| Ok(Turned { outbound: Some(Outbound::page(text.to_owned(), ends)) });
    match event {
        Event::Dial(dialled) => said(&format!("Тіл\n1 Қазақша {}", dialled.parts.join("/")), false),
        Event::Text(text) if text == "busy" => {
            Err(Refused { why: Refusal::Busy, polite: Outbound::page("Кейінірек".to_owned(), true) })
        }
        Event::Text(text) if text == "late" => Ok(Turned { outbound: None }),
        Event::Text(text) => said(text, text == "0"),
        Event::Abort => Ok(Turned { outbound: None }),
    }
}

impl Rig {
    /// Sends raw bytes and reads until the server closes; status and body.
    async fn raw(&self, bytes: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).map_or(0, |code| code.parse().unwrap());
        (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             {headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.raw(format!("{head}{body}").as_bytes()).await
    }

    async fn hop(&self, session: &str, text: &str) -> (u16, String) {
        self.post("/ussd/at", "", &form(session, text)).await
    }

    fn counted(&self, kind: &'static str) -> u64 {
        self.metrics.http.get_or_create(&NameKind { name: "at".to_owned(), kind }).get()
    }
}

fn form(session: &str, text: &str) -> String {
    format!(
        "sessionId={session}&phoneNumber=%2B77011234567&networkCode=40177&serviceCode=*384*1234%23&text={text}"
    )
}

#[tokio::test]
async fn a_dialogue_goes_hop_by_hop_and_a_retried_hop_is_the_same_step() {
    let rig = rig(ROUTE).await;
    assert_eq!(rig.hop("s1", "").await, (200, "CON Тіл\n1 Қазақша ".to_owned()));
    assert_eq!(rig.hop("s1", "1").await, (200, "CON 1".to_owned()));
    assert_eq!(rig.hop("s1", "1*2").await, (200, "CON 2".to_owned()));
    assert_eq!(rig.hop("s1", "1*2").await, (200, "CON 2".to_owned()));
    assert_eq!(rig.hop("s1", "1*2*7*8").await, (200, "CON 7*8".to_owned()));
    assert_eq!(rig.hop("s1", "1*2*7*8*0").await, (200, "END 0".to_owned()));
    let turns = rig.turns.lock().unwrap();
    assert_eq!(turns[2].copy.step, turns[3].copy.step);
    assert_ne!(turns[1].copy.step, turns[2].copy.step);
    assert!(
        turns.iter().all(|turn| turn.from.expose() == "77011234567"
            && turn.dialogue == b"s1"
            && turn.to == "3841234")
    );
}

#[tokio::test]
async fn a_first_request_may_carry_a_path_and_two_dialogues_do_not_mix() {
    let rig = rig(ROUTE).await;
    assert_eq!(rig.hop("s2", "21*0310").await.1, "CON Тіл\n1 Қазақша 21/0310");
    assert_eq!(rig.hop("s3", "").await.0, 200);
    assert_eq!(rig.hop("s2", "21*0310*1").await.1, "CON 1");
    assert_eq!(rig.hop("s3", "21*0310*1").await.1, "CON 21*0310*1");
}

#[tokio::test]
async fn the_end_of_a_dialogue_is_taken_and_only_a_cut_one_is_an_abort() {
    let rig = rig(ROUTE).await;
    for (status, aborts) in [("Success", 0), ("Incomplete", 1), ("Failed", 2)] {
        let body = format!("{}&status={status}&cost=KZT+1.0&hopsCount=2", form("s4", "1*2"));
        assert_eq!(rig.post("/ussd/at/end", "", &body).await, (200, String::new()));
        let turns = rig.turns.lock().unwrap();
        assert_eq!(turns.iter().filter(|turn| turn.event == Event::Abort).count(), aborts);
    }
    assert_eq!(rig.post("/ussd/at/end", "", &form("s4", "1")).await.0, 400);
}

#[tokio::test]
async fn a_refused_turn_ends_politely_and_a_late_one_says_so() {
    let rig = rig(ROUTE).await;
    rig.hop("s5", "").await;
    assert_eq!(rig.hop("s5", "busy").await, (200, "END Кейінірек".to_owned()));
    assert_eq!(rig.hop("s5", "late").await, (200, "END ...".to_owned()));
    assert_eq!((rig.counted("refused"), rig.counted("waiting"), rig.counted("con")), (1, 1, 1));
}

#[tokio::test]
async fn what_is_not_a_hop_is_turned_away_with_a_plain_word() {
    let rig = rig(ROUTE).await;
    let body = form("s6", "1");
    assert_eq!(rig.raw(b"GET /ussd/at HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.0, 405);
    assert_eq!(rig.post("/ussd/other", "", &body).await.0, 404);
    assert_eq!(
        rig.post("/ussd/at", "", &form("s6", &"1".repeat(9_000))).await,
        (413, "body is too large".to_owned())
    );
    assert_eq!(rig.post("/ussd/at", "", "sessionId=a&phoneNumber=Kcell").await.0, 400);
    assert_eq!(rig.post("/ussd/at", "", "").await.0, 400);
    assert_eq!(
        rig.post("/ussd/at", "", &form("s6", "%00")).await,
        (400, "field \"text\" is missing or malformed".to_owned())
    );
    let json = b"POST /ussd/at HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(rig.raw(json).await.0, 415);
    assert_eq!(
        rig.raw(format!("POST /ussd/at HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(40_000)).as_bytes()).await.0,
        431
    );
    assert!(rig.turns.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_slow_head_and_a_slow_body_are_not_waited_for() {
    let rig = rig(ROUTE).await;
    let began = kopir::clock::instant();
    let (status, _) = rig.raw(b"POST /ussd/at HTTP/1.1\r\nHost: a\r\n").await;
    assert!(status == 0 || status == 408, "{status}");
    let half = b"POST /ussd/at HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nsess";
    assert_eq!(rig.raw(half).await.0, 408);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn only_the_provider_may_call_by_address_and_by_secret() {
    let scratch = Scratch::new("ussd-secret");
    let file = scratch.path().join("secret");
    std::fs::write(&file, "correct-horse-battery\n").unwrap();
    let closed = rig("[routes.at]\ncode = \"*384#\"\nallow_from = [\"196.201.214.0/24\"]\n").await;
    assert_eq!(closed.hop("s7", "").await, (403, "not allowed".to_owned()));
    assert_eq!(closed.post("/ussd/at", "X-Forwarded-For: 196.201.214.9\r\n", &form("s7", "")).await.0, 403);

    let behind =
        "[routes.at]\ncode = \"*384#\"\nallow_from = [\"196.201.214.0/24\"]\nproxies = [\"127.0.0.1\"]\n";
    let behind = rig(&format!("{behind}secret_file = \"{}\"\n", file.display())).await;
    let from =
        |address: &str, secret: &str| format!("X-Forwarded-For: {address}\r\nX-Kopir-Secret: {secret}\r\n");
    for (headers, path, want) in [
        (from("196.201.214.9", "correct-horse-battery"), "/ussd/at", 200),
        (from("196.201.214.9, 8.8.8.8", "correct-horse-battery"), "/ussd/at", 403),
        (from("8.8.8.8, 196.201.214.9", "correct-horse-battery"), "/ussd/at", 200),
        (from("196.201.214.9", "wrong"), "/ussd/at", 403),
        ("X-Forwarded-For: 196.201.214.9\r\n".to_owned(), "/ussd/at", 403),
        ("X-Forwarded-For: 196.201.214.9\r\n".to_owned(), "/ussd/at/k/correct-horse-battery", 200),
        ("X-Forwarded-For: 196.201.214.9\r\n".to_owned(), "/ussd/at/k/wrong", 403),
        (String::new(), "/ussd/at/k/correct-horse-battery", 403),
    ] {
        assert_eq!(behind.post(path, &headers, &form("s8", "")).await.0, want, "{path} {headers}");
    }
    assert_eq!(behind.turns.lock().unwrap().len(), 3);
    assert_eq!(behind.counted("denied"), 5);
}

#[tokio::test]
async fn a_stop_lets_idle_connections_go_within_its_bound() {
    let rig = rig(ROUTE).await;
    rig.hop("s9", "").await;
    let idle = TcpStream::connect(rig.address).await.unwrap();
    rig.tasks.stop();
    assert!(rig.tasks.drained(Duration::from_secs(5)).await);
    drop(idle);
}
