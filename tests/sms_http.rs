//! SMS over HTTP over real sockets, without Kannel: what is taken and turned away, and a scripted `sendsms` at the other end.

use crate::support::{NOW, Scratch};
use kopir::adapters::sms_http::carrier::Route;
use kopir::adapters::sms_http::settings::SmsHttpSettings;
use kopir::adapters::sms_http::{ReceiptFn, Turn, router, routes};
use kopir::adapters::ussd_http::{Limits, serve};
use kopir::clock::Clock;
use kopir::domain::address::Msisdn;
use kopir::domain::delivery::{DueId, FailureClass, Lane};
use kopir::domain::envelope::{Event, Inbound, Outbound};
use kopir::domain::receipt::{Receipt, ReceiptState};
use kopir::gateway::{Refusal, Refused, Turned};
use kopir::metrics::{Metrics, NameKind};
use kopir::ports::{Carrier, Letter, StoreError, SubmitError, Submitted};
use kopir::tasks::Tasks;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Kannel's end of a route, and what the gateway's end was handed.
struct Rig {
    address: SocketAddr,
    turns: Arc<Mutex<Vec<Inbound>>>,
    receipts: Arc<Mutex<Vec<Receipt>>>,
    metrics: Metrics,
}

const ROUTE: &str = "[routes.kannel]\nurl = \"http://127.0.0.1:1/cgi-bin/sendsms\"\nusername = \"kopir\"\n\
                     password = \"secret\"\nallow_from = [\"127.0.0.1\"]\nread_timeout_ms = 300\n";

fn away() -> StoreError {
    StoreError::Away("test".to_owned())
}

async fn rig(settings: &str) -> Rig {
    let turns: Arc<Mutex<Vec<Inbound>>> = Arc::default();
    let receipts: Arc<Mutex<Vec<Receipt>>> = Arc::default();
    let (kept, noted) = (turns.clone(), receipts.clone());
    let turn: Turn = Arc::new(move |inbound, bearer| {
        assert!(!bearer.keeps_open);
        let refused = inbound.event == Event::Text("away".to_owned());
        kept.lock().unwrap().push(inbound);
        let polite = Outbound::page("Кейінірек".to_owned(), true);
        let turned = if refused {
            Err(Refused { why: Refusal::Store(away()), polite })
        } else {
            Ok(Turned { outbound: None })
        };
        Box::pin(async move { turned })
    });
    let receipt: ReceiptFn = Arc::new(move |receipt| {
        let result = if receipt.id == "away" { Err(away()) } else { Ok(()) };
        noted.lock().unwrap().push(receipt);
        Box::pin(async move { result })
    });
    let settings: SmsHttpSettings = toml::from_str(settings).unwrap();
    let (metrics, tasks) = (Metrics::default(), Tasks::new());
    let routes = router(&settings, &turn, &receipt, &Clock::manual(NOW), &metrics, &tasks).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    serve(listener, routes, Limits::default(), &tasks);
    Rig { address, turns, receipts, metrics }
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

    async fn get(&self, path: &str) -> (u16, String) {
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes()).await
    }

    async fn post(&self, path: &str, headers: &str, body: &[u8]) -> (u16, String) {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    fn counted(&self, kind: &'static str) -> u64 {
        self.metrics.http.get_or_create(&NameKind { name: "kannel".to_owned(), kind }).get()
    }

    fn texts(&self) -> Vec<String> {
        let text = |turn: &Inbound| match &turn.event {
            Event::Text(text) => text.clone(),
            Event::Dial(_) | Event::Abort => panic!("no text: {:?}", turn.event),
        };
        self.turns.lock().unwrap().iter().map(text).collect()
    }
}

#[tokio::test]
async fn a_text_is_taken_by_get_by_post_and_by_form_and_answered_with_nothing() {
    let rig = rig(ROUTE).await;
    let nothing = (200, String::new());
    let query = "id=1-a&from=%2B77011234567&to=5522&coding=2&charset=UTF-16BE&text=%04%16";
    assert_eq!(rig.get(&format!("/sms/kannel?{query}")).await, nothing);
    let headers = "X-Kannel-From: 77011234567\r\nX-Kannel-To: 5522\r\nX-Kannel-Coding: 2\r\n\
                   Content-Type: text/plain; charset=\"UTF-16BE\"\r\n";
    assert_eq!(rig.post("/sms/kannel?id=1-b", headers, b"\x04\x16\x04\xb1").await, nothing);
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let body = b"id=1-c&from=77011234567&to=5522&charset=UTF-8&text=SOS+1";
    assert_eq!(rig.post("/sms/kannel", form, body).await, nothing);
    assert_eq!(rig.texts(), ["Ж", "Жұ", "SOS 1"]);
    assert!(rig.turns.lock().unwrap().iter().all(|turn| turn.from.expose() == "77011234567"
        && turn.to == "5522"
        && &*turn.link == "kannel"
        && turn.dialogue.is_empty()));
    assert_eq!(rig.counted("letter"), 3);
}

