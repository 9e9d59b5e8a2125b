//! `kopir audit verify`: whether the audit trail is whole.

use super::{FOUND, OK, WRONG, out};
use crate::adapters::audit::{self, Finding, Known, Report};
use crate::app::trail;
use crate::config;
use anyhow::Context;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Look at the audit trail: who agreed to what and took it back, what was deleted, what the desk did.
#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
}

/// Compute the chain of every file anew and tell what was changed, put in, taken out, moved, cut off or copied.
///
/// With --config it is held against the store too, and the seals of checkpoints against the key. Without, a file cut off
/// behind its last checkpoint, a missing file and a chain rewritten whole are not seen. The embedded store is open to one
/// process only: stop Kopir first, or take copies. Exit code 0: whole. 1: something is wrong. 2: it could not be read.
#[derive(Debug, Args)]
struct Verify {
    /// The folder; with --config `audit.folder` unless named.
    folder: Option<PathBuf>,
    /// The configuration of the gateway that wrote it.
    #[arg(long, short)]
    config: Option<PathBuf>,
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let Command::Verify(verify) = &self.command;
        verify.run()
    }
}

impl Verify {
    fn run(&self) -> anyhow::Result<u8> {
        let mut known = None;
        let mut folder = self.folder.clone();
        if let Some(path) = &self.config {
            let config = match config::load(Some(path), std::env::vars()) {
                Ok(config) => config,
                Err(problems) => {
                    for problem in problems {
                        out::told(&problem.to_string());
                    }
                    return Ok(WRONG);
                }
            };
            folder = folder.or_else(|| Some(config.audit.folder.clone()));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            known = Some(runtime.block_on(trail::known(&config))?);
        }
        let Some(folder) = folder else {
            anyhow::bail!(
                "which trail? Name its folder, or the configuration: --config /etc/kopir/kopir.toml"
            );
        };
        let files = audit::files(&folder).with_context(|| format!("folder {}", folder.display()))?;
        let known = known
            .as_ref()
            .map_or_else(Known::default, |(keys, heads)| Known { keys: Some(keys), heads: Some(heads) });
        let report = audit::verify(&files, known);
        if self.json {
            out::say(&serde_json::to_string(&report)?);
        } else {
            tell(&report, known.heads.is_some());
        }
        Ok(if report.problems.is_empty() { OK } else { FOUND })
    }
}

fn tell(report: &Report, whole: bool) {
    let line = |kind: &str, finding: &Finding| {
        let at = if finding.line == 0 { String::new() } else { format!(":{}", finding.line) };
        out::say(&format!("{kind}: {}{at} {}", finding.file, finding.what));
    };
    report.problems.iter().for_each(|finding| line("wrong", finding));
    report.notes.iter().for_each(|finding| line("note", finding));
    let Report { files, events, checkpoints, doubles, open, .. } = report;
    out::say(&format!(
        "{files} files, {events} events, {checkpoints} checkpoints, {doubles} written twice, {open} behind the last checkpoint"
    ));
    if !whole {
        out::say(
            "not held against the store: files cut off at their end, missing files and rewritten chains are not seen",
        );
    }
}
