//! The two runtimes of a process: one thread for links and dialogues, others for HTTP, offices and files.

use crate::tasks::Tasks;
use anyhow::Context;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How long the tasks of a simulator may take to end.
const STOP: core::time::Duration = core::time::Duration::from_secs(2);

/// Two runtimes and their tasks.
pub(super) struct Runtimes {
    /// One thread: two would double the CPU a turn costs (measured), and turns of one person need no locks.
    pub(super) dialogue: Runtime,
    /// HTTP pages, offices, files.
    pub(super) background: Runtime,
    /// Tasks of `dialogue`.
    pub(super) tasks: Tasks,
    /// Tasks of `background`.
    pub(super) background_tasks: Tasks,
}

impl Runtimes {
    pub(super) fn new() -> anyhow::Result<Self> {
        let dialogue = Builder::new_current_thread().enable_all().build().context("no runtime")?;
        let background = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("kopir-background")
            .enable_all()
            .build();
        let background = background.context("no background runtime")?;
        let background_tasks = Tasks::on(background.handle().clone());
        let tasks = Tasks::on(dialogue.handle().clone());
        Ok(Self { dialogue, background, tasks, background_tasks })
    }

    /// For commands whose work is all in the background: waits for a stop, then ends the tasks in order.
    pub(super) fn until_stopped(self) -> anyhow::Result<()> {
        self.dialogue.block_on(async {
            let mut signals = Signals::new()?;
            while signals.next().await != Asked::Stop {}
            anyhow::Ok(())
        })?;
        self.background_tasks.stop();
        self.background.block_on(self.background_tasks.drained(STOP));
        self.background.shutdown_background();
        Ok(())
    }
}

/// The signals a process answers to.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

/// What a signal asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// SIGINT, SIGTERM.
    Stop,
    /// SIGHUP.
    Reload,
}

impl Signals {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}
