//! The whole way under load: simulated network → gateway (a process of its own) → store → network, and HTTP dialogues.
//! `cargo bench --bench bridge -- [--json] [--secs N] [--only WORDS]`. Loopback only; generator, gateway and store share the machine.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a bench may end"
)]

#[path = "bridge/gateway.rs"]
mod gateway;
#[path = "../tests/support/redis_server.rs"]
#[expect(dead_code, reason = "only the suite restarts a server")]
mod redis_server;
#[path = "bridge/table.rs"]
mod table;

use gateway::{CODE, Gateway, SHORT};
use kopir::simulator::load::{HttpLoad, NetworkLoad, Pace, Report, Work, http, network};
use kopir::simulator::smsc::{Settings, Smsc};
use kopir::tasks::Tasks;
use redis_server::RedisServer;
use std::time::Duration;
use table::{Figures, Process, Start};

/// Phones of the SMPP cases: so many persons in the store.
const PHONES: usize = 20_000;
/// Busy at any time in the saturated cases: the window of the link, and as many HTTP connections.
const BUSY: usize = 64;
/// Dialled: the bench menu of five screens. Over HTTP it is the second of the first screen's list.
const FIVE: &str = "25";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sms,
    Ussd,
    Http,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: Kind,
    per_s: Option<u32>,
}

const CASES: [Case; 5] = [
    Case { kind: Kind::Sms, per_s: None },
    Case { kind: Kind::Sms, per_s: Some(500) },
    Case { kind: Kind::Ussd, per_s: None },
    Case { kind: Kind::Http, per_s: None },
    Case { kind: Kind::Http, per_s: Some(1_000) },
];

impl Case {
    fn name(self, store: &str) -> String {
        let kind = match self.kind {
            Kind::Sms => "sms",
            Kind::Ussd => "ussd smpp",
            Kind::Http => "ussd http",
        };
        let pace = self.per_s.map_or_else(|| "saturated".to_owned(), |n| format!("{n}/s"));
        format!("{store}, {kind}, {pace}")
    }
}

/// What was asked for on the command line.
struct Asked {
    json: bool,
    lasts: Duration,
    only: Vec<String>,
}

impl Asked {
    fn read() -> Self {
        let all: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
        let after = |flag: &str| {
            all.iter().position(|arg| arg == flag).and_then(|at| all.get(at + 1)).map(String::as_str)
        };
        let secs = after("--secs").map_or(4.0, |secs| secs.parse().expect("--secs takes a number"));
        let only = after("--only").unwrap_or_default().split(' ').map(str::to_owned).collect();
        Self { json: all.iter().any(|arg| arg == "--json"), lasts: Duration::from_secs_f64(secs), only }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.iter().all(|word| name.contains(word.as_str()))
    }
}

fn main() {
    let asked = Asked::read();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut starts, mut all) = (Vec::new(), Vec::new());
    if !asked.json {
        println!("{}", table::HEAD);
    }
    for store in ["everysec", "always", "embedded"] {
        if !CASES.iter().any(|case| asked.wants(&case.name(store))) {
            continue;
        }
        let redis = (store != "embedded")
            .then(|| RedisServer::start(&["--appendonly", "yes", "--appendfsync", store]));
        runtime.block_on(one(store, redis.as_ref(), &asked, &mut starts, &mut all));
    }
    if asked.json {
        let whole = serde_json::json!({"starts": starts, "cases": all});
        println!("{}", serde_json::to_string_pretty(&whole).unwrap());
    } else {
        starts.iter().for_each(|start| println!("{}", start.line()));
    }
}

/// All cases on one store, with one gateway.
async fn one(
    store: &str,
    redis: Option<&RedisServer>,
    asked: &Asked,
    starts: &mut Vec<Start>,
    all: &mut Vec<Figures>,
) {
    let tasks = Tasks::new();
    let settings = Settings { window_pdus: 2 * BUSY, ..Settings::default() };
    let smsc = Smsc::start(settings, &tasks).await.unwrap();
    let gateway = Gateway::start(smsc.address, redis.map(RedisServer::url));
    let handle = smsc.handle();
    let bound = tokio::time::timeout(Duration::from_secs(10), handle.bound(1)).await;
    bound.expect("a gateway that binds within 10 s");
    let bind_ms = gateway.since_start_ms();
    tokio::time::sleep(Duration::from_secs(1)).await;
    starts.push(Start { store: store.to_owned(), bind_ms, idle_rss_mb: gateway.process().rss_mb() });
    let redis = redis.map(|redis| Process(redis.pid()));
    for case in CASES {
        let name = case.name(store);
        if !asked.wants(&name) {
            continue;
        }
        // Warm: connections, caches, the persons' first turns.
        drive(case, &smsc, &gateway, Duration::from_millis(300), &tasks).await;
        let before = (gateway.process().cpu(), redis.map_or(0.0, Process::cpu));
        let report = drive(case, &smsc, &gateway, asked.lasts, &tasks).await;
        let figures = Figures::new(
            name,
            &report,
            gateway.process().cpu() - before.0,
            redis.map_or(0.0, Process::cpu) - before.1,
            gateway.process().rss_mb(),
        );
        if !asked.json {
            println!("{}", figures.line());
        }
        all.push(figures);
    }
    tasks.stop();
}

async fn drive(case: Case, smsc: &Smsc, gateway: &Gateway, lasts: Duration, tasks: &Tasks) -> Report {
    let answers = || vec!["1".to_owned(); 4];
    let work = match case.kind {
        Kind::Sms => Work::Sms { short: SHORT.to_owned(), texts: vec!["BENCH".to_owned()] },
        Kind::Ussd => {
            Work::Ussd { code: format!("{}*{FIVE}#", CODE.trim_end_matches('#')), answers: answers() }
        }
        Kind::Http => {
            let load = HttpLoad {
                address: gateway.http,
                path: "/ussd/at".to_owned(),
                headers: Vec::new(),
                code: CODE.to_owned(),
                answers: [vec!["2".to_owned()], answers()].concat(),
                n_connections: BUSY,
                per_s: case.per_s,
                lasts,
            };
            return http(load, tasks).await.expect("the gateway listens");
        }
    };
    let pace = case.per_s.map_or(Pace::Saturated(BUSY), Pace::PerSecond);
    let patience = Duration::from_secs(5);
    network(&smsc.handle(), &NetworkLoad { work, pace, n_phones: PHONES, lasts, patience }).await
}
