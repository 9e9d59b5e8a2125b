//! Alerts at the scale of a country: half a million subscribers and fifty thousand vacancies on one node with an embedded store,
//! three thousand people due a minute. `cargo bench --bench alerts -- [--subscribers N] [--vacancies N] [--secs N]`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "a bench may end, and has no other clock"
)]

#[path = "../tests/support/redis_server.rs"]
#[expect(dead_code, reason = "a folder alone is wanted here")]
mod redis_server;

use kopir::adapters::store::Store;
use kopir::clock::Clock;
use kopir::config;
use kopir::domain::address::Msisdn;
use kopir::domain::consent::{Channel, Said};
use kopir::domain::delivery::{Purpose, ReplyAddress};
use kopir::domain::envelope::StepKey;
use kopir::domain::lang::Lang;
use kopir::domain::session::{Phone, Profile, Session};
use kopir::domain::time::Timestamp;
use kopir::domain::vacancy::alert::Alerts;
use kopir::domain::vacancy::region::regions;
use kopir::domain::vacancy::shelf::Wish;
use kopir::domain::vacancy::trade::trades;
use kopir::gateway::alerts::look_at;
use kopir::metrics::Metrics;
use kopir::ports::{Commit, Committed};
use kopir::simulator::smsc::{Settings, Smsc};
use kopir::simulator::vacancies::postings;
use kopir::tasks::Tasks;
use redis_server::Folder;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// People due a second: three thousand a minute.
const DUE_A_SEC: u64 = 50;
/// Commits under way while the subscribers are written.
const AT_ONCE: usize = 512;
/// Between the start of the gateway and the first person due.
const BEFORE: Duration = Duration::from_secs(10);
/// The first seconds of the load are not measured.
const WARM: Duration = Duration::from_secs(5);
/// How long looks alone are measured, with the network away and letters waiting.
const LOOKS: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_secs(86_400);

fn asked(flag: &str, or: u64) -> u64 {
    let all: Vec<String> = std::env::args().collect();
    let at = all.iter().position(|arg| arg == flag);
    at.and_then(|at| all.get(at + 1)).map_or(or, |text| text.parse().expect("a number"))
}

fn main() {
    let (subscribers, vacancies) = (asked("--subscribers", 500_000), asked("--vacancies", 50_000));
    let secs = asked("--secs", 120);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(bench(subscribers, vacancies, secs));
}

