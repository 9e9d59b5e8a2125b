//! The audit trail: append-only files of chained lines, one a gateway and start; told as written once they are on the disk.

mod chain;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

pub use chain::Head;
pub use settings::Settings;
pub use verify::{Finding, Known, Report, verify};

use crate::clock::Clock;
use crate::domain::audit::Entry;
use crate::domain::time::Timestamp;
use crate::gateway::audit::{Noted, QUEUE_MAX};
use crate::ports::{Shared, StoreError};
use crate::tasks::Stopping;
use chain::Chain;
use core::time::Duration;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Before the name of a file in the store, where its head is kept.
const HEADS: &str = "audit/";
/// Times a head is written again because its version was not known.
const HEAD_TRIES: usize = 3;

/// Why events could not be written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The disk.
    #[error("audit folder {folder}: {source}")]
    Disk {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store did not take the copy of the head.
    #[error("audit head: {0}")]
    Store(#[from] StoreError),
}

/// What the writer works with.
#[derive(Clone)]
pub struct Office {
    /// Where and how often.
    pub settings: Settings,
    /// How long whole files are kept.
    pub keep: Duration,
    /// What checkpoints are sealed with.
    pub key: [u8; 32],
    /// Which gateway writes.
    pub gateway: u64,
    /// Where the heads are kept.
    pub shared: Arc<dyn Shared>,
    /// Now.
    pub clock: Clock,
}

impl core::fmt::Debug for Office {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Office({:?})", self.settings)
    }
}

/// The file being written.
#[derive(Debug)]
struct Open {
    file: File,
    name: String,
    chain: Chain,
    since: Timestamp,
    version: u64,
}

/// Writes what is noted until the process stops; what waits by then is written first, and a checkpoint ends the file.
pub async fn run(office: Office, mut notes: mpsc::Receiver<Noted>, mut stopping: Stopping) {
    let mut open: Option<Open> = None;
    let mut batch = Vec::new();
    let every = Duration::from_secs(office.settings.checkpoint_secs.max(1));
    loop {
        let unsealed = open.as_ref().is_some_and(|open| open.chain.open > 0);
        let taken = tokio::select! {
            () = stopping.wait(), if !notes.is_closed() => {
                notes.close();
                continue;
            }
            taken = notes.recv_many(&mut batch, QUEUE_MAX) => Some(taken),
            () = tokio::time::sleep(every), if unsealed => None,
        };
        let noted = core::mem::take(&mut batch);
        let entries: Vec<Entry> = noted.iter().flat_map(|noted| noted.entries.iter().cloned()).collect();
        let ends = taken == Some(0);
        if ends && !unsealed {
            return;
        }
        let sealed = ends || taken.is_none();
        match write(&office, open.take(), entries, sealed).await {
            Ok(written) => {
                open = Some(written);
                for note in noted {
                    // Who noted it may have gone; it is written all the same.
                    let _gone = note.written.send(());
                }
            }
            // The notes are dropped, which tells their senders; the next write begins a new file.
            Err(error) => tracing::error!(%error, "audit events not written"),
        }
        if ends {
            return;
        }
    }
}

/// Writes events, to the disk and their head to the store; then they may be called written.
async fn write(
    office: &Office,
    open: Option<Open>,
    entries: Vec<Entry>,
    sealed: bool,
) -> Result<Open, AuditError> {
    let now = office.clock.now();
    let old = Duration::from_secs(u64::from(office.settings.rotate_days).saturating_mul(86_400));
    let mut open = match open {
        Some(mut open) if now.since(open.since) >= old => {
            if open.chain.open > 0 {
                open = appended(office, open, Vec::new(), true, now).await?;
                keep_head(office, &mut open, now).await?;
            }
            begun(office, now).await?
        }
        Some(open) => open,
        None => begun(office, now).await?,
    };
    open = appended(office, open, entries, sealed, now).await?;
    keep_head(office, &mut open, now).await?;
    Ok(open)
}

