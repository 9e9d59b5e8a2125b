//! `kopir pushes`: stops and starts what a running gateway writes by itself.

use super::{FOUND, OK, WRONG, out};
use crate::adapters::admin::Order;
use crate::config;
use anyhow::Context;
use clap::{Args, ValueEnum};
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

/// How long the gateway may take to answer.
const WAIT: Duration = Duration::from_secs(5);

/// Stop or start reminders and alerts, of all campaigns or of one. Every gateway on the store obeys within two seconds.
///
/// Speaks to the running gateway at admin.listen. Exit code 0: done. 1: the gateway could not do it. 2: it was not reached.
#[derive(Debug, Args)]
pub(super) struct Pushes {
    /// What to do.
    what: What,
    /// Only this campaign.
    #[arg(long)]
    campaign: Option<String>,
    /// Why, for whoever finds it stopped.
    #[arg(long, default_value = "")]
    why: String,
    /// Who, for the log.
    /// [default: the user who calls]
    #[arg(long)]
    who: Option<String>,
    /// The gateway's configuration.
    #[arg(long, short)]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Nothing leaves until it is started again.
    Stop,
    /// It leaves again.
    Start,
    /// Say what is stopped.
    Status,
}

impl Pushes {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let config = match config::load(self.config.as_deref(), std::env::vars()) {
            Ok(config) => config,
            Err(problems) => {
                for problem in problems {
                    out::told(&problem.to_string());
                }
                return Ok(WRONG);
            }
        };
        let stop = match self.what {
            What::Stop => Some(true),
            What::Start => Some(false),
            What::Status => None,
        };
        let who =
            self.who.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| "unknown".to_owned());
        let order = Order { stop, campaign: self.campaign.clone(), who, why: self.why.clone() };
        let body = serde_json::to_string(&order)?;
        let to = config.admin.listen;
        let reached = || format!("no gateway answers at admin.listen = {to}; is it running?");
        let mut stream = TcpStream::connect_timeout(&to, WAIT).with_context(reached)?;
        stream.set_read_timeout(Some(WAIT))?;
        let head =
            "POST /pushes HTTP/1.1\r\nHost: kopir\r\nConnection: close\r\nContent-Type: application/json";
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).with_context(reached)?;
        let (head, told) = answer.split_once("\r\n\r\n").unwrap_or((answer.as_str(), ""));
        out::say(told.trim_end());
        Ok(if head.starts_with("HTTP/1.1 200") { OK } else { FOUND })
    }
}
