//! Supervised tasks: every one has a name, a panic is logged, and all end within a bound when the process stops.

use core::future::Future;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Where tasks are started and from where they learn that the process stops. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tasks {
    on: Option<tokio::runtime::Handle>,
    running: Arc<Mutex<JoinSet<()>>>,
    stop: Arc<watch::Sender<bool>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl Tasks {
    /// No tasks yet.
    #[must_use]
    pub fn new() -> Self {
        let (stop, _) = watch::channel(false);
        Self { on: None, running: Arc::new(Mutex::new(JoinSet::new())), stop: Arc::new(stop) }
    }

    /// No tasks yet; all will run on `runtime`, from wherever they are started.
    #[must_use]
    pub fn on(runtime: tokio::runtime::Handle) -> Self {
        Self { on: Some(runtime), ..Self::new() }
    }

    /// Starts a task on its runtime: the one given to `on`, else the current one.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(ended) = running.try_join_next() {
            if let Err(error) = ended
                && error.is_panic()
            {
                tracing::error!(%error, "a task panicked");
            }
        }
        // Boxed: an `async` block holds what it awaits twice over, and a task's cell is copied and aligned as a whole.
        let task = Box::pin(task);
        let guarded = async move {
            let _named = Named(name);
            task.await;
        };
        match &self.on {
            Some(runtime) => running.spawn_on(guarded, runtime),
            None => running.spawn(guarded),
        };
    }

    /// A signal that resolves when the process stops.
    #[must_use]
    pub fn stopping(&self) -> Stopping {
        Stopping(self.stop.subscribe())
    }

    /// Tells all tasks to stop; they decide how.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until all tasks have ended, `limit` at most; then the rest are cut off. Whether all ended by themselves.
    pub async fn drained(&self, limit: Duration) -> bool {
        // What ends may have started more: a turn its letter, a call its second turn.
        let all = async {
            loop {
                let mut set = {
                    let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
                    core::mem::take(&mut *running)
                };
                if set.is_empty() {
                    return;
                }
                while set.join_next().await.is_some() {}
            }
        };
        tokio::time::timeout(limit, all).await.is_ok()
    }
}

/// Resolves when the process stops.
#[derive(Clone, Debug)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Waits for the stop.
    pub async fn wait(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            core::future::pending::<()>().await;
        }
    }

    /// Whether it has come.
    #[must_use]
    pub fn is_now(&self) -> bool {
        *self.0.borrow()
    }
}

struct Named(&'static str);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(task = self.0, "task panicked");
        }
    }
}
