//! The embedded store: one file behind the ports (redb), for a demo, a pilot or one centre; or memory, for rehearsals.

mod afresh;
mod jobs;
mod receipts;
mod tables;
mod writer;

use super::record::{self, Kind, Records, person_key};
use crate::domain::delivery::{Claimed, Due, DueId, Lane, Row, RowEvent};
use crate::domain::person::{PARTITIONS, Person};
use crate::domain::session::{Profile, Session};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::ports::{
    Commit, Committed, Depth, Finding, Gravity, Opened, Outbox, Retention, Sessions, Shared, StoreError,
    Swept,
};
use async_trait::async_trait;
use core::fmt;
use core::time::Duration;
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tables::{
    DUE_ASKED, DUE_BULK, DUE_LOOKS, DUE_NOW, DUE_WORK, Definition, OWED, PROFILES, SESSIONS, SHARED, Stored,
    after,
};
use writer::Writer;

/// Rows looked at in one step of the sweep; more would hold the writer.
const SWEEP_MAX: usize = 512;
/// The form of the file; another one is refused.
const FILE_FORMAT: u8 = 5;

/// A store in one file.
pub struct Embedded {
    // Dropped first: the thread ends before the file is closed.
    writer: Writer,
    db: Arc<Database>,
    records: Arc<Records>,
    metrics: Metrics,
    path: Option<PathBuf>,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Embedded({:?})", self.path)
    }
}

/// What a store in a file needs to be opened.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions<'a> {
    /// The file; created with mode 0600.
    pub path: &'a Path,
    /// Pages kept in memory, in bytes.
    pub cache_bytes: usize,
    /// Says which partition key the file was begun with, without saying the key.
    pub fingerprint: [u8; 8],
}

impl Embedded {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// A sentence for the operator: the file cannot be opened, is of another format, or belongs to other keys.
    pub fn open(options: &EmbeddedOptions<'_>, records: Records, metrics: Metrics) -> Result<Self, String> {
        let path = options.path;
        let said = |error: &dyn fmt::Display| format!("store file \"{}\": {error}", path.display());
        create_private(path).map_err(|error| said(&error))?;
        let db = Database::builder()
            .set_cache_size(options.cache_bytes)
            .create(path)
            .map_err(|error| said(&error))?;
        check_meta(&db, options.fingerprint).map_err(|error| said(&error))?;
        let db = afresh::written(db, path, options.cache_bytes).map_err(|error| said(&error))?;
        let db = Arc::new(db);
        let writer = Writer::start(db.clone()).map_err(|error| said(&error))?;
        Ok(Self { writer, db, records: Arc::new(records), metrics, path: Some(path.to_owned()) })
    }

    /// A store that is gone with the process.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn in_memory(records: Records, metrics: Metrics) -> Result<Self, String> {
        let db = Database::builder()
            .create_with_backend(redb::backends::InMemoryBackend::new())
            .map_err(|error| error.to_string())?;
        check_meta(&db, [0; 8])?;
        let writer = Writer::Here(std::sync::Mutex::new(Timestamp::default()));
        Ok(Self { writer, db: Arc::new(db), records: Arc::new(records), metrics, path: None })
    }

    /// Reads run in the caller: they never wait for the writer, and pages mostly lie in a cache.
    fn read(&self, table: Definition, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let txn = self.db.begin_read()?;
            Ok(txn.open_table(table)?.get(key)?.map(|value| value.value().to_vec()))
        };
        read().map_err(away)
    }

    async fn put_aside(&self, kind: Kind, key: Vec<u8>, raw: Vec<u8>) -> StoreError {
        Metrics::count(&self.metrics.store, "open", "quarantined");
        let done =
            self.writer.write(&self.db, move |tables, _| jobs::quarantine(tables, kind, &key, &raw)).await;
        match done {
            Ok(()) => record::Unreadable::Broken.error(kind),
            Err(error) => error,
        }
    }
}

fn away(error: redb::Error) -> StoreError {
    StoreError::Away(error.to_string())
}

fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

/// Writes what the file is into a new one, and refuses one that is something else.
fn check_meta(db: &Database, fingerprint: [u8; 8]) -> Result<(), String> {
    let partitions = u16::try_from(PARTITIONS).unwrap_or(u16::MAX).to_be_bytes();
    let wanted: [(&str, &[u8]); 3] =
        [("format", &[FILE_FORMAT]), ("partitions", &partitions), ("partition_key", &fingerprint)];
    let check = || -> Result<Option<&str>, redb::Error> {
        let txn = db.begin_write()?;
        let mut other = None;
        {
            let mut tables = tables::Tables::open(&txn)?;
            for (name, value) in wanted {
                let found = tables.meta.get(name.as_bytes())?.map(|found| found.value().to_vec());
                match found {
                    None => {
                        tables.meta.insert(name.as_bytes(), value)?;
                    }
                    Some(found) if found == value => {}
                    Some(_) => other = Some(name),
                }
            }
        }
        txn.commit()?;
        Ok(other)
    };
    match check().map_err(|error| error.to_string())? {
        None => Ok(()),
        Some("partition_key") => {
            Err("was begun with another partition key: give that key back, or begin a new file".to_owned())
        }
        Some(what) => Err(format!("has another {what} than this program knows")),
    }
}

