//! A gateway, a network and an office in one process, joined by loopback TCP; the store embedded or a real Redis.

use crate::redis_server::{Folder, RedisServer};
use kopir::app::App;
use kopir::config::{self, Config};
use kopir::domain::address::Msisdn;
use kopir::metrics::NameKind;
use kopir::simulator::office::{Applications, Office};
use kopir::simulator::smsc::event::{Screen, Sms};
use kopir::simulator::smsc::ledger::{Delivery, Fate};
use kopir::simulator::smsc::{Dialogue, Settings, Smsc, SmscHandle};
use kopir::tasks::Tasks;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Nothing that is waited for takes longer, however busy the machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// The gateway's code and short number.
pub(crate) const CODE: &str = "*100#";
pub(crate) const SHORT: &str = "5522";
/// An application of the office: its number, the last four digits, and how a screen names it.
pub(crate) const NUMBER: &str = "6120093847";
pub(crate) const LAST4: &str = "7351";
pub(crate) const TAIL: &str = "*3847";

const APPLICATIONS: &str = r#"
applications:
  - {number: "6120093847", last4: "7351", service: qandas, state: interview-scheduled, next: come-to-interview, as_of: 2026-10-01}
"#;

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Embedded,
    Redis,
}

/// Both, for tests that hold on either.
pub(crate) const BOTH: [Kept; 2] = [Kept::Embedded, Kept::Redis];

/// What a test wants otherwise.
#[derive(Default)]
pub(crate) struct Wish {
    /// More configuration; a later key of a table replaces an earlier one.
    pub(crate) gateway: &'static str,
    pub(crate) link: &'static str,
    pub(crate) ussd: &'static str,
    pub(crate) guard: &'static str,
    pub(crate) more: String,
    pub(crate) smsc: Option<Settings>,
    pub(crate) menus: Option<PathBuf>,
}

/// Everything of a rig but the gateway: what stays while the gateway dies.
pub(crate) struct World {
    pub(crate) phones: SmscHandle,
    pub(crate) office: Arc<Office>,
    pub(crate) folder: Folder,
    pub(crate) redis: Option<RedisServer>,
    /// The gateway's configuration on top of the defaults.
    pub(crate) overlay: String,
    /// Where its bearers over HTTP and its figures are.
    pub(crate) http: SocketAddr,
    pub(crate) admin: SocketAddr,
    tasks: Tasks,
}

/// A running gateway in its world.
pub(crate) struct Rig {
    pub(crate) world: World,
    pub(crate) app: App,
}

impl World {
    pub(crate) async fn new(kept: Kept, wish: Wish) -> Self {
        let tasks = Tasks::new();
        let folder = Folder::new();
        let smsc = Smsc::start(wish.smsc.unwrap_or_default(), &tasks).await.unwrap();
        let office = Office::new(Applications::parse(APPLICATIONS).unwrap(), None);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let office_at = office.serve(listener, &tasks).unwrap();
        let redis = (kept == Kept::Redis)
            .then(|| RedisServer::start(&["--appendonly", "yes", "--appendfsync", "always"]));
        let (http, admin) = (free_port(), free_port());
        let menus = wish.menus.unwrap_or_else(menus);
        let store = store(folder.path(), redis.as_ref());
        let overlay = format!(
            r#"
[admin]
listen = "{admin}"
[http]
listen = "{http}"
[menus]
folder = "{menus}"
allow_unreviewed = true
[gateway]
promise_every_secs = 1
{gateway}
[cdr]
folder = "{cdr}"
[audit]
folder = "{audit}"
[store]
{store}
[smpp.links.net]
host = "127.0.0.1"
port = {port}
system_id = "kopir"
password = "secret08"
carries = ["ussd", "sms"]
reconnect_min_ms = 20
reconnect_max_ms = 100
{link}
[smpp.links.net.ussd]
code = "{CODE}"
{ussd}
[smpp.links.net.sms]
short = "{SHORT}"
script = "native"
[upstream.sources.office]
kind = "http"
url = "http://{office_at}/v1"
allow_private = ["127.0.0.1/32"]
[upstream.services."application.status"]
source = "office"
[upstream.services."application.status".guard]
{guard}
{more}
"#,
            menus = menus.display(),
            gateway = wish.gateway,
            cdr = folder.path().join("cdr").display(),
            audit = folder.path().join("audit").display(),
            port = smsc.address.port(),
            link = wish.link,
            ussd = wish.ussd,
            guard = wish.guard,
            more = wish.more,
        );
        Self { phones: smsc.handle(), office, folder, redis, overlay, http, admin, tasks }
    }

