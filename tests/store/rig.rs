//! A store under test with its hands tied to nothing: it can crash, be tampered with, and be searched as bytes.

use crate::redis_server::{Folder, RedisServer};
use kopir::adapters::store::Store;
use kopir::adapters::store::settings::{KeyRing, Keys, StoreKind, StoreSettings};
use kopir::clock::Clock;
use kopir::domain::address::Msisdn;
use kopir::domain::content::Reference;
use kopir::domain::delivery::{Due, DueKind, Proof, Purpose, ReplyAddress, Row, RowState};
use kopir::domain::envelope::{Outbound, StepKey};
use kopir::domain::menu::model::Bundle;
use kopir::domain::person::{Person, PersonKeys};
use kopir::domain::service::Call;
use kopir::domain::session::{Exchange, Session};
use kopir::domain::time::Timestamp;
use kopir::gateway::audit::Audit;
use kopir::gateway::library::Library;
use kopir::gateway::{Limits, Parts};
use kopir::metrics::Metrics;
use kopir::ports::{Commit, Services};
use kopir::setting::Secret;
use kopir::tasks::Tasks;
use redb::{ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where all tests begin.
pub(crate) const NOW: Timestamp = Timestamp(1_790_000_000_000);
/// What must never stand in clear anywhere.
pub(crate) const NUMBER: &str = "77015550199";
pub(crate) const SECRET: &str = "canary ЖСН 990112345678";

pub(crate) fn after(secs: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(secs))
}

/// Where the state lies.
pub(crate) enum Place {
    Embedded { folder: Folder, life: u32 },
    Redis(RedisServer),
}

/// A store under test.
pub(crate) struct Rig {
    open: Option<Store>,
    pub(crate) place: Place,
    pub(crate) keys: KeyRing,
    pub(crate) metrics: Metrics,
    settings: StoreSettings,
}

impl Rig {
    pub(crate) async fn embedded() -> Self {
        let settings = StoreSettings::default();
        Self::of(Place::Embedded { folder: Folder::new(), life: 0 }, settings).await
    }

    pub(crate) async fn redis() -> Self {
        let options = ["--appendonly", "yes", "--appendfsync", "always", "--rdbcompression", "no"];
        let server = RedisServer::start(&options);
        let url = Secret::new(server.url());
        let settings = StoreSettings { kind: StoreKind::Redis, url, ..StoreSettings::default() };
        Self::of(Place::Redis(server), settings).await
    }

    async fn of(place: Place, settings: StoreSettings) -> Self {
        let one = |key: u8| Keys { current: (1, [key; 32]), old: Vec::new() };
        let keys = KeyRing::new([1; 32], one(2), one(3));
        let mut rig = Self { open: None, place, keys, metrics: Metrics::default(), settings };
        rig.reopen().await;
        rig
    }

    pub(crate) fn store(&self) -> &Store {
        self.open.as_ref().unwrap()
    }

    pub(crate) fn file(&self) -> PathBuf {
        match &self.place {
            Place::Embedded { folder, life } => folder.path().join(format!("store-{life}.redb")),
            Place::Redis(server) => server.folder().join("dump.rdb"),
        }
    }

    pub(crate) async fn reopen(&mut self) {
        self.open = None;
        self.settings.path = self.file();
        self.open = Some(Store::open(&self.settings, &self.keys, &self.metrics).await.unwrap());
    }

    /// Opens the same store with other keys.
    pub(crate) async fn try_open(&mut self, keys: &KeyRing) -> Result<Store, String> {
        self.open = None;
        Store::open(&self.settings, keys, &self.metrics).await
    }

    /// What a SIGKILL leaves: Redis is killed and started on its files; of the embedded file only what is on the disk goes on.
    pub(crate) async fn crash(&mut self) {
        let before = self.file();
        match &mut self.place {
            Place::Redis(server) => {
                server.kill();
                server.restart();
            }
            Place::Embedded { folder, life } => {
                *life += 1;
                std::fs::copy(&before, folder.path().join(format!("store-{life}.redb"))).unwrap();
            }
        }
        self.reopen().await;
    }