#[tokio::test]
async fn what_was_not_committed_is_left_to_kannel_and_comes_again_as_the_same_step() {
    let rig = rig(ROUTE).await;
    for _ in 0..2 {
        let (status, body) = rig.get("/sms/kannel?id=7&from=77011234567&to=5522&text=away").await;
        assert_eq!((status, body.as_str()), (503, "not taken, try again"));
    }
    let turns = rig.turns.lock().unwrap();
    assert_eq!(turns[0].copy.step, turns[1].copy.step);
    drop(turns);
    assert_eq!(rig.counted("refused"), 2);
}

#[tokio::test]
async fn a_report_is_acknowledged_once_it_is_noted() {
    let rig = rig(ROUTE).await;
    let code = "code=id:1+stat:DELIVRD+err:000+text:SOS";
    assert_eq!(rig.get(&format!("/sms/kannel/dlr?id=ab01&type=1&{code}")).await, (200, String::new()));
    assert_eq!(rig.get("/sms/kannel/dlr?id=away&type=2").await.0, 503);
    assert_eq!(rig.get("/sms/kannel/dlr?id=ab01").await.0, 400);
    let receipts = rig.receipts.lock().unwrap();
    assert_eq!(
        (receipts.len(), receipts[0].state, receipts[0].id.as_str()),
        (2, ReceiptState::Delivered, "ab01")
    );
}

#[tokio::test]
async fn who_may_not_call_or_says_too_little_is_turned_away_and_aside_is_acknowledged() {
    let scratch = Scratch::new("sms-secret");
    let file = scratch.path().join("secret");
    std::fs::write(&file, "correct-horse-battery\n").unwrap();
    let good = "?id=1&from=77011234567&to=5522&text=1";
    let closed = rig(&ROUTE.replace("127.0.0.1\"]", "10.0.0.1\"]")).await;
    assert_eq!(closed.get(&format!("/sms/kannel{good}")).await.0, 403);
    let rig = rig(&format!("{ROUTE}body_max_bytes = 512\nsecret_file = \"{}\"\n", file.display())).await;
    for (path, want) in [
        (format!("/sms/kannel{good}"), 403),
        (format!("/sms/kannel/k/wrong{good}"), 403),
        (format!("/sms/kannel/k/correct-horse-battery{good}"), 200),
        ("/sms/kannel/k/correct-horse-battery/dlr?id=1&type=1".to_owned(), 200),
        ("/sms/kannel/k/wrong/dlr?id=1&type=1".to_owned(), 403),
        ("/sms/kannel/k/correct-horse-battery?from=77011234567&to=5522&text=1".to_owned(), 400),
        ("/sms/kannel/k/correct-horse-battery?id=2&from=Kcell&to=5522&text=promo".to_owned(), 200),
        ("/sms/other?id=1".to_owned(), 404),
    ] {
        assert_eq!(rig.get(&path).await.0, want, "{path}");
    }
    let long =
        rig.post("/sms/kannel/k/correct-horse-battery?id=3", "Content-Type: text/plain\r\n", &[b'a'; 600]);
    assert_eq!(long.await.0, 413);
    let slow = "POST /sms/kannel/k/correct-horse-battery?id=4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
                Content-Type: text/plain\r\nContent-Length: 100\r\n\r\nsos";
    assert_eq!(rig.raw(slow.as_bytes()).await.0, 408);
    assert_eq!(
        (rig.counted("denied"), rig.counted("not_a_number"), rig.turns.lock().unwrap().len()),
        (3, 1, 1)
    );
}

/// Requests as they came.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// A `sendsms` that answers as it is told and keeps what it was sent, as long as its tasks live. An empty answer closes
/// the connection instead.
async fn sendsms(answers: Vec<&'static str>) -> (SocketAddr, Heard, Tasks) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, tasks) = (Heard::default(), Tasks::new());
    let kept = heard.clone();
    tasks.spawn("sendsms", async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read(&mut stream).await;
            kept.lock().unwrap().push(request);
            let length = answer.split_once(' ').map_or(0, |(_, body)| body.len());
            if let Some((status, body)) = answer.split_once(' ') {
                let head =
                    format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
                stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            }
        }
    });
    (address, heard, tasks)
}

async fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let n = stream.read(&mut chunk).await.unwrap();
        request.extend_from_slice(chunk.get(..n).unwrap());
        let text = String::from_utf8_lossy(&request).to_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        let whole = head.len() + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap());
        if n == 0 || request.len() >= whole {
            return request;
        }
    }
}