    /// The gateway's configuration.
    pub(crate) fn config(&self) -> Config {
        config::over_defaults("the test's configuration", &self.overlay)
            .unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    /// Starts the gateway in this process.
    pub(crate) async fn gateway(&self) -> App {
        let app = App::start(self.config(), Tasks::new(), Tasks::new()).await.unwrap();
        timeout(LIMIT, self.phones.bound(1)).await.expect("the link is bound");
        app
    }

    /// The next letter of a phone; `watch` was taken before what causes it.
    pub(crate) fn letters(&self, msisdn: &Msisdn) -> Vec<Sms> {
        self.phones.inbox(msisdn)
    }

    /// Waits until a phone has `n` letters, and says what stands in them.
    pub(crate) async fn inbox(&self, msisdn: &Msisdn, n: usize) -> Vec<String> {
        until(&format!("{n} letters"), || self.letters(msisdn).len() >= n).await;
        self.letters(msisdn).into_iter().map(|sms| sms.text).collect()
    }

    /// Waits until the network has had an answer to a delivery.
    pub(crate) async fn acknowledged(&self, id: u64) -> Delivery {
        let find = || self.phones.deliveries().into_iter().find(|delivery| delivery.id == id).unwrap();
        until("an acknowledgement", || find().fate == Fate::Acknowledged).await;
        find()
    }

    /// Nothing more comes: a later word of the same phone is answered first, and what it adds is all there is.
    pub(crate) async fn all_letters_after_another(&self, msisdn: &Msisdn, before: usize) -> Vec<String> {
        self.phones.text(msisdn, SHORT, "SOS");
        self.inbox(msisdn, before + 1).await
    }

    /// What `/metrics` says.
    pub(crate) async fn metrics(&self) -> String {
        request(self.admin, "GET /metrics", "").await.1
    }
}

impl Rig {
    pub(crate) async fn new(kept: Kept, wish: Wish) -> Self {
        let world = World::new(kept, wish).await;
        let app = world.gateway().await;
        Self { world, app }
    }

    /// A counter of turns on the link.
    pub(crate) fn turns(&self, kind: &'static str) -> u64 {
        let name = NameKind { name: "net".to_owned(), kind };
        self.app.gateway.parts().metrics.turns.get_or_create(&name).get()
    }

    /// Ends it in order.
    pub(crate) async fn stop(self) {
        assert!(self.app.stop().await, "everything ends by itself");
        self.world.end().await;
    }
}

impl World {
    /// Ends the network and the office.
    pub(crate) async fn end(self) {
        self.tasks.stop();
        self.tasks.drained(LIMIT).await;
    }
}

/// The `n`th phone, of an Uzbek number.
pub(crate) fn phone(n: u32) -> Msisdn {
    Msisdn::parse(&format!("99890{n:07}")).unwrap()
}

/// The menus the project ships.
pub(crate) fn menus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("menus")
}

/// The next page of a dialogue.
pub(crate) async fn page(dialogue: &mut Dialogue) -> Screen {
    timeout(LIMIT, dialogue.next()).await.expect("a page in time").expect("a page")
}

/// Dials, chooses Uzbek, and stands at the root.
pub(crate) async fn at_root(world: &World, msisdn: &Msisdn) -> (Dialogue, Screen) {
    let mut dialogue = world.phones.dial(msisdn, CODE);
    let first = page(&mut dialogue).await;
    assert!(world.phones.answer(msisdn, &key_of(&first.text, "O'zbek")), "{}", first.text);
    let root = page(&mut dialogue).await;
    assert!(root.text.contains("1 Ariza"), "{}", root.text);
    (dialogue, root)
}

/// Walks from the root to the last question of the status menu.
pub(crate) async fn at_last4(world: &World, msisdn: &Msisdn) -> Dialogue {
    let (mut dialogue, _) = at_root(world, msisdn).await;
    for (typed, shown) in [("1", "Ariza raqami."), (NUMBER, "Pasportning oxirgi 4 raqami")] {
        assert!(world.phones.answer(msisdn, typed));
        let screen = page(&mut dialogue).await;
        assert!(screen.text.contains(shown), "{}", screen.text);
    }
    dialogue
}

/// The key in front of a choice.
pub(crate) fn key_of(page: &str, choice: &str) -> String {
    let line = page.lines().find(|line| line.contains(choice)).unwrap_or_else(|| panic!("{choice}: {page}"));
    line.chars().take_while(char::is_ascii_digit).collect()
}

/// Waits for a condition by its name.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    let met = timeout(LIMIT, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(met.await.is_ok(), "{what}: not within {LIMIT:?}");
}

/// One HTTP exchange with a form: status and body.
pub(crate) async fn request(to: SocketAddr, line: &str, form: &str) -> (u16, String) {
    exchange(to, line, "application/x-www-form-urlencoded", form).await
}

/// One HTTP exchange with a body of this kind: status and body.
pub(crate) async fn exchange(to: SocketAddr, line: &str, kind: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(LIMIT, stream.read_to_string(&mut answer)).await.expect("an answer").unwrap();
    let status = answer.split(' ').nth(1).map_or(0, |code| code.parse().unwrap());
    (status, answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
}

pub(crate) fn free_port() -> SocketAddr {
    // Below the ports that the system gives away by itself, so that nobody takes it before the gateway does.
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 12_000 + u16::try_from(std::process::id() % 180).unwrap() * 100;
    loop {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, base + NEXT.fetch_add(1, Ordering::SeqCst)));
        if std::net::TcpListener::bind(at).is_ok() {
            return at;
        }
    }
}

/// The `[store]` section; Redis needs keys that all gateways share.
fn store(folder: &Path, redis: Option<&RedisServer>) -> String {
    let Some(redis) = redis else {
        return format!("path = \"{}\"", folder.join("test.redb").display());
    };
    let mut section = format!("kind = \"redis\"\nurl = \"{}\"\n", redis.url());
    for (n, name) in (1..).zip(["partition", "id", "seal"]) {
        let path = folder.join(name);
        std::fs::write(&path, format!("{n:02x}").repeat(32)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        section.push_str(&format!("{name}_key_file = \"{}\"\n", path.display()));
    }
    section
}
