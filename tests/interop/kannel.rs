//! Kopir as the application behind the real Kannel: our SMSC ⇄ bearerbox ⇄ smsbox ⇄ the gateway's binary.

use super::{HERE, ended, terminate};
use crate::redis_server::{Folder, RedisServer};
use kopir::adapters::sms_http::carrier::Route;
use kopir::domain::address::Msisdn;
use kopir::domain::delivery::{DueId, Lane};
use kopir::metrics::Metrics;
use kopir::ports::{Carrier, Letter};
use kopir::simulator::office::{Applications, Fault, Faults, Office};
use kopir::simulator::smsc::event::Sms;
use kopir::simulator::smsc::ledger::{Delivery, Fate, What};
use kopir::simulator::smsc::{Settings, Smsc, SmscHandle};
use kopir::tasks::Tasks;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// Nothing that is waited for takes longer: Kannel looks after its queues and lost links once in some seconds.
const LIMIT: Duration = Duration::from_secs(60);
const SHORT: &str = "5522";
const SECRET: &str = "a-secret-of-the-path";
const APPLICATIONS: &str = r#"
applications:
  - {number: "1234567890", last4: "4821", service: qandas, state: interview-scheduled, next: come-to-interview, as_of: 2026-11-20}
"#;

/// How Kannel hands over texts: the templates of docs/kannel.md.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hands {
    GetUrl,
    PostUrl,
}

/// The two boxes of a Kannel, its folder, and its ports.
struct Kannel {
    boxes: Vec<Child>,
    config: std::path::PathBuf,
    smsbox: u16,
    sendsms: u16,
}

impl Kannel {
    fn write(folder: &Path, hands: Hands, smsc: SocketAddr, http: u16) -> Self {
        let (smsbox, sendsms) = (free_port(), free_port());
        let config = folder.join("kannel.conf");
        for spool in ["spool", "dlr"] {
            std::fs::create_dir_all(folder.join(spool)).unwrap();
        }
        let base = format!("http://127.0.0.1:{http}/sms/kannel/k/{SECRET}");
        let url = match hands {
            Hands::GetUrl => {
                format!("get-url = \"{base}?id=%I&from=%p&to=%P&coding=%c&charset=%C&text=%b\"")
            }
            Hands::PostUrl => format!("post-url = \"{base}?id=%I\"\nsend-sender = true"),
        };
        let mut text = include_str!("kannel.conf").to_owned();
        for (place, value) in [
            ("{folder}", folder.display().to_string()),
            ("{smsbox}", smsbox.to_string()),
            ("{sendsms}", sendsms.to_string()),
            ("{admin}", free_port().to_string()),
            ("{smpp}", smsc.port().to_string()),
            ("{url}", url),
        ] {
            text = text.replace(place, &value);
        }
        std::fs::write(&config, text).unwrap();
        Self { boxes: Vec::new(), config, smsbox, sendsms }
    }

    fn start(&mut self) {
        for (program, port) in [("bearerbox", self.smsbox), ("smsbox", self.sendsms)] {
            // Where a user's PATH often does not look.
            let installed = Path::new("/usr/sbin").join(program);
            let child = Command::new(if installed.is_file() { installed } else { program.into() })
                .args(["-v", "4"])
                .arg(&self.config)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap_or_else(|error| {
                    panic!("{program} cannot be started ({error}): run `make test`, or once: scripts/need.sh bearerbox")
                });
            self.boxes.push(child);
            listens(program, port);
        }
    }

