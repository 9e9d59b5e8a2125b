//! `kopir demo`: a gateway, a simulated network and a sample office on loopback, with a phone in the browser.

use super::runtimes::{Asked, Runtimes, Signals};
use super::serve::told;
use super::{FOUND, OK, out};
use crate::app::App;
use crate::config::{self, Config};
use crate::simulator::office::{Applications, Office};
use crate::simulator::phone::{self, PhoneHost};
use crate::simulator::smsc::{Settings, Smsc};
use anyhow::Context;
use clap::Args;
use core::time::Duration;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// How often the menus' folder is looked at.
const LOOK: Duration = Duration::from_millis(400);
/// Conversations that may wait to be saved.
const SAVED_MAX: usize = 8;

/// Run everything on this machine: gateway, simulated network, sample office, and a keypad phone in the browser.
///
/// Nothing else is needed and nothing leaves this machine. Edit a text in the menus' folder and save: the phone shows it.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where the phone page is.
    #[arg(long, default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// The menus' folder.
    #[arg(long, default_value = "menus")]
    menus: PathBuf,
    /// Where the store, CDR files and saved conversations go. [default: a folder that is thrown away]
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        crate::telemetry::start("warn,kopir::app=info", crate::telemetry::Format::Auto)?;
        let data = Data::new(self.data.as_deref())?;
        let runtimes = Runtimes::new()?;
        let tasks = runtimes.background_tasks.clone();
        let office = Office::new(Applications::sample()?, None);
        let office = crate::app::listen(loopback(), "the sample office", office.router(), &tasks)?;
        let smsc = runtimes.background.block_on(Smsc::start(Settings::default(), &tasks))?;
        let config = self.config(&data.folder, office, smsc.address)?;
        let well = runtimes.dialogue.block_on(self.live(config, &runtimes, &smsc, office, &data));
        runtimes.background.shutdown_background();
        drop(data);
        well
    }

    async fn live(
        &self,
        config: Config,
        runtimes: &Runtimes,
        smsc: &Smsc,
        office: SocketAddr,
        data: &Data,
    ) -> anyhow::Result<u8> {
        let mut signals = Signals::new()?;
        let app = App::start(config, runtimes.tasks.clone(), runtimes.background_tasks.clone()).await;
        let mut app = match app {
            Ok(app) => app,
            Err(error) => return told(error),
        };
        let (saved, to_save) = mpsc::channel(SAVED_MAX);
        runtimes.background_tasks.spawn("save", save(data.folder.join("conversations"), to_save));
        let at = self.phone(&app, smsc, saved, &runtimes.background_tasks)?;
        out::say(&self.welcome(at, office, smsc.address, app.admin, data));
        loop {
            tokio::select! {
                asked = signals.next() => match asked {
                    Asked::Stop => break,
                    Asked::Reload => app.reload().await,
                },
                () = tokio::time::sleep(LOOK) => app.reload().await,
            }
        }
        Ok(if app.stop().await { OK } else { FOUND })
    }

    fn phone(
        &self,
        app: &App,
        smsc: &Smsc,
        saved: mpsc::Sender<String>,
        tasks: &crate::tasks::Tasks,
    ) -> anyhow::Result<SocketAddr> {
        let host = PhoneHost {
            smsc: smsc.handle(),
            code: CODE.to_owned(),
            short: SHORT.to_owned(),
            problems: app.problems.clone(),
            bundle: app.bundle.clone(),
            saved: Some(saved),
            tasks: tasks.clone(),
        };
        let home = axum::routing::get(|| async { axum::response::Redirect::temporary("/phone") });
        let router = phone::router(Arc::new(host)).route("/", home);
        crate::app::listen(self.http, "--http", router, tasks)
    }

    /// The defaults with what a demo has otherwise.
    fn config(&self, data: &Path, office: SocketAddr, smsc: SocketAddr) -> anyhow::Result<Config> {
        let text = |path: &Path| serde_json::Value::from(path.display().to_string()).to_string();
        let overlay = format!(
            r#"
[admin]
listen = "127.0.0.1:0"
[menus]
folder = {menus}
allow_unreviewed = true
[gateway]
promise_every_secs = 5
[cdr]
folder = {cdr}
[store]
path = {store}
[smpp.links.demo]
host = "127.0.0.1"
port = {port}
system_id = "kopir"
password = "secret08"
carries = ["ussd", "sms"]
reconnect_max_ms = 1000
[smpp.links.demo.ussd]
dialect = "spec"
code = "{CODE}"
[smpp.links.demo.sms]
short = "{SHORT}"
script = "native"
[upstream.sources.sample]
kind = "http"
url = "http://{office}/v1"
allow_private = ["127.0.0.1/32"]
[upstream.services."application.status"]
source = "sample"
"#,
            menus = text(&self.menus),
            cdr = text(&data.join("cdr")),
            store = text(&data.join("demo.redb")),
            port = smsc.port(),
        );
        config::over_defaults("the demo's configuration", &overlay).map_err(|problems| {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("{}", told.join("\n"))
        })
    }

    fn welcome(
        &self,
        at: SocketAddr,
        office: SocketAddr,
        smsc: SocketAddr,
        admin: SocketAddr,
        data: &Data,
    ) -> String {
        let bold = |text: String| out::coloured(out::Colour::Bold, &text);
        format!(
            "\nKopir runs on this machine. All data are samples.\n\n  A keypad phone  {}\n\n\
             \x20 Dial {CODE}, or {}, or write SOS, KUN 0310, STATUS 1234567890 4821 to {SHORT}.\n\
             \x20 Edit a text in {} and save: the next screen shows it. A fault shows beside the phone.\n\n\
             \x20 Figures         http://{admin}/metrics   /ready   /live\n\
             \x20 Sample office   http://{office}/v1   break it: curl -X PUT http://{office}/control \
             -H 'content-type: application/json' -d '{{\"fault\":\"down\"}}'\n\
             \x20 SMPP            {smsc}, system_id kopir, dialect spec\n\
             \x20 CDR, saved      {}\n\n  Stop with Ctrl-C.\n",
            bold(format!("http://{at}/phone")),
            "*100*112#",
            self.menus.display(),
            data.folder.display(),
        )
    }
}

/// The demo's code, in the range that 3GPP TS 22.090 gives to the home network.
const CODE: &str = "*100#";
/// The demo's short number.
const SHORT: &str = "5522";

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Where the demo writes; thrown away with the demo unless it was named.
struct Data {
    folder: PathBuf,
    kept: bool,
}

impl Data {
    fn new(named: Option<&Path>) -> anyhow::Result<Self> {
        let folder = match named {
            Some(folder) => folder.to_owned(),
            None => std::env::temp_dir().join(format!("kopir-demo-{}", std::process::id())),
        };
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self { folder, kept: named.is_some() })
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if !self.kept {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

/// Writes saved conversations, one file each.
async fn save(folder: PathBuf, mut saved: mpsc::Receiver<String>) {
    let mut number = 0_u32;
    while let Some(yaml) = saved.recv().await {
        number = number.saturating_add(1);
        let stamp = crate::clock::Clock::System.now().zoned().strftime("%Y%m%d-%H%M%S").to_string();
        let path = folder.join(format!("saved-{stamp}-{number}.yaml"));
        let written = tokio::fs::create_dir_all(&folder).await;
        let written = match written {
            Ok(()) => tokio::fs::write(&path, yaml).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => out::say(&format!("conversation saved: {}", path.display())),
            Err(error) => out::told(&format!("{}: {error}", path.display())),
        }
    }
}