    /// A second gateway on the same store: its own connection to Redis, the same file.
    pub(crate) async fn second(&self) -> Store {
        match &self.place {
            Place::Embedded { .. } => self.store().clone(),
            Place::Redis(_) => Store::open(&self.settings, &self.keys, &self.metrics).await.unwrap(),
        }
    }

    /// All bytes on the disk: the whole file, or the append-only file and a snapshot.
    pub(crate) async fn disk(&self) -> Vec<u8> {
        match &self.place {
            Place::Embedded { .. } => std::fs::read(self.file()).unwrap(),
            Place::Redis(server) => {
                let mut all = self.live().await;
                for entry in std::fs::read_dir(server.folder().join("appendonlydir")).unwrap() {
                    all.extend(std::fs::read(entry.unwrap().path()).unwrap());
                }
                all
            }
        }
    }

    /// All bytes that are alive: a snapshot, or every entry of every table.
    pub(crate) async fn live(&self) -> Vec<u8> {
        match &self.place {
            Place::Redis(_) => {
                let _saved: String = redis::cmd("SAVE").query_async(&mut self.raw().await).await.unwrap();
                std::fs::read(self.file()).unwrap()
            }
            Place::Embedded { folder, .. } => {
                let copy = folder.path().join("copy.redb");
                std::fs::copy(self.file(), &copy).unwrap();
                let db = redb::Database::create(&copy).unwrap();
                let txn = db.begin_read().unwrap();
                let mut all = Vec::new();
                for table in txn.list_tables().unwrap() {
                    let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new(table.name());
                    for entry in txn.open_table(table).unwrap().iter().unwrap() {
                        let (key, value) = entry.unwrap();
                        all.extend_from_slice(key.value());
                        all.extend_from_slice(value.value());
                    }
                }
                all
            }
        }
    }

    /// All bytes on the disk once what no longer lives has left it: the append-only file is written anew, as the manual asks
    /// for; the embedded file is, at its next start.
    pub(crate) async fn written_anew(&mut self) -> Vec<u8> {
        if let Place::Redis(_) = &self.place {
            let mut raw = self.raw().await;
            let _begun: String = redis::cmd("BGREWRITEAOF").query_async(&mut raw).await.unwrap();
            let done = async {
                loop {
                    let info: String =
                        redis::cmd("INFO").arg("persistence").query_async(&mut raw).await.unwrap();
                    if [
                        "aof_rewrite_in_progress:0",
                        "aof_rewrite_scheduled:0",
                        "aof_last_bgrewrite_status:ok",
                    ]
                    .iter()
                    .all(|line| info.contains(line))
                    {
                        return;
                    }
                }
            };
            tokio::time::timeout(Duration::from_secs(20), done).await.expect("the file is written anew");
        } else {
            self.open = None;
            self.reopen().await;
        }
        self.disk().await
    }

