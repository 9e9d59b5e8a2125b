//! `kopir smsc`: the simulated network alone, to try a gateway against.

#![expect(clippy::doc_markdown, reason = "doc comments are the help of a terminal, which shows backticks")]

use super::runtimes::Runtimes;
use super::{OK, out};
use crate::simulator::phone::{self, PhoneHost};
use crate::simulator::smsc::dialect::Dialect;
use crate::simulator::smsc::faults::Faults;
use crate::simulator::smsc::{Settings, Smsc};
use clap::Args;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// Run the simulated network: an SMSC and USSD gateway with dialects and faults, and a phone in the browser.
#[derive(Debug, Args)]
pub(super) struct SmscCommand {
    /// Where ESMEs bind.
    #[arg(long, default_value = "127.0.0.1:2775")]
    listen: SocketAddr,
    /// Where the phone page is.
    #[arg(long, default_value = "127.0.0.1:8081")]
    http: SocketAddr,
    /// How USSD is spoken: spec, bare, tata, sixd, mica.
    #[arg(long, default_value = "spec")]
    dialect: String,
    /// The system_id an ESME must give.
    #[arg(long, default_value = "kopir")]
    system_id: String,
    /// Its password, 8 characters at most.
    #[arg(long, default_value = "secret08")]
    password: String,
    /// The code on the phone's first line.
    #[arg(long, default_value = "*100#")]
    code: String,
    /// The number letters go to.
    #[arg(long, default_value = "5522")]
    short: String,
    /// Faults as JSON: throttle, drop, lost_response, reorder, duplicate and duplicate_renumbered take {"every":n} or
    /// {"permille":n}; throttle_above_per_s, disconnect_after_pdus, reject_bind, read_octets_per_s and again_after_bind a
    /// number; delay_ms [from,to]; early_receipt true.
    #[arg(long, default_value = "{}")]
    faults: String,
    /// Of the dice that throw the faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl SmscCommand {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let dialect = Dialect::named(&self.dialect).ok_or_else(|| {
            anyhow::anyhow!("--dialect \"{}\" is none of spec, bare, tata, sixd, mica", self.dialect)
        })?;
        let faults: Faults =
            serde_json::from_str(&self.faults).map_err(|why| anyhow::anyhow!("--faults: {why}"))?;
        crate::telemetry::start("info", crate::telemetry::Format::Auto)?;
        let runtimes = Runtimes::new()?;
        let settings = Settings {
            listen: self.listen,
            system_id: self.system_id.clone(),
            password: self.password.clone(),
            dialect,
            faults,
            seed: self.seed,
            ..Settings::default()
        };
        let tasks = runtimes.background_tasks.clone();
        let smsc = runtimes.background.block_on(Smsc::start(settings, &tasks))?;
        let (_problems, problems) = watch::channel(Vec::new());
        let (_bundle, bundle) = watch::channel(String::new());
        let host = PhoneHost {
            smsc: smsc.handle(),
            code: self.code.clone(),
            short: self.short.clone(),
            problems,
            bundle,
            saved: None,
            examples: &[],
            desk: None,
            hurry: None,
            tasks: tasks.clone(),
        };
        let at = crate::app::listen(self.http, "--http", phone::router(Arc::new(host)), &tasks)?;
        out::say(&format!(
            "SMPP at {}, system_id {}, dialect {}",
            smsc.address, self.system_id, self.dialect
        ));
        out::say(&format!("a phone at http://{at}/phone"));
        runtimes.until_stopped()?;
        Ok(OK)
    }
}