#[async_trait]
impl Sessions for Embedded {
    async fn open(&self, person: Person, now: Timestamp) -> Result<Opened, StoreError> {
        let key = person_key(person);
        let read = || -> Result<_, redb::Error> {
            let txn = self.db.begin_read()?;
            let get = |table: Definition| -> Result<Option<Vec<u8>>, redb::Error> {
                Ok(txn.open_table(table)?.get(key.as_slice())?.map(|value| value.value().to_vec()))
            };
            Ok((get(SESSIONS)?, get(PROFILES)?))
        };
        let (session, profile) = read().map_err(away)?;
        let (session, session_version) = match living(session, now) {
            None => (Session::default(), 0),
            Some(raw) => match self.records.read_session(person, &raw) {
                Ok((head, session)) => (session, head.version),
                Err(record::Unreadable::Broken) => {
                    return Err(self.put_aside(Kind::Session, key.to_vec(), raw).await);
                }
                Err(newer) => return Err(newer.error(Kind::Session)),
            },
        };
        let (profile, profile_version) = match living(profile, now) {
            None => (Profile::default(), 0),
            Some(raw) => match self.records.read_profile(person, &raw) {
                Ok((head, profile)) => (profile, head.version),
                Err(record::Unreadable::Broken) => {
                    return Err(self.put_aside(Kind::Profile, key.to_vec(), raw).await);
                }
                Err(newer) => return Err(newer.error(Kind::Profile)),
            },
        };
        Ok(Opened { session, session_version, profile, profile_version })
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        let prepared = self.records.prepare(commit)?;
        let records = self.records.clone();
        self.writer
            .write(&self.db, move |tables, swept| jobs::commit(tables, &records, swept, &prepared))
            .await
    }

    async fn rekey(&self, old: Person, new: Person) -> Result<(), StoreError> {
        let records = self.records.clone();
        self.writer.write(&self.db, move |tables, _| jobs::rekey(tables, &records, old, new)).await
    }

    async fn sweep(&self, from: &[u8], rules: Retention, now: Timestamp) -> Result<Swept, StoreError> {
        let from = [from, &[0]].concat();
        let read = || -> Result<(Vec<Vec<u8>>, Vec<u8>), redb::Error> {
            let txn = self.db.begin_read()?;
            let (mut idle, mut last, mut looked) = (Vec::new(), Vec::new(), 0);
            for entry in txn.open_table(OWED)?.range::<&[u8]>(from.as_slice()..)?.take(SWEEP_MAX) {
                let (key, value) = entry?;
                looked += 1;
                last = key.value().to_vec();
                if Stored::read(value.value()).is_some_and(|stored| stored.due.is_none()) {
                    idle.push(last.clone());
                }
            }
            Ok((idle, if looked < SWEEP_MAX { Vec::new() } else { last }))
        };
        let (idle, next) = read().map_err(away)?;
        if idle.is_empty() {
            return Ok(Swept { next, ..Swept::default() });
        }
        let records = self.records.clone();
        let swept = self
            .writer
            .write(&self.db, move |tables, _| jobs::age(tables, &records, &idle, rules, now))
            .await?;
        Ok(Swept { next, ..swept })
    }
}

/// A record that has not expired. One whose head cannot be read is handed on, to be put aside.
fn living(record: Option<Vec<u8>>, now: Timestamp) -> Option<Vec<u8>> {
    record.filter(|record| record::peek(record).is_none_or(|(_, until)| until > now))
}

