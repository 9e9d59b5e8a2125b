//! Turns a second of both stores and the CPU they cost: `cargo bench --bench store`. Not a comparison with anything else.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench may end"
)]

#[path = "../tests/support/redis_server.rs"]
#[expect(dead_code, reason = "only the suite restarts a server")]
mod redis_server;

use kopir::adapters::store::Store;
use kopir::adapters::store::settings::{KeyRing, StoreKind, StoreSettings};
use kopir::clock::{Clock, instant};
use kopir::domain::address::Msisdn;
use kopir::domain::delivery::{Proof, Purpose, Row, RowChange, RowEvent, RowState};
use kopir::domain::envelope::{Outbound, StepKey};
use kopir::domain::person::Person;
use kopir::domain::session::{Exchange, Session};
use kopir::metrics::Metrics;
use kopir::ports::{Commit, Committed};
use kopir::setting::Secret;
use redis_server::{Folder, RedisServer};
use std::time::Duration;
use tokio::task::JoinSet;

const PERSONS: u64 = 20_000;
const LASTS: Duration = Duration::from_secs(2);

/// What a turn consists of.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// Open and commit: a USSD step.
    Session,
    /// With a row in `Sending`: an SMS command.
    Row,
    /// And its acceptance recorded.
    Accepted,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!(
        "{:<28} {:<9} {:>5} {:>9} {:>9} {:>9} {:>8}",
        "store", "turn", "tasks", "turns/s", "own µs", "redis µs", "p99 ms"
    );
    runtime.block_on(async {
        let folder = Folder::new();
        let settings = StoreSettings { path: folder.path().join("bench.redb"), ..StoreSettings::default() };
        all("embedded", &settings, None).await;
        for fsync in ["no AOF", "everysec", "always"] {
            let aof = if fsync == "no AOF" { ["--appendonly", "no"] } else { ["--appendfsync", fsync] };
            let more = if fsync == "no AOF" { vec![] } else { vec!["--appendonly", "yes"] };
            let server = RedisServer::start(&[aof.as_slice(), &more].concat());
            let url = Secret::new(server.url());
            let settings = StoreSettings { kind: StoreKind::Redis, url, ..StoreSettings::default() };
            all(&format!("redis, {fsync}, {}", server.folder().display()), &settings, Some(server.pid()))
                .await;
        }
    });
}

async fn all(name: &str, settings: &StoreSettings, redis: Option<u32>) {
    let keys = KeyRing::random().unwrap();
    let store = Store::open(settings, &keys, &Metrics::default()).await.unwrap();
    let name = name.split(", /").next().unwrap_or(name);
    for (shape, what) in [(Shape::Session, "session"), (Shape::Row, "row"), (Shape::Accepted, "accepted")] {
        for tasks in [64, 512] {
            let (own, theirs) = (cpu("self"), redis.map(|pid| cpu(&pid.to_string())));
            let begun = instant();
            let mut took = load(&store, &keys, shape, tasks).await;
            let secs = begun.elapsed().as_secs_f64();
            let turns = took.len();
            let each = |from: f64, to: f64| (to - from) * 1e6 / f64::from(u32::try_from(turns).unwrap());
            let own = each(own, cpu("self"));
            let theirs = redis.map_or(0.0, |pid| each(theirs.unwrap_or_default(), cpu(&pid.to_string())));
            took.sort_unstable();
            let p99 = took.get(turns * 99 / 100).copied().unwrap_or_default().as_secs_f64() * 1e3;
            let rate = f64::from(u32::try_from(turns).unwrap()) / secs;
            println!("{name:<28} {what:<9} {tasks:>5} {rate:>9.0} {own:>9.1} {theirs:>9.1} {p99:>8.2}");
        }
    }
}

/// CPU seconds of a process so far.
fn cpu(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks: f64 = fields.split(' ').skip(11).take(2).map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

async fn load(store: &Store, keys: &KeyRing, shape: Shape, tasks: u64) -> Vec<Duration> {
    let persons = keys.person_keys();
    let mut running = JoinSet::new();
    let end = instant() + LASTS;
    for task in 0..tasks {
        let (store, persons) = (store.clone(), persons.clone());
        running.spawn(async move {
            let mut took = Vec::new();
            let mut turn = 0_u64;
            while instant() < end {
                let begun = instant();
                // Each task has persons of its own, so that no commit conflicts.
                let number = 77_010_000_000 + task + tasks * (turn % (PERSONS / tasks));
                let person = persons.person(&Msisdn::parse(&number.to_string()).unwrap());
                one(&store, person, shape, task, turn).await;
                took.push(begun.elapsed());
                turn += 1;
            }
            took
        });
    }
    running.join_all().await.into_iter().flatten().collect()
}

async fn one(store: &Store, person: Person, shape: Shape, task: u64, turn: u64) {
    let now = Clock::System.now();
    let opened = store.sessions.open(person, now).await.unwrap();
    let step = StepKey::of(&[&task.to_be_bytes(), &turn.to_be_bytes(), &now.0.to_be_bytes()]);
    let reply = Outbound::page("Ваше заявление рассматривается. 1 – подробнее, 0 – назад", false);
    let exchange = Exchange { step, content: step, bind: 1, at: now, reply };
    let lease_until = now.plus(Duration::from_secs(30));
    let state = RowState::Sending { at: now, attempt: 1, gateway: 1, link: "kcell".into() };
    let row = Row {
        id: step,
        person,
        to: Msisdn::parse("77010000000").unwrap(),
        from: "1414".to_owned(),
        link: "kcell".into(),
        text: "Ваше заявление рассматривается. 1 – подробнее, 0 – назад".to_owned(),
        purpose: Purpose::Reply,
        proof: Proof { by: step, ..Proof::default() },
        campaign: None,
        jobs: Vec::new(),
        created: now,
        earliest: now,
        latest: now.plus(Duration::from_secs(300)),
        state,
        maybe_dup: false,
        trail: Vec::new(),
    };
    let commit = Commit {
        person,
        now,
        step,
        expect: opened.session_version,
        session: Session { exchanges: vec![exchange], ..Session::default() },
        session_expires: now.plus(Duration::from_secs(600)),
        profile: None,
        rows: if shape == Shape::Session { Vec::new() } else { vec![row] },
        dues: Vec::new(),
        done: Vec::new(),
        lease_until,
        erase: false,
    };
    assert_eq!(store.sessions.commit(&commit).await.unwrap(), Committed::Done);
    if shape == Shape::Accepted {
        let what = RowChange::Accepted { message_ids: vec!["0a1b2c3d".to_owned()], sequence: Some(1) };
        let event = RowEvent { person, id: step, at: now, what };
        store.outbox.record(&[event], lease_until).await.unwrap();
    }
}