async fn bench(subscribers: u64, vacancies: u64, secs: u64) {
    let (folder, tasks) = (Folder::new(), Tasks::new());
    let smsc = Smsc::start(Settings::default(), &tasks).await.unwrap();
    let admin = free();
    let text = config(folder.path(), smsc.address, admin);
    let file = folder.path().join("kopir.toml");
    std::fs::write(&file, &text).unwrap();
    import(folder.path(), &file, vacancies);
    let settings =
        config::over_defaults("the bench", &text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let keys = settings.store.keys().unwrap();
    let store = Store::open(&settings.store, &keys, &Metrics::default()).await.unwrap();
    let persons = Arc::new(keys.person_keys());
    let due = (secs + (WARM + LOOKS).as_secs()) * DUE_A_SEC;
    let begun = Instant::now();
    let later = Clock::System.now().plus(DAY * 3);
    seed(&store, &persons, due..subscribers, |n| later.plus(Duration::from_millis(n))).await;
    let took = begun.elapsed();
    println!(
        "{subscribers} subscribers written in {:.0} s, {:.0} a second",
        took.as_secs_f64(),
        (subscribers - due) as f64 / took.as_secs_f64()
    );
    let first = Clock::System.now().plus(BEFORE + Duration::from_millis(due / 5));
    seed(&store, &persons, 0..due, |n| first.plus(Duration::from_millis(n * 1_000 / DUE_A_SEC))).await;
    drop(store);
    let gateway = Gateway::start(&file);
    let handle = smsc.handle();
    tokio::time::timeout(Duration::from_secs(60), handle.bound(1)).await.expect("it binds");
    let idle = gateway.rss_mb();
    tokio::time::sleep(first.since(Clock::System.now()) + WARM).await;
    let (cpu, sent) = (gateway.cpu(), handle.sums().submissions);
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(secs)).await;
    let elapsed = begun.elapsed().as_secs_f64();
    let core = (gateway.cpu() - cpu) / elapsed;
    let letters = (handle.sums().submissions - sent) as f64 / elapsed * 60.0;
    let (sum, count) = looks(admin);
    println!(
        "{count} looked at, {:.3} ms a look (open, match, commit: the disk counted in)",
        sum / count.max(1.0) * 1e3
    );
    println!(
        "{letters:.0} letters a minute; the gateway takes {:.1} % of a core: {:.3} ms of it a person",
        core * 100.0,
        core / DUE_A_SEC as f64 * 1e3
    );
    handle.go_away();
    tokio::time::sleep(WARM).await;
    let (cpu, (_, before), begun) = (gateway.cpu(), looks(admin), Instant::now());
    tokio::time::sleep(LOOKS.saturating_sub(WARM)).await;
    let looked = (looks(admin).1 - before) / begun.elapsed().as_secs_f64();
    let core = (gateway.cpu() - cpu) / begun.elapsed().as_secs_f64();
    println!(
        "without the network, {:.0} looks a minute (a letter, what he was told and the next due in one commit): {:.3} ms of a \
         core a person",
        looked * 60.0,
        core / looked.max(1.0) * 1e3
    );
    println!(
        "memory {idle:.0} MB at the start with the vacancies, {:.0} MB under load, {:.0} MB at most",
        gateway.rss_mb(),
        gateway.status_mb("VmHWM:")
    );
}

/// Imports a feed as an operator would, and says what it took.
fn import(folder: &Path, config: &Path, count: u64) {
    let feed = folder.join("feed.ndjson");
    let mut text = String::new();
    for posting in postings(1, u32::try_from(count).unwrap(), Clock::System.now().date()) {
        writeln!(text, "{posting}").unwrap();
    }
    std::fs::write(&feed, text).unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kopir"))
        .args(["jobs", "import", "--source", "sample", "--config"])
        .arg(config)
        .arg(&feed)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0.0_f64;
    while child.try_wait().unwrap().is_none() {
        most = most.max(status_mb(child.id(), "VmHWM:").unwrap_or_default());
        std::thread::sleep(Duration::from_millis(20));
    }
    let secs = begun.elapsed().as_secs_f64();
    let mib = std::fs::metadata(&feed).unwrap().len() as f64 / 1024.0 / 1024.0;
    println!("{count} vacancies ({mib:.0} MiB) imported in {secs:.1} s, {most:.0} MB at most");
}

