//! `docs/openapi-kiosk.yaml` against the routes themselves: every route and status in it is served, and no other.

use crate::kiosk::{V1, request, sent};
use crate::redis_server::Folder;
use kopir::adapters::kiosk::paper::{PaperError, Print};
use kopir::adapters::kiosk::{Carry, Kiosk, KioskHost, Rings, Turn};
use kopir::app;
use kopir::clock::Clock;
use kopir::config;
use kopir::domain::envelope::{Event, Inbound, Outbound};
use kopir::gateway::carry::How;
use kopir::gateway::ring::Ring;
use kopir::gateway::{Refusal, Refused, Turned};
use kopir::metrics::Metrics;
use kopir::ports::StoreError;
use kopir::tasks::Tasks;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Served = BTreeSet<(String, String, u16)>;

/// What the document promises.
fn promised() -> Served {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi-kiosk.yaml");
    let doc: Value = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut all = Served::new();
    for (path, operations) in doc.get("paths").unwrap().as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for status in operation["responses"].as_object().unwrap().keys() {
                all.insert((method.to_uppercase(), path.clone(), status.parse().unwrap()));
            }
        }
    }
    all
}

/// A kiosk before a gateway that does as it is told: `slow`, or away.
struct Stage {
    at: SocketAddr,
    away: Arc<AtomicBool>,
    tasks: Tasks,
    served: Served,
    halves: Vec<(String, TcpStream)>,
}

fn away_now() -> StoreError {
    StoreError::Away("told so".to_owned())
}