    pub(crate) async fn raw(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.settings.url.expose()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Changes a person's session record behind the store's back.
    pub(crate) async fn tamper(&mut self, person: Person, change: impl FnOnce(&mut Vec<u8>)) {
        match &self.place {
            Place::Redis(_) => {
                let mut raw = self.raw().await;
                let key = redis_key(person, "s");
                let mut value: Vec<u8> = redis::cmd("GET").arg(&key).query_async(&mut raw).await.unwrap();
                change(&mut value);
                let _set: String =
                    redis::cmd("SET").arg(&key).arg(value).query_async(&mut raw).await.unwrap();
            }
            Place::Embedded { .. } => {
                self.open = None;
                {
                    let db = redb::Database::create(self.file()).unwrap();
                    let txn = db.begin_write().unwrap();
                    {
                        let table: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("sessions");
                        let mut table = txn.open_table(table).unwrap();
                        let key = [&[person.partition], person.id.0.as_slice()].concat();
                        let mut value = table.get(key.as_slice()).unwrap().unwrap().value().to_vec();
                        change(&mut value);
                        table.insert(key.as_slice(), value.as_slice()).unwrap();
                    }
                    txn.commit().unwrap();
                }
                self.reopen().await;
            }
        }
    }

    pub(crate) fn person(&self, n: u32) -> Person {
        self.keys.person_keys().person(&number(n))
    }
}

pub(crate) fn redis_key(person: Person, kind: &str) -> Vec<u8> {
    [format!("{{p{}}}{kind}", person.partition).as_bytes(), person.id.0.as_slice()].concat()
}

/// What a gateway on this store is made of: without menus, offices and links.
pub(crate) fn parts(keys: &KeyRing, store: &Store, clock: &Clock) -> Parts {
    let (records, _unread) = tokio::sync::mpsc::channel(1);
    Parts {
        sessions: store.sessions.clone(),
        outbox: store.outbox.clone(),
        shared: store.shared.clone(),
        upstreams: Services::new(),
        library: Arc::new(Library::new(Bundle::default(), Reference::default())),
        persons: keys.person_keys(),
        old_persons: keys.old_person_keys(),
        clock: clock.clone(),
        metrics: Metrics::default(),
        tasks: Tasks::new(),
        background: Tasks::new(),
        records,
        audit: Audit::nowhere(),
        receipts: store.receipts.clone(),
        id: 1,
        limits: Limits::default(),
    }
}

pub(crate) fn number(n: u32) -> Msisdn {
    let base: u64 = NUMBER.parse().unwrap();
    Msisdn::parse(&(base + u64::from(n)).to_string()).unwrap()
}

pub(crate) fn person_under(keys: &PersonKeys, n: u32) -> Person {
    keys.person(&number(n))
}

pub(crate) fn step(n: u8) -> StepKey {
    StepKey([n; 16])
}

/// A session whose only exchange says `text`.
pub(crate) fn session(text: &str) -> Session {
    let reply = Outbound::page(text.to_owned(), false);
    let exchange = Exchange { step: step(0), content: step(0), bind: 1, at: NOW, reply };
    Session { exchanges: vec![exchange], ..Session::default() }
}

/// A commit of `session(SECRET)` with nothing else.
pub(crate) fn commit(person: Person, expect: u64, key: u8) -> Commit {
    Commit {
        person,
        now: NOW,
        step: step(key),
        expect,
        session: session(SECRET),
        session_expires: after(600),
        profile: None,
        rows: Vec::new(),
        dues: Vec::new(),
        done: Vec::new(),
        lease_until: after(30),
        erase: false,
    }
}

/// A queued row, due now.
pub(crate) fn row(person: Person, id: u8) -> Row {
    Row {
        id: step(id),
        person,
        to: number(0),
        from: "1414".to_owned(),
        link: "kcell".into(),
        text: SECRET.to_owned(),
        purpose: Purpose::Reply,
        proof: Proof { by: step(id), ..Proof::default() },
        campaign: None,
        jobs: Vec::new(),
        created: NOW,
        earliest: NOW,
        latest: after(300),
        state: RowState::Queued { at: NOW, attempt: 0 },
        maybe_dup: false,
        trail: Vec::new(),
    }
}

/// A second turn, due in a minute.
pub(crate) fn due(person: Person, id: u8) -> Due {
    let give = [("number".to_owned(), kopir::domain::value::Value::Digits("990112345678".to_owned()))];
    let call = Call { service: "application.status".to_owned(), give: give.into(), key: step(id), at: NOW };
    let reply =
        ReplyAddress { to: number(0), from: "1414".to_owned(), link: "kcell".into(), network: Vec::new() };
    Due {
        id: step(id),
        person,
        at: after(60),
        latest: after(600),
        attempt: 0,
        what: DueKind::Answer { call, held: true, reply },
    }
}

/// Whether `needle` stands anywhere in `hay`.
pub(crate) fn holds(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}
