//! The one writer: a thread that takes a job, drains what else waits, commits once with fsync, and answers them all.

use super::tables::Tables;
use crate::domain::time::Timestamp;
use crate::failpoint::{self, Point};
use crate::ports::StoreError;
use redb::{Database, Durability};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Jobs in one transaction at most; more adds latency and no more turns.
const BATCH_MAX: usize = 512;
/// Jobs that may wait; a full queue makes callers wait, which is what slows the links down.
const QUEUE_MAX: usize = 2048;

/// What a job does to the tables. An outer error aborts the whole transaction, an inner one is this job's answer.
pub(super) type Worked<T> = Result<Result<T, StoreError>, redb::Error>;

type Answer = Box<dyn FnOnce(Option<StoreError>) + Send>;
type Job = Box<dyn FnOnce(&mut Tables<'_>, &mut Timestamp) -> Result<Answer, redb::Error> + Send>;

/// Where jobs go.
pub(super) enum Writer {
    /// In the caller, one at a time: rehearsals and tests, where a thread would race with a paused clock.
    Here(Mutex<Timestamp>),
    /// To the thread.
    Thread {
        /// `None` once closing.
        queue: Option<mpsc::Sender<Job>>,
        /// Joined on drop, so that the file is free when the store is gone.
        thread: Option<JoinHandle<()>>,
    },
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(db: Arc<Database>) -> std::io::Result<Self> {
        let (queue, mut jobs) = mpsc::channel::<Job>(QUEUE_MAX);
        let thread = std::thread::Builder::new().name("kopir-store".to_owned()).spawn(move || {
            let mut swept = Timestamp::default();
            let mut batch = Vec::with_capacity(BATCH_MAX);
            while let Some(job) = jobs.blocking_recv() {
                batch.push(job);
                while batch.len() < BATCH_MAX
                    && let Ok(job) = jobs.try_recv()
                {
                    batch.push(job);
                }
                run(&db, batch.drain(..), &mut swept, Durability::Immediate);
            }
        })?;
        Ok(Self::Thread { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs a job and waits until it is on the disk.
    ///
    /// # Errors
    /// The job's own; `Away` when the transaction was given up; `Unknown` when its end was not seen.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        db: &Database,
        work: impl FnOnce(&mut Tables<'_>, &mut Timestamp) -> Worked<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (to, answer) = oneshot::channel();
        let job: Job = Box::new(move |tables, swept| {
            let worked = work(tables, swept)?;
            Ok(Box::new(move |failed: Option<StoreError>| {
                // The caller may have gone; what was written stays.
                let _gone = to.send(failed.map_or(worked, Err));
            }))
        });
        match self {
            Self::Here(swept) => {
                let mut swept = swept.lock().unwrap_or_else(PoisonError::into_inner);
                run(db, core::iter::once(job), &mut swept, Durability::None);
            }
            Self::Thread { queue, .. } => {
                let closed = || StoreError::Away("the store is closed".to_owned());
                let queue = queue.as_ref().ok_or_else(closed)?;
                queue.send(job).await.map_err(|_| closed())?;
            }
        }
        answer.await.map_err(|_| StoreError::Unknown("the writer gave no answer".to_owned()))?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Self::Thread { queue, thread } = self {
            drop(queue.take());
            if let Some(Err(_)) = thread.take().map(JoinHandle::join) {
                tracing::error!("the store's writer panicked");
            }
        }
    }
}

/// One transaction for all of `jobs`; answers are given only after it is durable.
fn run(db: &Database, jobs: impl Iterator<Item = Job>, swept: &mut Timestamp, durability: Durability) {
    let mut answers = Vec::new();
    let failed = match transact(db, jobs, swept, durability, &mut answers) {
        Ok(()) => None,
        Err(failed) => {
            tracing::error!(error = %failed, jobs = answers.len(), "the store could not commit");
            Some(failed)
        }
    };
    for answer in answers {
        answer(failed.as_ref().map(again));
    }
}

fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unknown(why) => StoreError::Unknown(why.clone()),
        StoreError::Away(why) => StoreError::Away(why.clone()),
        StoreError::Newer { .. } | StoreError::Quarantined(_) => StoreError::Away(error.to_string()),
    }
}

fn transact(
    db: &Database,
    jobs: impl Iterator<Item = Job>,
    swept: &mut Timestamp,
    durability: Durability,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let away = |error: redb::Error| StoreError::Away(error.to_string());
    let mut txn = db.begin_write().map_err(|error| away(error.into()))?;
    txn.set_durability(durability).map_err(|error| away(error.into()))?;
    txn.set_two_phase_commit(true);
    {
        let mut tables = Tables::open(&txn).map_err(away)?;
        for job in jobs {
            answers.push(job(&mut tables, swept).map_err(away)?);
        }
    }
    failpoint::reached(Point::FileBeforeCommit);
    txn.commit().map_err(|error| StoreError::Unknown(error.to_string()))?;
    failpoint::reached(Point::FileAfterCommit);
    Ok(())
}
