//! `kopir upstream`: a sample office over HTTP, with faults on demand.

#![expect(clippy::doc_markdown, reason = "doc comments are the help of a terminal, which shows backticks")]

use super::runtimes::Runtimes;
use super::{OK, out};
use crate::simulator::office::{Applications, Office};
use clap::Args;
use std::net::SocketAddr;

/// Run a sample office that answers docs/upstream.openapi.yaml with sample applications.
///
/// Faults: curl -X PUT 127.0.0.1:8082/control -H 'content-type: application/json' -d '{"fault":"down"}'
///
/// The faults are slow (with "after_ms"), down, garbage, huge, hang, redirect, outcome, refused, cut; '{}' ends them.
#[derive(Debug, Args)]
pub(super) struct UpstreamCommand {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:8082")]
    http: SocketAddr,
    /// A file with the bearer token it asks for; none: it asks for none.
    #[arg(long)]
    token_file: Option<std::path::PathBuf>,
}

impl UpstreamCommand {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let token = self.token_file.as_ref().map(std::fs::read_to_string).transpose()?;
        let token = token.map(|token| token.trim().to_owned());
        crate::telemetry::start("info", crate::telemetry::Format::Auto)?;
        let runtimes = Runtimes::new()?;
        let office = Office::new(Applications::sample()?, token);
        let tasks = runtimes.background_tasks.clone();
        let at = crate::app::listen(self.http, "--http", office.router(), &tasks)?;
        out::say(&format!("sample office at http://{at}/v1, faults at http://{at}/control"));
        runtimes.until_stopped()?;
        Ok(OK)
    }
}