/// A new file, known to the store before it holds an event; files past their time go first.
async fn begun(office: &Office, now: Timestamp) -> Result<Open, AuditError> {
    let (folder, gateway) = (office.settings.folder.clone(), office.gateway);
    let rotate = Duration::from_secs(u64::from(office.settings.rotate_days).saturating_mul(86_400));
    let keep = office.keep.saturating_add(rotate);
    let made = blocking(office, move || {
        std::fs::create_dir_all(&folder)?;
        let gone = swept(&folder, now, keep)?;
        let stamp = now.zoned().strftime("%Y%m%d-%H%M%S").to_string();
        let name = format!("audit-{stamp}-{:03}-{gateway:016x}.ndjson", now.0.rem_euclid(1_000));
        let mut file = std::fs::OpenOptions::new().create_new(true).append(true).open(folder.join(&name))?;
        let (chain, line) = Chain::begin(&name, now)?;
        file.write_all(&line)?;
        file.sync_all()?;
        File::open(&folder)?.sync_all()?;
        Ok((Open { file, name, chain, since: now, version: 0 }, gone))
    });
    let (mut open, gone) = made.await?;
    for name in gone {
        office.shared.remove(&format!("{HEADS}{name}")).await?;
    }
    keep_head(office, &mut open, now).await?;
    Ok(open)
}

async fn appended(
    office: &Office,
    mut open: Open,
    entries: Vec<Entry>,
    sealed: bool,
    now: Timestamp,
) -> Result<Open, AuditError> {
    let key = office.key;
    blocking(office, move || {
        let mut lines = Vec::new();
        for entry in &entries {
            lines.extend(open.chain.event(entry)?);
            if open.chain.open >= chain::EVENTS_PER_CHECKPOINT {
                lines.extend(open.chain.checkpoint(now, &key)?);
            }
        }
        if sealed && open.chain.open > 0 {
            lines.extend(open.chain.checkpoint(now, &key)?);
        }
        open.file.write_all(&lines)?;
        open.file.sync_data()?;
        Ok(open)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    office: &Office,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, AuditError> {
    let disk = |source| AuditError::Disk { folder: office.settings.folder.clone(), source };
    let worked = tokio::task::spawn_blocking(work).await;
    worked.map_err(|error| disk(std::io::Error::other(error)))?.map_err(disk)
}

/// Puts the head into the store. Only this process writes it; a version not known is one of a write without an answer.
async fn keep_head(office: &Office, open: &mut Open, now: Timestamp) -> Result<(), AuditError> {
    let name = format!("{HEADS}{}", open.name);
    let value = postcard::to_allocvec(&open.chain.head()).unwrap_or_default();
    for _ in 0..HEAD_TRIES {
        let put = office.shared.put(&name, open.version, &value, None, now).await?;
        let found = office.shared.get(&name, now).await?;
        open.version = found.map_or(0, |(version, _)| version);
        if put {
            return Ok(());
        }
    }
    Err(StoreError::Away("the head of the audit trail keeps changing".to_owned()).into())
}

/// Removes our files whose day is past `keep`; their names.
fn swept(folder: &Path, now: Timestamp, keep: Duration) -> std::io::Result<Vec<String>> {
    let keep_ms = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
    let oldest = Timestamp(now.0.saturating_sub(keep_ms)).zoned().strftime("%Y%m%d").to_string();
    let mut gone = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_ours(name)) else {
            continue;
        };
        if name.get(6..14).is_some_and(|day| day < oldest.as_str()) {
            gone.push(name.to_owned());
            std::fs::remove_file(&path)?;
        }
    }
    Ok(gone)
}

fn is_ours(name: &str) -> bool {
    name.starts_with("audit-") && name.ends_with(".ndjson")
}

/// The files of a folder, by name.
///
/// # Errors
/// The folder or a file cannot be read.
pub fn files(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_ours(name)) {
            files.push((name.to_owned(), std::fs::read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

/// What the store knows of all files.
///
/// # Errors
/// The store's.
pub async fn heads(shared: &dyn Shared, now: Timestamp) -> Result<BTreeMap<String, Head>, StoreError> {
    let mut heads = BTreeMap::new();
    for name in shared.list(HEADS).await? {
        let found = shared.get(&name, now).await?;
        let head = found.and_then(|(_, bytes)| postcard::from_bytes(&bytes).ok());
        if let (Some(file), Some(head)) = (name.strip_prefix(HEADS), head) {
            heads.insert(file.to_owned(), head);
        }
    }
    Ok(heads)
}
