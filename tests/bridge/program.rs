//! The program itself as a child, so that it can be killed, stopped and told by signals, and its logs read.

use crate::rig::{LIMIT, World, until};
use std::fs::File;
use std::process::{Child, Command, ExitStatus, Stdio};
use tokio::time::timeout;

/// `kopir serve` on a world's configuration. Killed when dropped.
pub(crate) struct Program {
    child: Child,
}

impl Program {
    /// Starts it and waits until its link is bound; its logs go on in `log` of the world's folder.
    pub(crate) async fn start(world: &World, filter: &str) -> Self {
        let binds = world.phones.sums().binds;
        let mut program = Self::spawn(world, filter, None);
        let bound = timeout(LIMIT, until("a bind", || world.phones.sums().binds > binds));
        assert!(bound.await.is_ok() && program.ended().is_none(), "{}", Self::logged(world));
        program
    }

    /// Starts it to end itself at a named place (`name:count`), which may be reached before its link is bound.
    pub(crate) fn doomed(world: &World, filter: &str, at: &str) -> Self {
        Self::spawn(world, filter, Some(at))
    }

    fn spawn(world: &World, filter: &str, kill_at: Option<&str>) -> Self {
        let config = world.folder.path().join("kopir.toml");
        std::fs::write(&config, &world.overlay).unwrap();
        let log = File::options().create(true).append(true).open(world.folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_kopir"))
            .args(["serve", "--config"])
            .arg(&config)
            .env("KOPIR__LOG__FILTER", filter)
            .envs(kill_at.map(|at| ("KOPIR_KILL_AT", at)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child }
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// As a power cut of the process would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let told = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
    }

    /// Asks it to stop and waits for its end.
    pub(crate) async fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        timeout(LIMIT, async {
            loop {
                if let Some(ended) = self.child.try_wait().unwrap() {
                    return ended;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await
        .expect("it stops within 20 s")
    }

    /// Everything it has logged.
    pub(crate) fn logged(world: &World) -> String {
        std::fs::read_to_string(world.folder.path().join("log")).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