#[async_trait]
impl Outbox for Embedded {
    async fn claim(
        &self,
        lane: Lane,
        now: Timestamp,
        most: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError> {
        let depth = Outbox::depth(self, lane).await?;
        if depth.oldest.is_none_or(|oldest| oldest > now) {
            return Ok(Vec::new());
        }
        let (records, metrics) = (self.records.clone(), self.metrics.clone());
        let until = now.plus(lease);
        self.writer
            .write(&self.db, move |tables, swept| {
                tables.sweep(now, swept)?;
                jobs::claim(tables, &records, &metrics, lane, (now, until), most)
            })
            .await
    }

    async fn record(
        &self,
        events: &[RowEvent],
        lease_until: Timestamp,
    ) -> Result<Vec<Option<Row>>, StoreError> {
        let (records, metrics, events) = (self.records.clone(), self.metrics.clone(), events.to_vec());
        self.writer
            .write(&self.db, move |tables, _| jobs::record(tables, &records, &metrics, &events, lease_until))
            .await
    }

    async fn settle_due(&self, person: Person, id: DueId, next: Option<Due>) -> Result<(), StoreError> {
        let old = record::field(Kind::Due, id);
        let next = next.map(|due| self.records.due(&due, record::next_version(0, due.at))).transpose()?;
        self.writer.write(&self.db, move |tables, _| jobs::settle(tables, person, &old, next.as_ref())).await
    }

    async fn hand_over(&self, rows: &[Row]) -> Result<(), StoreError> {
        let writes = rows
            .iter()
            .map(|row| {
                self.records.row(
                    row,
                    record::next_version(0, row.created),
                    record::first_due(row, row.earliest),
                )
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.writer.write(&self.db, move |tables, _| jobs::insert(tables, &writes)).await
    }

    async fn list(&self, person: Person, most: usize) -> Result<Vec<Row>, StoreError> {
        let prefix = tables::owed_key(person, &[Kind::Row.tag()]);
        let end = after(&prefix);
        let read = || -> Result<Vec<(Vec<u8>, Vec<u8>)>, redb::Error> {
            let txn = self.db.begin_read()?;
            let mut found = Vec::new();
            for entry in txn.open_table(OWED)?.range::<&[u8]>(prefix.as_slice()..end.as_slice())? {
                let (key, value) = entry?;
                found.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(found)
        };
        let mut rows = Vec::new();
        for (key, value) in read().map_err(away)? {
            let field = key.get(record::PERSON_KEY_BYTES..).unwrap_or_default();
            let raw = Stored::read(&value).map_or_else(Vec::new, |stored| stored.record);
            match self.records.read_owed(person, field, &raw) {
                Ok((_, Claimed::Row(row))) => rows.push(row),
                Ok((_, Claimed::Due(_))) | Err(record::Unreadable::Newer(_)) => {}
                Err(record::Unreadable::Broken) => {
                    self.put_aside(Kind::Row, key, value).await;
                }
            }
        }
        rows.sort_by_key(|row| core::cmp::Reverse((row.created, row.id)));
        rows.truncate(most);
        Ok(rows)
    }

    async fn depth(&self, lane: Lane) -> Result<Depth, StoreError> {
        let table = match lane {
            Lane::Now => DUE_NOW,
            Lane::Asked => DUE_ASKED,
            Lane::Bulk => DUE_BULK,
            Lane::Work => DUE_WORK,
            Lane::Looks => DUE_LOOKS,
        };
        let read = || -> Result<Depth, redb::Error> {
            let table = self.db.begin_read()?.open_table(table)?;
            let oldest = table.first()?.and_then(|(key, _)| key.value().first_chunk::<8>().copied());
            Ok(Depth { owed: table.len()?, oldest: oldest.map(|at| Timestamp(i64::from_be_bytes(at))) })
        };
        read().map_err(away)
    }
}

#[async_trait]
impl Shared for Embedded {
    async fn get(&self, name: &str, now: Timestamp) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let Some(raw) = living(self.read(SHARED, name.as_bytes())?, now) else { return Ok(None) };
        match self.records.open(Kind::Shared, &record::shared_name(name), &raw) {
            Ok((head, value)) => Ok(Some((head.version, value))),
            Err(record::Unreadable::Broken) => {
                Err(self.put_aside(Kind::Shared, name.as_bytes().to_vec(), raw).await)
            }
            Err(newer) => Err(newer.error(Kind::Shared)),
        }
    }

    async fn put(
        &self,
        name: &str,
        expect: u64,
        value: &[u8],
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let record = self.records.shared(name, expect, value, expires, now)?;
        let name = name.to_owned();
        self.writer
            .write(&self.db, move |tables, _| jobs::put_shared(tables, &name, expect, &record, expires, now))
            .await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.writer.write(&self.db, move |tables, _| jobs::remove_shared(tables, &name)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let read = || -> Result<Vec<String>, redb::Error> {
            let txn = self.db.begin_read()?;
            let mut names = Vec::new();
            for entry in txn.open_table(SHARED)?.range::<&[u8]>(prefix.as_bytes()..)? {
                let name = String::from_utf8_lossy(entry?.0.value()).into_owned();
                if !name.starts_with(prefix) {
                    break;
                }
                names.push(name);
            }
            Ok(names)
        };
        read().map_err(away)
    }

    async fn lease(
        &self,
        name: &str,
        owner: u64,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Option<u64>, StoreError> {
        let name = name.to_owned();
        self.writer
            .write(&self.db, move |tables, _| jobs::lease(tables, &name, owner, now, now.plus(lasts)))
            .await
    }

    async fn probe(&self, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
        self.writer.write(&self.db, move |tables, _| jobs::touch(tables, now)).await?;
        let (gravity, text) = match &self.path {
            Some(path) => (
                Gravity::Note,
                format!(
                    "embedded store in \"{}\": every commit is on the disk before it is acknowledged, loss window none \
                     on this machine; one process only",
                    path.display()
                ),
            ),
            None => (
                Gravity::Unsafe,
                "store in memory: everything is lost when the process ends; set store.path or store.url"
                    .to_owned(),
            ),
        };
        Ok(vec![Finding { gravity, text }])
    }
}
