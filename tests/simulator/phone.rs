//! The phone page over real HTTP: what is pressed reaches the service, what arrives reaches the page, nothing else gets in.

use super::esme::{Esme, World, ucs2};
use kopir::domain::menu::problem::{Problem, Severity};
use kopir::simulator::phone::{PhoneHost, router};
use kopir::simulator::smsc::Settings;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// A served page with the ends that its program holds.
struct Served {
    world: World,
    esme: Esme,
    address: SocketAddr,
    problems: watch::Sender<Vec<Problem>>,
    bundle: watch::Sender<String>,
    conversations: mpsc::Receiver<String>,
}

async fn served() -> Served {
    let (world, esme) = World::with_esme(Settings::default()).await;
    let (problems, problems_seen) = watch::channel(Vec::new());
    let (bundle, bundle_seen) = watch::channel("a1b2c3".to_owned());
    let (saved, conversations) = mpsc::channel(4);
    let host = PhoneHost {
        smsc: world.smsc.clone(),
        code: "*100#".into(),
        short: "1414".into(),
        problems: problems_seen,
        bundle: bundle_seen,
        saved: Some(saved),
        examples: &[],
        desk: None,
        hurry: None,
        tasks: world.tasks.clone(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = router(Arc::new(host));
    world.tasks.spawn("phone page", async move { axum::serve(listener, app).await.unwrap() });
    Served { world, esme, address, problems, bundle, conversations }
}

/// One request; status and everything that came back.
async fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    (answer[9..12].parse().unwrap(), answer)
}

/// An open event stream.
struct Events {
    stream: TcpStream,
    seen: String,
}

impl Events {
    async fn open(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /phone/api/events HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut events = Self { stream, seen: String::new() };
        events.until("event: ready").await;
        events
    }

    async fn until(&mut self, wanted: &str) {
        let read = async {
            while !self.seen.contains(wanted) {
                let mut octets = [0; 8192];
                let n = self.stream.read(&mut octets).await.unwrap();
                assert!(n > 0, "the stream ended before {wanted:?}: {}", self.seen);
                self.seen.push_str(&String::from_utf8_lossy(&octets[..n]));
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(5), read).await;
        assert!(came.is_ok(), "no {wanted:?} in {}", self.seen);
    }
}

#[tokio::test]
async fn a_code_is_dialled_on_the_page_and_the_screen_comes_back_to_it() {
    let mut served = served().await;
    let mut events = Events::open(served.address).await;
    let pressed = r#"{"msisdn":"998901234567","text":"*100#"}"#;
    assert_eq!(request(served.address, "POST", "/phone/api/dial", pressed).await.0, 202);
    let dialled = served.esme.delivered().await;
    assert_eq!(dialled.text, b"*100#");
    let info = dialled.tlv(0x1383).unwrap().to_vec();
    let screen = ucs2("Тил\n1 Ўзбекча");
    served.esme.submit("998901234567", 0, 8, &screen, &[(0x0501, &[2]), (0x1383, &info)]).await;
    events.until(r#""text":"Тил\n1 Ўзбекча","asks":true,"ends":false,"encoding":"UCS-2","units":13"#).await;
    events.until("event: pdu").await;
    assert!(events.seen.contains("ussd_service_op=2 (USSR request)"), "{}", events.seen);

    let pressed = r#"{"msisdn":"998901234567","text":"1"}"#;
    assert_eq!(request(served.address, "POST", "/phone/api/answer", pressed).await.0, 202);
    assert_eq!(
        request(served.address, "POST", "/phone/api/answer", pressed).await.0,
        409,
        "nothing is asked now"
    );
    while served.esme.next().await.id != 5 {}
    assert_eq!(request(served.address, "POST", "/phone/api/hang-up", pressed).await.0, 202);
    events.until(r#""why":"hung_up""#).await;
}

#[tokio::test]
async fn the_page_learns_of_menu_problems_and_of_new_menus() {
    let served = served().await;
    let mut events = Events::open(served.address).await;
    served.bundle.send_replace("d4e5f6".into());
    events.until("event: bundle\ndata: \"d4e5f6\"").await;
    served.problems.send_replace(vec![Problem {
        file: "status/kk.yaml".into(),
        line: 7,
        column: 3,
        code: "K010",
        severity: Severity::Error,
        message: "no such step \"stauts\"".into(),
        cure: "write \"status\"".into(),
    }]);
    events.until(r#""file":"status/kk.yaml","line":7,"column":3,"code":"K010""#).await;
    let (status, setup) = request(served.address, "GET", "/phone/api/setup", "").await;
    assert!(status == 200 && setup.contains(r#""bundle":"d4e5f6""#) && setup.contains("K010"), "{setup}");
}

#[tokio::test]
async fn a_letter_goes_out_and_a_conversation_is_handed_over() {
    let mut served = served().await;
    let pressed = r#"{"msisdn":"77015550123","text":"Жұмыс"}"#;
    assert_eq!(request(served.address, "POST", "/phone/api/sms", pressed).await.0, 202);
    let letter = served.esme.delivered().await;
    assert_eq!(
        (letter.from.as_str(), letter.to.as_str(), letter.text),
        ("77015550123", "1414", ucs2("Жұмыс"))
    );
    let saved = r#"{"yaml":"title: x\n"}"#;
    assert_eq!(request(served.address, "POST", "/phone/api/conversation", saved).await.0, 202);
    assert_eq!(served.conversations.recv().await.unwrap(), "title: x\n");
}

#[tokio::test]
async fn nothing_foreign_gets_in() {
    let served = served().await;
    for (path, kind) in
        [("/phone", "text/html"), ("/phone/phone.css", "text/css"), ("/phone/phone.js", "text/javascript")]
    {
        let (status, answer) = request(served.address, "GET", path, "").await;
        assert!(status == 200 && answer.contains(kind), "{path}");
        assert!(answer.contains("content-security-policy: default-src 'none'"), "{path}");
        assert!(
            !answer.contains(" style=") && !answer.contains("<style") && !answer.contains(" onclick="),
            "{path}"
        );
    }
    for (body, status) in [
        (r#"{"msisdn":"998900000000","text":"*100#"}"#, 422),
        (r#"{"msisdn":"998901234567","text":"*100#","more":1}"#, 422),
        (r#"{"msisdn":"#, 400),
    ] {
        assert_eq!(request(served.address, "POST", "/phone/api/dial", body).await.0, status, "{body}");
    }
    let long = format!(r#"{{"msisdn":"998901234567","text":"{}"}}"#, "9".repeat(3_000));
    assert_eq!(request(served.address, "POST", "/phone/api/sms", &long).await.0, 422);
    served.world.smsc.cut();
    let mut esme = served.esme;
    assert_eq!(esme.read().await, None);
    let pressed = r#"{"msisdn":"998901234567","text":"*100#"}"#;
    assert_eq!(
        request(served.address, "POST", "/phone/api/dial", pressed).await.0,
        503,
        "no gateway is bound"
    );
}