fn turn(away: Arc<AtomicBool>) -> Turn {
    Arc::new(move |inbound: Inbound, _| {
        let away = away.load(Ordering::SeqCst);
        Box::pin(async move {
            if inbound.event == Event::Text("slow".to_owned()) {
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
            if away {
                let why = Refusal::Store(away_now());
                return Err(Refused { why, polite: Outbound::default() });
            }
            Ok(Turned { outbound: Some(Outbound::page("said", false)) })
        })
    })
}

impl Stage {
    fn new(folder: &Folder) -> Self {
        let clips = folder.path().join("clips");
        std::fs::create_dir(&clips).unwrap();
        std::fs::write(clips.join("0123456789abcdef.wav"), "RIFF").unwrap();
        let facts = "file = \"0123456789abcdef.wav\"\nlang = \"ru\"\ntext = \"Да\"\nsource = \"espeak-ng\"";
        std::fs::write(clips.join("clips.toml"), format!("[0123456789abcdef]\n{facts}\n")).unwrap();
        let key = folder.path().join("key");
        std::fs::write(&key, "a-secret-of-the-device").unwrap();
        let menus = crate::rig::menus();
        let overlay = format!(
            "[menus]\nfolder = \"{}\"\n[kiosk]\nwait_ms = 200\nvisits_minute_max = 3\nkey_file = \"{}\"\nclips = \"{}\"\n",
            menus.display(),
            key.display(),
            clips.display()
        );
        let settings = config::over_defaults("the test's configuration", &overlay).unwrap().kiosk;
        let (away, tasks) = (Arc::new(AtomicBool::new(false)), Tasks::new());
        let is_away = || {
            let away = away.clone();
            move || away.load(Ordering::SeqCst)
        };
        let (no_carry, no_ring, no_look, no_paper) = (is_away(), is_away(), is_away(), is_away());
        let carry: Carry = Arc::new(move |_, how| {
            let told = if no_carry() {
                Err(away_now())
            } else {
                Ok((how == How::Letter).then(|| "6*4812".to_owned()))
            };
            Box::pin(async move { told })
        });
        let rings = Rings {
            ring: Arc::new(move |_, _, _| {
                let told =
                    if no_ring() { Err(away_now()) } else { Ok(Ring::Rung { no: "48213790".to_owned() }) };
                Box::pin(async move { told })
            }),
            rung: Arc::new(move |_| {
                let told = if no_look() { Err(away_now()) } else { Ok(Ring::Nobody) };
                Box::pin(async move { told })
            }),
        };
        let print: Print = Arc::new(move |_| {
            let told = if no_paper() { Err(PaperError::Drawing("told so".to_owned())) } else { Ok(()) };
            Box::pin(async move { told })
        });
        let host = KioskHost {
            settings,
            turn: turn(away.clone()),
            carry: Some(carry),
            rings: Some(rings),
            print: Some(print),
            clock: Clock::System,
            metrics: Metrics::default(),
            tasks: tasks.clone(),
            id: 1,
        };
        let router = Kiosk::new(host).unwrap().router();
        let at = app::listen(SocketAddr::from(([127, 0, 0, 1], 0)), "test", router, &tasks).unwrap();
        Self { at, away, tasks, served: Served::new(), halves: Vec::new() }
    }

    fn note(&mut self, method: &str, path: &str, status: u16) {
        self.served.insert((method.to_owned(), path.to_owned(), status));
    }

    async fn get(&mut self, template: &str, path: &str, token: &str) -> String {
        let (status, _, body) = sent(self.at, &request("GET", path, token, "", "")).await;
        self.note("GET", template, status);
        body
    }

    async fn post(&mut self, name: &str, token: &str, body: &str) -> String {
        let path = format!("{V1}{name}");
        let head = "Kiosk-Key: a-secret-of-the-device\r\n";
        let (status, _, body) = sent(self.at, &request("POST", &path, token, head, body)).await;
        self.note("POST", &path, status);
        body
    }

    /// What every call with a body does with one that is none.
    async fn bad_bodies(&mut self, name: &str, token: &str) {
        let path = format!("{V1}{name}");
        let head = "Kiosk-Key: a-secret-of-the-device\r\n";
        for body in ["[", &"a".repeat(5_000)] {
            let (status, ..) = sent(self.at, &request("POST", &path, token, head, body)).await;
            self.note("POST", &path, status);
        }
        let form = request("POST", &path, token, head, "{}").replace("application/json", "text/plain");
        let (status, ..) = sent(self.at, &form).await;
        self.note("POST", &path, status);
        let whole = request("POST", &path, token, head, "{}");
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        // The rest never comes.
        stream.write_all(whole.as_bytes().split_last().unwrap().1).await.unwrap();
        self.halves.push((path, stream));
    }

    /// What becomes of bodies of which the rest never came.
    async fn half_bodies(&mut self) {
        for (path, mut stream) in std::mem::take(&mut self.halves) {
            let mut answer = String::new();
            tokio::time::timeout(crate::rig::LIMIT, stream.read_to_string(&mut answer))
                .await
                .unwrap()
                .unwrap();
            self.note("POST", &path, answer.split(' ').nth(1).unwrap().parse().unwrap());
        }
    }
}

async fn play(stage: &mut Stage) {
    let page = stage.get("/kiosk", "/kiosk", "").await;
    let script = page.split('"').find(|part| part.ends_with("main.js")).unwrap().to_owned();
    for path in [script.as_str(), "/kiosk/a/00000000/main.js"] {
        stage.get("/kiosk/a/{hash}/{path}", path, "").await;
    }
    for name in ["0123456789abcdef.wav", "0123456789abcdee.wav"] {
        stage.get("/kiosk/clips/{name}", &format!("/kiosk/clips/{name}"), "").await;
    }
    stage.get("/kiosk/v1/about", "/kiosk/v1/about", "").await;
    let (status, ..) = sent(stage.at, &request("POST", "/kiosk/v1/visits", "", "", "{}")).await;
    stage.note("POST", "/kiosk/v1/visits", status);
    let begun: Value = serde_json::from_str(&stage.post("visits", "", "{}").await).unwrap();
    let token = begun.get("visit").unwrap().as_str().unwrap().to_owned();
    for name in ["visits", "turns", "stay", "carry", "ring", "paper"] {
        stage.bad_bodies(name, &token).await;
    }
    stage.half_bodies().await;
    let calls = [
        ("turns", r#"{"step":1,"input":"1"}"#),
        ("turns", r#"{"step":1,"input":"2"}"#),
        ("stay", "{}"),
        ("carry", r#"{"how":"letter"}"#),
        ("carry", r#"{"how":"dialogue"}"#),
        ("ring", "{}"),
        ("paper", r#"{"step":1}"#),
        ("paper", r#"{"step":7}"#),
        ("turns", r#"{"step":2,"input":"slow"}"#),
    ];
    for (name, body) in calls {
        stage.post(name, &token, body).await;
    }
    while stage.post("turns", &token, r#"{"step":2,"input":"slow"}"#).await.contains("waiting") {}
    stage.get("/kiosk/v1/ring", "/kiosk/v1/ring", &token).await;
    stage.away.store(true, Ordering::SeqCst);
    stage.get("/kiosk/v1/ring", "/kiosk/v1/ring", &token).await;
    for (name, body) in [
        ("visits", "{}"),
        ("carry", r#"{"how":"letter"}"#),
        ("ring", "{}"),
        ("paper", r#"{"step":2}"#),
        ("turns", r#"{"step":3,"input":"1"}"#),
        ("finish", "{}"),
    ] {
        stage.post(name, &token, body).await;
    }
    stage.get("/kiosk/v1/ring", "/kiosk/v1/ring", &token).await;
    for (name, body) in calls {
        stage.post(name, &token, body).await;
    }
    stage.away.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        stage.post("visits", "", "{}").await;
    }
}

#[tokio::test]
async fn every_route_and_status_of_the_document_is_served_and_no_other() {
    let folder = Folder::new();
    let mut stage = Stage::new(&folder);
    play(&mut stage).await;
    let promised = promised();
    let missing: Vec<_> = promised.difference(&stage.served).collect();
    let untold: Vec<_> = stage.served.difference(&promised).collect();
    assert!(
        missing.is_empty() && untold.is_empty(),
        "never served: {missing:?}; not written down: {untold:?}"
    );
    stage.tasks.stop();
    stage.tasks.drained(crate::rig::LIMIT).await;
}