fn carrier(address: SocketAddr, more: &str) -> Arc<Route> {
    let settings = ROUTE.replace("127.0.0.1:1/", &format!("{address}/"));
    let settings: SmsHttpSettings =
        toml::from_str(&format!("{settings}callback = \"http://127.0.0.1:8090/\"\nshort = \"7711\"\n{more}"))
            .unwrap();
    routes(&settings, &Metrics::default()).unwrap().remove(0)
}

fn letter(text: &str) -> Letter {
    Letter {
        id: DueId::of(&[b"row"]),
        lane: Lane::Now,
        to: Msisdn::parse("77011234567").unwrap(),
        from: "5522".to_owned(),
        text: text.to_owned(),
        reference: 1,
        validity: Duration::from_secs(3_600),
        receipt: true,
    }
}

#[tokio::test]
async fn a_letter_is_posted_and_its_url_says_nothing_of_the_person() {
    let (address, heard, _tasks) =
        sendsms(vec!["202 0: Accepted for delivery", "202 3: Queued for later delivery"]).await;
    let route = carrier(address, "");
    let permit = route.admit(&"kannel".into(), 1, Lane::Now).unwrap();
    let id = hex::encode(DueId::of(&[b"row"]).0);
    let taken = Submitted { ids: vec![id.clone()], sequence: None };
    assert_eq!(route.submit(&permit, &letter("Жұмыс")).await, Ok(taken.clone()));
    let other = route.admit(&"smpp".into(), 3, Lane::Now).unwrap();
    assert!(permit.preferred && !other.preferred);
    assert_eq!(route.submit(&other, &letter("Zhumys")).await, Ok(taken));
    let heard = heard.lock().unwrap();
    let head = String::from_utf8_lossy(&heard[0]).into_owned();
    assert!(head.starts_with("POST /cgi-bin/sendsms HTTP/1.1\r\n"), "{head}");
    for line in [
        "x-kannel-username: kopir".to_owned(),
        "x-kannel-to: 77011234567".to_owned(),
        "x-kannel-from: 5522".to_owned(),
        format!("x-kannel-dlr-url: http://127.0.0.1:8090/sms/kannel/dlr?id={id}&type=%d&code=%A"),
    ] {
        assert!(head.contains(&format!("{line}\r\n")), "{line} is not in {head}");
    }
    assert!(heard[0].ends_with(b"\r\n\r\n\x04\x16\x04\xb1\x04\x3c\x04\x4b\x04\x41"));
    // Another link's number would bring no answer back.
    assert!(String::from_utf8_lossy(&heard[1]).contains("x-kannel-from: 7711\r\n"));
}

#[tokio::test]
async fn a_window_is_kept_and_what_is_refused_for_now_closes_the_route_for_its_pause() {
    let answers = vec![
        "503 Temporal failure, try again later.",
        "403 Not routable. Do not try again.",
        "",
        "202 0: Ok",
    ];
    let (address, _, _tasks) = sendsms(answers).await;
    let route = carrier(address, "window_letters = 1\npause_min_ms = 50\nresponse_timeout_ms = 2000\n");
    let permit = route.admit(&"kannel".into(), 3, Lane::Now).unwrap();
    assert!(route.admit(&"kannel".into(), 1, Lane::Now).is_none(), "the window is full");
    assert_eq!(route.submit(&permit, &letter("1")).await, Err(SubmitError::Later { status: 503 }));
    drop(permit);
    assert!(!route.is_open() && route.admit(&"kannel".into(), 1, Lane::Now).is_none(), "the route pauses");
    route.ready(Lane::Now).await;
    let permit = route.admit(&"kannel".into(), 1, Lane::Now).unwrap();
    let never = SubmitError::Never { status: 403, class: FailureClass::Refused };
    assert_eq!(route.submit(&permit, &letter("2")).await, Err(never));
    assert!(route.is_open(), "one letter is refused, the route is well");
    assert_eq!(route.submit(&permit, &letter("3")).await, Err(SubmitError::Unknown));
    drop(permit);
    route.ready(Lane::Now).await;
    let permit = route.admit(&"kannel".into(), 1, Lane::Now).unwrap();
    assert!(route.submit(&permit, &letter("4")).await.is_ok());
}

#[tokio::test]
async fn a_kannel_that_is_not_there_takes_nothing_and_a_silent_one_may_have_taken() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let route = carrier(nobody, "");
    let permit = route.admit(&"kannel".into(), 1, Lane::Now).unwrap();
    assert_eq!(route.submit(&permit, &letter("1")).await, Err(SubmitError::Down));
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let route = carrier(silent.local_addr().unwrap(), "response_timeout_ms = 100\n");
    let permit = route.admit(&"kannel".into(), 1, Lane::Now).unwrap();
    assert_eq!(route.submit(&permit, &letter("1")).await, Err(SubmitError::Unknown));
}