/// Subscribers as their dialogues leave them, of all trades and regions, due when `at` says.
async fn seed(
    store: &Store,
    persons: &Arc<kopir::domain::person::PersonKeys>,
    numbers: core::ops::Range<u64>,
    at: impl Fn(u64) -> Timestamp,
) {
    let codes: Vec<_> = regions().codes().collect();
    let mut under_way = JoinSet::new();
    for n in numbers {
        let place = usize::try_from(n).unwrap();
        let wish = Wish {
            trade: trades().order().get(place % trades().order().len()).copied(),
            region: codes.get(place % codes.len()).copied().filter(|_| n % 3 > 0),
            ..Wish::default()
        };
        let (sessions, persons, due) = (store.sessions.clone(), persons.clone(), at(n));
        under_way.spawn(async move {
            let commit = subscriber(&persons, n, wish, due);
            assert_eq!(sessions.commit(&commit).await.unwrap(), Committed::Done);
        });
        if under_way.len() >= AT_ONCE {
            under_way.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(done) = under_way.join_next().await {
        done.unwrap();
    }
}

fn subscriber(persons: &kopir::domain::person::PersonKeys, n: u64, wish: Wish, due: Timestamp) -> Commit {
    let to = Msisdn::parse(&format!("99890{n:07}")).unwrap();
    let (person, now) = (persons.person(&to), Clock::System.now());
    let by = StepKey::of(&[&n.to_be_bytes()]);
    let said = Said { at: now, wording: Default::default(), lang: Lang::Uz, channel: Channel::Dialogue, by };
    let mut profile = Profile { phone: Phone::Own, seen: now, greeted: true, ..Profile::default() };
    profile.agree(Purpose::Alert, said).unwrap();
    profile.alerts = Some(Box::new(Alerts { next: due, ..Alerts::new(wish, Lang::Uz) }));
    let reply = ReplyAddress { to, from: "5522".to_owned(), link: "bench".into(), network: Vec::new() };
    Commit {
        person,
        now,
        step: by,
        expect: 0,
        session: Session::default(),
        session_expires: now.plus(DAY),
        profile: Some((0, profile, now.plus(DAY * 400))),
        rows: Vec::new(),
        dues: vec![look_at(person, reply, due, false)],
        done: Vec::new(),
        lease_until: now,
        erase: false,
    }
}

/// Seconds of all looks, and how many they were.
fn looks(admin: SocketAddr) -> (f64, f64) {
    let mut stream = TcpStream::connect(admin).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: bench\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let figure = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    (figure("kopir_alert_look_seconds_sum"), figure("kopir_alert_look_seconds_count"))
}

struct Gateway(Child);

impl Gateway {
    fn start(config: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kopir"));
        Self(
            command
                .args(["serve", "--config"])
                .arg(config)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("it runs");
        let (_, fields) = stat.rsplit_once(") ").expect("Linux");
        fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("Linux")).sum::<f64>()
            / 100.0
    }

    fn rss_mb(&self) -> f64 {
        self.status_mb("VmRSS:")
    }

    fn status_mb(&self, key: &str) -> f64 {
        status_mb(self.0.id(), key).expect("it runs")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn status_mb(process: u32, key: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// The shipped menus with send hours that are always open, and a link to the simulated network.
fn config(folder: &Path, smsc: SocketAddr, admin: SocketAddr) -> String {
    let menus = folder.join("menus");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("menus"), &menus);
    let day = "[\"00:00-24:00\"]";
    let week: Vec<String> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .map(|name| format!("{name}: {day}"))
        .collect();
    let hours = format!(
        "zone: Asia/Almaty\nvalid-to: 2099-12-31\nclosed: []\nhours:\n  - purposes: [reminder, alert]\n    week: {{{}}}\n",
        week.join(", ")
    );
    std::fs::write(menus.join("reference/sending.yaml"), hours).unwrap();
    let path = |name: &str| serde_json::Value::from(folder.join(name).display().to_string()).to_string();
    let mut text = format!(
        "[log]\nfilter = \"warn\"\n[admin]\nlisten = \"{admin}\"\n[menus]\nfolder = {}\nallow_unreviewed = true\n\
         [cdr]\nfolder = {}\n[audit]\nfolder = {}\n[vacancies]\nfolder = {}\n[outbox]\nbudget_segments = 0\n\
         [smpp.links.bench]\nhost = \"127.0.0.1\"\nport = {}\nsystem_id = \"kopir\"\npassword = \"secret08\"\ncarries = [\"ussd\", \"sms\"]\n\
         [smpp.links.bench.ussd]\ncode = \"*100#\"\n[smpp.links.bench.sms]\nshort = \"5522\"\n[store]\npath = {}\n",
        path("menus"),
        path("cdr"),
        path("audit"),
        path("vacancies"),
        smsc.port(),
        path("bench.redb"),
    );
    for (name, digit) in [("partition", "1"), ("id", "2"), ("seal", "3")] {
        let file = folder.join(format!("{name}.key"));
        let mut options = std::fs::OpenOptions::new();
        let mut made = options.create_new(true).write(true).mode(0o600).open(&file).unwrap();
        made.write_all(digit.repeat(64).as_bytes()).unwrap();
        writeln!(text, "{name}_key_file = {}", path(&format!("{name}.key"))).unwrap();
    }
    text
}
