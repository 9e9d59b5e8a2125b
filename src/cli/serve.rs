//! `kopir serve`: the gateway itself.

use super::runtimes::{Asked, Runtimes, Signals};
use super::{FOUND, OK, WRONG, out};
use crate::app::{App, BadMenus};
use crate::config::{self, Config};
use crate::failpoint;
use crate::telemetry;
use clap::Args;
use std::path::PathBuf;

/// Run the gateway until SIGTERM or SIGINT. SIGHUP reads the menus again.
///
/// Exit code 0: stopped in order. 1: something was cut off by the stop. 2: the configuration or the menus are wrong.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The configuration; what it does not name stays as in config/default.toml.
    #[arg(long, short)]
    config: Option<PathBuf>,
    /// Only check the configuration and the menus.
    #[arg(long)]
    check: bool,
}

impl Serve {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let config = match config::load(self.config.as_deref(), std::env::vars()) {
            Ok(config) => config,
            Err(problems) => {
                out::told(&format!("kopir: the configuration is wrong, {} problems:", problems.len()));
                for problem in problems {
                    out::told(&problem.to_string());
                }
                return Ok(WRONG);
            }
        };
        if self.check {
            return check(&config);
        }
        telemetry::start(&config.log.filter, config.log.format)?;
        if let Ok(at) = std::env::var("KOPIR_KILL_AT") {
            let point = failpoint::arm(&at).map_err(anyhow::Error::msg)?;
            tracing::warn!(point = point.name(), "KOPIR_KILL_AT is set: the process will end itself there");
        }
        let runtimes = Runtimes::new()?;
        let (tasks, background) = (runtimes.tasks.clone(), runtimes.background_tasks.clone());
        let well = runtimes.dialogue.block_on(async {
            let mut signals = Signals::new()?;
            let mut app = match App::start(config, tasks, background).await {
                Ok(app) => app,
                Err(error) => return told(error),
            };
            while signals.next().await == Asked::Reload {
                app.reload().await;
            }
            Ok(if app.stop().await { OK } else { FOUND })
        });
        runtimes.background.shutdown_background();
        well
    }
}

fn check(config: &Config) -> anyhow::Result<u8> {
    let (_, loaded) = crate::app::menus::open(&config.menus.folder, config.menus.allow_unreviewed)?;
    for problem in &loaded.problems {
        out::say(&problem.to_string());
    }
    let well = loaded.bundle.is_some();
    out::say(if well { "configuration and menus can be served" } else { "the menus cannot be served" });
    Ok(if well { OK } else { WRONG })
}

/// Faults in the menus are told as `check` tells them.
pub(super) fn told(error: anyhow::Error) -> anyhow::Result<u8> {
    match error.downcast::<BadMenus>() {
        Ok(BadMenus(problems)) => {
            for problem in &problems {
                out::told(&problem.to_string());
            }
            out::told("kopir: the menus cannot be served");
            Ok(WRONG)
        }
        Err(error) => Err(error),
    }
}
