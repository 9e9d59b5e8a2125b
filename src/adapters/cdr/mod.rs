//! CDR files: one JSON line a dialogue and a message, rotated by size and age, swept after their time.

mod settings;

pub use settings::Settings;

use crate::clock::Clock;
use crate::domain::record::Record;
use crate::domain::time::Timestamp;
use crate::tasks::Stopping;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Lines taken at one go.
const BATCH_MAX: usize = QUEUE_MAX;
/// How long lines are gathered: written one by one, they cost a quarter of the gateway's CPU in wake-ups (measured).
const GATHER: core::time::Duration = core::time::Duration::from_millis(50);
/// Lines that may wait to be written; beyond it they are lost and counted, since a dialogue never waits for a file.
pub const QUEUE_MAX: usize = 8_192;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cdr folder {folder}: {source}")]
pub struct CdrError {
    folder: PathBuf,
    source: std::io::Error,
}

/// Writes what comes until the senders are gone or the process stops; what waits by then is written first. Blocking
/// work runs off the reactor.
pub async fn run(
    settings: Settings,
    clock: Clock,
    mut records: mpsc::Receiver<Record>,
    mut stopping: Stopping,
) {
    let mut files = Some(Files::new(settings));
    let mut batch = Vec::new();
    loop {
        // The gateway and its links know each other, so the senders outlive a stop; closing ends it all the same.
        let taken = tokio::select! {
            () = stopping.wait(), if !records.is_closed() => {
                records.close();
                continue;
            }
            taken = records.recv_many(&mut batch, BATCH_MAX) => taken,
        };
        if taken == 0 {
            return;
        }
        if !records.is_closed() {
            tokio::time::sleep(GATHER).await;
            while batch.len() < BATCH_MAX
                && let Ok(record) = records.try_recv()
            {
                batch.push(record);
            }
        }
        let Some(mut own) = files.take() else { return };
        let lines = core::mem::take(&mut batch);
        let now = clock.now();
        let written = tokio::task::spawn_blocking(move || {
            let result = own.write(&lines, now);
            (own, result)
        });
        match written.await {
            Ok((own, result)) => {
                if let Err(error) = result {
                    tracing::error!(%error, "cdr lines not written");
                }
                files = Some(own);
            }
            Err(error) => tracing::error!(%error, "cdr writer failed"),
        }
    }
}

/// The file being written and its neighbours.
#[derive(Debug)]
struct Files {
    settings: Settings,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: std::io::BufWriter<std::fs::File>,
    since: Timestamp,
    bytes: u64,
}

impl Files {
    fn new(settings: Settings) -> Self {
        Self { settings, open: None }
    }

    fn write(&mut self, records: &[Record], now: Timestamp) -> Result<(), CdrError> {
        let folder = self.settings.folder.clone();
        self.try_write(records, now).map_err(|source| CdrError { folder, source })
    }

    fn try_write(&mut self, records: &[Record], now: Timestamp) -> std::io::Result<()> {
        if self.open.as_ref().is_some_and(|open| self.is_full(open, now)) {
            self.open = None;
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin(now)?,
        };
        for record in records {
            let mut line = serde_json::to_vec(record)?;
            line.push(b'\n');
            open.file.write_all(&line)?;
            open.bytes = open.bytes.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        }
        open.file.flush()?;
        self.open = Some(open);
        Ok(())
    }

    fn is_full(&self, open: &Open, now: Timestamp) -> bool {
        open.bytes >= self.settings.rotate_mb.saturating_mul(1_000_000)
            || now.since(open.since).as_secs() >= self.settings.rotate_secs
    }

    fn begin(&self, now: Timestamp) -> std::io::Result<Open> {
        std::fs::create_dir_all(&self.settings.folder)?;
        self.sweep(now)?;
        let name =
            format!("kopir-{}-{:03}.ndjson", now.zoned().strftime("%Y%m%d-%H%M%S"), now.0.rem_euclid(1_000));
        let path = self.settings.folder.join(name);
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Open { file: std::io::BufWriter::new(file), since: now, bytes: 0 })
    }

    /// Removes our own files whose day is past `keep_days`; the name tells the day, so that a copy keeps its age.
    fn sweep(&self, now: Timestamp) -> std::io::Result<()> {
        let keep = core::time::Duration::from_secs(u64::from(self.settings.keep_days).saturating_mul(86_400));
        let keep_ms = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let oldest = Timestamp(now.0.saturating_sub(keep_ms)).zoned().strftime("%Y%m%d").to_string();
        for entry in std::fs::read_dir(&self.settings.folder)? {
            let path = entry?.path();
            if day_of(&path).is_some_and(|day| day < oldest.as_str()) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// The day in the name of one of our files.
fn day_of(path: &Path) -> Option<&str> {
    path.file_name()?
        .to_str()?
        .strip_prefix("kopir-")?
        .get(..8)
        .filter(|day| day.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::End;

    fn record(at: i64) -> Record {
        Record::Dialogue {
            at,
            person: "ab".into(),
            link: "l".into(),
            code: "100".into(),
            screens: 3,
            duration_ms: 12,
            end: End::Said,
        }
    }

    #[tokio::test]
    async fn a_stop_ends_it_with_everything_written_although_senders_live() {
        let folder = std::env::temp_dir().join(format!("kopir-cdr-stop-{}", std::process::id()));
        let settings = Settings { folder: folder.clone(), rotate_mb: 1, rotate_secs: 60, keep_days: 2 };
        let tasks = crate::tasks::Tasks::new();
        let (sender, records) = mpsc::channel(8);
        for at in 0..5 {
            sender.send(record(at)).await.unwrap();
        }
        tasks.stop();
        run(settings, Clock::System, records, tasks.stopping()).await;
        let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 5);
        assert!(sender.is_closed());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn files_turn_over_by_age_and_are_swept_after_their_time() {
        let folder = std::env::temp_dir().join(format!("kopir-cdr-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        let settings = Settings { folder: folder.clone(), rotate_mb: 1, rotate_secs: 60, keep_days: 2 };
        let mut files = Files::new(settings);
        let names = || {
            let mut names: Vec<_> = std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        let start = 1_795_000_000_000;
        files.write(&[record(1), record(2)], Timestamp(start)).unwrap();
        files.write(&[record(3)], Timestamp(start + 1_000)).unwrap();
        assert_eq!(names().len(), 1);
        let text = std::fs::read_to_string(folder.join(&names()[0])).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(text.starts_with(r#"{"kind":"dialogue","at":1,"#), "{text}");
        files.write(&[record(4)], Timestamp(start + 61_000)).unwrap();
        assert_eq!(names().len(), 2);
        files.write(&[record(5)], Timestamp(start + 4 * 86_400_000)).unwrap();
        assert_eq!(names().len(), 1, "the older two are past their days");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