    /// Kills both as a power cut of the processes would.
    fn kill(&mut self) {
        for mut child in self.boxes.drain(..).rev() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// Everything, ended with the test.
struct Rig {
    phones: SmscHandle,
    office: Arc<Office>,
    kannel: Kannel,
    gateway: Child,
    redis: Option<RedisServer>,
    admin: u16,
    folder: Folder,
    tasks: Tasks,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.kannel.kill();
        self.gateway.kill().ok();
        self.gateway.wait().ok();
        if std::thread::panicking() {
            for log in ["bearerbox.log", "smsbox.log"] {
                let text = std::fs::read(self.folder.path().join(log)).unwrap_or_default();
                let text = String::from_utf8_lossy(&text);
                let lines: Vec<&str> = text.lines().filter(|line| !line.contains("DEBUG")).collect();
                eprintln!("{log}:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
            }
        }
    }
}

impl Rig {
    async fn new(hands: Hands, redis: bool) -> Self {
        let (folder, tasks) = (Folder::new(), Tasks::new());
        let smsc = Settings { redeliver_after: Duration::from_secs(1), ..Settings::default() };
        let smsc = Smsc::start(Settings { attempts_max: 1_000, ..smsc }, &tasks).await.unwrap();
        let office = Office::new(Applications::parse(APPLICATIONS).unwrap(), None);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let office_at = office.serve(listener, &tasks).unwrap();
        let redis = redis.then(|| RedisServer::start(&["--appendonly", "yes", "--appendfsync", "always"]));
        let (http, admin) = (free_port(), free_port());
        let mut kannel = Kannel::write(folder.path(), hands, smsc.address, http);
        let config = folder.path().join("kopir.toml");
        let text = overlay(folder.path(), &kannel, (http, admin), office_at, redis.as_ref());
        std::fs::write(&config, text).unwrap();
        let gateway = Command::new(env!("CARGO_BIN_EXE_kopir"))
            .args(["serve", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .spawn()
            .expect("the gateway starts");
        listens("kopir", http);
        kannel.start();
        let phones = smsc.handle();
        tokio::time::timeout(LIMIT, phones.bound(1)).await.expect("bearerbox binds");
        Self { phones, office, kannel, gateway, redis, admin, folder, tasks }
    }

    /// Waits until a phone has `n` letters.
    async fn inbox(&self, phone: &Msisdn, n: usize) -> Vec<Sms> {
        until(&format!("{n} letters"), || self.phones.inbox(phone).len() >= n).await;
        self.phones.inbox(phone)
    }

    /// A figure of `/metrics`; 0 while it is not there.
    fn figure(&self, line: &str) -> u64 {
        let text = get(self.admin, "/metrics");
        let found = text.lines().find_map(|known| known.strip_prefix(line));
        found.map_or(0, |value| value.trim().parse().unwrap())
    }

    /// Ends the gateway in order.
    async fn stop(mut self) {
        terminate(&self.gateway);
        assert!(ended(&mut self.gateway).success(), "stopped in order");
        self.tasks.stop();
        self.tasks.drained(LIMIT).await;
    }
}

fn overlay(
    folder: &Path,
    kannel: &Kannel,
    (http, admin): (u16, u16),
    office: SocketAddr,
    redis: Option<&RedisServer>,
) -> String {
    std::fs::write(folder.join("door"), SECRET).unwrap();
    let mut store = format!("path = \"{}\"\n", folder.join("kopir.redb").display());
    if let Some(redis) = redis {
        store = format!("kind = \"redis\"\nurl = \"{}\"\n", redis.url());
        for (n, name) in (1..).zip(["partition", "id", "seal"]) {
            let path = folder.join(name);
            std::fs::write(&path, format!("{n:02x}").repeat(32)).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            store.push_str(&format!("{name}_key_file = \"{}\"\n", path.display()));
        }
    }
    format!(
        r#"
[log]
filter = "error"
[admin]
listen = "127.0.0.1:{admin}"
[http]
listen = "127.0.0.1:{http}"
[menus]
folder = "{HERE}/menus"
allow_unreviewed = true
[gateway]
promise_every_secs = 1
row_lease_secs = 4
[cdr]
folder = "{folder}/cdr"
[store]
{store}
[sms_http.routes.kannel]
url = "http://127.0.0.1:{sendsms}/cgi-bin/sendsms"
username = "kopir"
password = "of-the-sendsms-user"
callback = "http://127.0.0.1:{http}"
short = "{SHORT}"
secret_file = "{folder}/door"
allow_from = ["127.0.0.1"]
response_timeout_ms = 2000
pause_max_ms = 1000
[upstream.sources.office]
kind = "http"
url = "http://{office}/v1"
allow_private = ["127.0.0.1/32"]
[upstream.services."application.status"]
source = "office"
"#,
        folder = folder.display(),
        sendsms = kannel.sendsms,
    )
}

fn free_port() -> u16 {
    // Below the ports that the system gives away by itself, so that nobody takes it before its program does.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 30_000 + u16::try_from(std::process::id() % 27).unwrap() * 100;
    loop {
        let port = base + NEXT.fetch_add(1, Ordering::SeqCst);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

fn listens(program: &str, port: u16) {
    let begun = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(begun.elapsed() < LIMIT, "{program} does not listen on {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let met = tokio::time::timeout(LIMIT, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(met.await.is_ok(), "{what}: not within {LIMIT:?}");
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn phone(n: u32) -> Msisdn {
    Msisdn::parse(&format!("7701{n:07}")).unwrap()
}

const DELIVERED: &str = "kopir_receipts_total{link=\"kannel\",outcome=\"matched\"}";

#[tokio::test(flavor = "multi_thread")]
async fn letters_go_both_ways_through_kannel_in_both_scripts_and_long_ones_whole() {
    for hands in [Hands::GetUrl, Hands::PostUrl] {
        let rig = Rig::new(hands, false).await;
        rig.phones.text(&phone(1), SHORT, "SOS");
        let letters = rig.inbox(&phone(1), 1).await;
        assert!(letters[0].text.contains("112") && letters[0].from == SHORT, "{}", letters[0].text);

        rig.phones.text(&phone(2), SHORT, "СТАТУС 1234567890 4821");
        let letters = rig.inbox(&phone(2), 1).await;
        assert!(letters[0].text.contains("*7890: Назначена беседа"), "{}", letters[0].text);

        // In three parts, which Kannel joins; the answer is longer than one part and comes whole.
        let spaced = format!("СТАТУС{0}1234567890{0}4821", " ".repeat(70));
        let parts = rig.phones.text(&phone(3), SHORT, &spaced);
        assert!(parts.len() > 2, "{} parts", parts.len());
        let letters = rig.inbox(&phone(3), 1).await;
        assert!(letters[0].text.contains("прийти на беседу с паспортом"), "{}", letters[0].text);
        assert!(letters[0].parts.len() > 1, "the answer is longer than one part");
        assert!(letters[0].parts.iter().all(|part| part.units <= 67), "{:?}", letters[0].parts);
        assert_eq!(rig.phones.inbox(&phone(1)).len(), 1, "one letter, one answer");
        in_three_parts(&rig).await;
        rig.stop().await;
    }
}

/// The longest letters there are, in both alphabets, by the route alone: they arrive whole and in three parts.
async fn in_three_parts(rig: &Rig) {
    let settings = format!(
        "url = \"http://127.0.0.1:{}/cgi-bin/sendsms\"\nusername = \"kopir\"\npassword = \"of-the-sendsms-user\"\n",
        rig.kannel.sendsms
    );
    let route = Route::new("kannel", &toml::from_str(&settings).unwrap(), Metrics::default()).unwrap();
    for (n, text) in [(4, "Жұмыс бар. ".repeat(18)), (5, "Jumys [bar] 100 €, ".repeat(20))] {
        let letter = Letter {
            id: DueId::of(&[text.as_bytes()]),
            lane: Lane::Now,
            to: phone(n),
            from: SHORT.to_owned(),
            text: text.trim_end().to_owned(),
            reference: 1,
            validity: Duration::from_secs(600),
            receipt: false,
        };
        let permit = route.admit(route.name(), 3, Lane::Now).unwrap();
        route.submit(&permit, &letter).await.unwrap();
        let letters = rig.inbox(&phone(n), 1).await;
        assert_eq!((&letters[0].text, letters[0].parts.len()), (&letter.text, 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_was_promised_comes_with_a_receipt_and_an_answer_without() {
    let rig = Rig::new(Hands::GetUrl, false).await;
    rig.phones.text(&phone(1), SHORT, "SOS");
    rig.inbox(&phone(1), 1).await;
    rig.office.fail(Faults { fault: Some(Fault::Hang), after_ms: 0 });
    rig.phones.text(&phone(2), SHORT, "СТАТУС 1234567890 4821");
    let letters = rig.inbox(&phone(2), 1).await;
    assert!(letters[0].text.contains("1 Мой"), "whose phone is this? {}", letters[0].text);
    rig.phones.text(&phone(2), SHORT, "1");
    let letters = rig.inbox(&phone(2), 2).await;
    assert!(letters[1].text.contains("Напишем сюда"), "{}", letters[1].text);
    assert_eq!(rig.figure(DELIVERED), 0, "a receipt for an answer costs and tells nobody anything");
    rig.office.fail(Faults::default());
    let letters = rig.inbox(&phone(2), 3).await;
    assert!(letters[2].text.contains("Есть новости"), "{}", letters[2].text);
    until("a receipt", || rig.figure(DELIVERED) >= 1).await;
    let receipts = rig.phones.deliveries().into_iter().filter(|delivery| delivery.what == What::Receipt);
    assert!(receipts.count() >= 1);
    rig.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_kannel_asks_again_and_everybody_is_answered_once() {
    let mut rig = Rig::new(Hands::PostUrl, true).await;
    rig.phones.text(&phone(99), SHORT, "SOS");
    rig.inbox(&phone(99), 1).await;
    rig.redis.as_mut().unwrap().kill();
    for n in 1..=5 {
        rig.phones.text(&phone(n), SHORT, "SOS");
    }
    const REFUSED: &str = "kopir_http_requests_total{route=\"kannel\",outcome=\"refused\"}";
    until("refusals, and more than one a letter", || rig.figure(REFUSED) > 6).await;
    assert!((1..=5).all(|n| rig.phones.inbox(&phone(n)).is_empty()), "Kannel itself says nothing to anybody");
    rig.redis.as_mut().unwrap().restart();
    for n in 1..=5 {
        let letters = rig.inbox(&phone(n), 1).await;
        assert!(letters[0].text.contains("112"), "{}", letters[0].text);
    }
    // A later word of the same phone is answered next: there was nothing between.
    for n in 1..=5 {
        rig.phones.text(&phone(n), SHORT, "SOS");
    }
    for n in 1..=5 {
        assert_eq!(rig.inbox(&phone(n), 2).await.len(), 2);
    }
    assert_eq!(rig.figure(SHOWN), 11, "every word was acted on once");
    rig.stop().await;
}

const SHOWN: &str = "kopir_turns_total{link=\"kannel\",outcome=\"shown\"}";

#[tokio::test(flavor = "multi_thread")]
async fn a_kannel_killed_under_letters_and_restarted_loses_none_that_was_acknowledged() {
    const PHONES: u32 = 60;
    let mut rig = Rig::new(Hands::GetUrl, false).await;
    for n in 1..=PHONES {
        rig.phones.text(&phone(n), SHORT, "SOS");
    }
    let answered = |rig: &Rig| (1..=PHONES).filter(|n| !rig.phones.inbox(&phone(*n)).is_empty()).count();
    until("some answers", || answered(&rig) >= 3).await;
    rig.kannel.kill();
    let before = answered(&rig);
    rig.kannel.start();
    let taken = |rig: &Rig| usize::try_from(rig.figure(SHOWN)).unwrap();
    // Kannel brings what it kept, the network what Kannel had not acknowledged.
    let settled = || {
        let (taken, answered) = (taken(&rig), answered(&rig));
        (taken >= before && taken == answered && nothing_waits(&rig)).then_some(taken)
    };
    let lost = usize::try_from(PHONES).unwrap() - lasting(settled).await;
    eprintln!(
        "{PHONES} wrote; {before} were answered when Kannel was killed; Kannel itself lost {lost} words"
    );
    // Nobody here acknowledged what Kannel lost on the way to us: those people write again.
    for n in (1..=PHONES).filter(|n| rig.phones.inbox(&phone(*n)).is_empty()) {
        rig.phones.text(&phone(n), SHORT, "SOS");
    }
    until("everybody is answered", || answered(&rig) == usize::try_from(PHONES).unwrap()).await;
    rig.stop().await;
}

/// Waits until the same is said for three seconds, which is longer than Kannel's pauses; what that is.
async fn lasting(said: impl Fn() -> Option<usize>) -> usize {
    let begun = Instant::now();
    let (mut last, mut since) = (None, Instant::now());
    loop {
        let now = said();
        if now != last {
            (last, since) = (now, Instant::now());
        }
        match last {
            Some(last) if since.elapsed() > Duration::from_secs(3) => return last,
            _ => assert!(begun.elapsed() < LIMIT, "it does not settle within {LIMIT:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whether no row is owed and the network has had an answer to all it delivered.
fn nothing_waits(rig: &Rig) -> bool {
    let owed = rig.figure("kopir_outbox_owed{lane=\"now\"}");
    let settled = |delivery: &Delivery| !matches!(delivery.fate, Fate::Waiting | Fate::Sent);
    owed == 0 && rig.phones.deliveries().iter().all(settled)
}
