//! `kopir demo`: a gateway, a simulated network and a sample office on loopback, with a phone in the browser.

use super::runtimes::{Asked, Runtimes, Signals};
use super::serve::told;
use super::{FOUND, OK, demo_desk, demo_jobs, demo_words, out};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::domain::menu::problem::Problem;
use crate::simulator::office::{Applications, Office};
use crate::simulator::phone::{self, Hurry, PhoneHost};
use crate::simulator::smsc::{Settings, Smsc};
use crate::tasks::Stopping;
use anyhow::Context;
use clap::Args;
use core::time::Duration;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a newcomer is told while it runs. Keys that were made are thrown away with the demo, its link goes down with it, two
/// of its sample tickets have waited too long, and menus are told of by `Menus`, in fewer words.
const LOGGED: &str = "warn,kopir::adapters::store::settings=error,kopir::adapters::smpp::link=error,kopir::app=error,kopir::gateway::desk=error";
/// How often the menus' folder is looked at.
const LOOK: Duration = Duration::from_millis(400);
/// Conversations that may wait to be saved.
const SAVED_MAX: usize = 8;

/// Run everything on this machine: gateway, simulated network, sample office, and a keypad phone in the browser.
///
/// Nothing else is needed and nothing leaves this machine. Edit a text in the menus' folder and save: the phone shows it.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where the phone page is; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// The menus' folder, read again when a file in it changes.
    #[arg(long, value_name = "FOLDER", default_value = "menus")]
    menus: PathBuf,
    /// Where the store, CDR files and saved conversations go. [default: a folder that is thrown away]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Seconds without anything done after which the desk signs out.
    #[arg(long, value_name = "SECS", default_value_t = 900)]
    desk_idle: u64,
}

impl Demo {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        crate::telemetry::start(LOGGED, crate::telemetry::Format::Auto)?;
        let data = Data::new(self.data.as_deref())?;
        let runtimes = Runtimes::new()?;
        let tasks = runtimes.background_tasks.clone();
        let office = Office::new(Applications::sample()?, None);
        let office = crate::app::listen(loopback(), "the sample office", office.router(), &tasks)?;
        let smsc = runtimes.background.block_on(Smsc::start(Settings::default(), &tasks))?;
        let config = self.config(&data.folder, office, smsc.address)?;
        let password = demo_desk::users(&config.desk.users_file)?;
        let well = runtimes.dialogue.block_on(self.live(config, &runtimes, &smsc, office, &data, &password));
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
        password: &str,
    ) -> anyhow::Result<u8> {
        let mut signals = Signals::new()?;
        let clock = Clock::ahead();
        let (tasks, background) = (runtimes.tasks.clone(), runtimes.background_tasks.clone());
        let app = App::start_at(config, clock.clone(), tasks, background).await;
        let mut app = match app {
            Ok(app) => app,
            Err(error) => return told(error),
        };
        demo_desk::tickets(&app, SHORT).await?;
        let feeds = demo_jobs::samples(&app.gateway);
        let hurry = demo_jobs::hurry(app.gateway.clone(), clock, feeds);
        let (saved, to_save) = mpsc::channel(SAVED_MAX);
        runtimes.background_tasks.spawn(
            "save",
            save(data.folder.join("conversations"), to_save, runtimes.background_tasks.stopping()),
        );
        let at = self.phone(&app, smsc, (saved, hurry), password, &runtimes.background_tasks)?;
        out::say(&self.welcome(at, office, smsc.address, app.admin, data, password));
        let mut menus = Menus::of(&app);
        loop {
            tokio::select! {
                asked = signals.next() => match asked {
                    Asked::Stop => break,
                    Asked::Reload => app.reload().await,
                },
                () = tokio::time::sleep(LOOK) => app.reload().await,
            }
            menus.tell(&app);
        }
        Ok(if app.stop().await { OK } else { FOUND })
    }

    fn phone(
        &self,
        app: &App,
        smsc: &Smsc,
        (saved, hurry): (mpsc::Sender<String>, Hurry),
        password: &str,
        tasks: &crate::tasks::Tasks,
    ) -> anyhow::Result<SocketAddr> {
        let host = PhoneHost {
            smsc: smsc.handle(),
            code: CODE.to_owned(),
            short: SHORT.to_owned(),
            problems: app.problems.clone(),
            bundle: app.bundle.clone(),
            saved: Some(saved),
            examples: &demo_words::MISTYPED,
            desk: app.desk.map(|at| demo_desk::door(at, password)),
            hurry: Some(hurry),
            tasks: tasks.clone(),
        };
        let home = axum::routing::get(|| async { axum::response::Redirect::temporary("/phone") });
        let mut router = phone::router(Arc::new(host)).route("/", home);
        if let Some(desk) = app.desk {
            let desk = axum::routing::get(move || async move {
                axum::response::Redirect::temporary(&format!("http://{desk}/desk"))
            });
            router = router.route("/desk", desk);
        }
        if let Some(kiosk) = &app.kiosk {
            router = router.merge(kiosk.router.clone());
        }
        crate::app::listen(self.http, "--http", router, tasks).with_context(|| {
            format!("the phone page cannot be shown; is another demo running? Take another port: kopir demo --http 127.0.0.1:{}", self.http.port().saturating_add(1))
        })
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
[audit]
folder = {audit}
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
[desk]
enabled = true
listen = "127.0.0.1:0"
users_file = {users}
idle_secs = {idle}
sample = true
[kiosk]
enabled = true
listen = "127.0.0.1:0"
centre = "Kopir"
code = "{CODE}"
short = "{SHORT}"
visits_minute_max = 600
sample = true
[kiosk.paper]
path = {paper}
[upstream.sources.sample]
kind = "http"
url = "http://{office}/v1"
allow_private = ["127.0.0.1/32"]
[upstream.services."application.status"]
source = "sample"
"#,
            menus = text(&self.menus),
            cdr = text(&data.join("cdr")),
            audit = text(&data.join("audit")),
            store = text(&data.join("demo.redb")),
            port = smsc.port(),
            users = text(&data.join("desk-users.toml")),
            idle = self.desk_idle,
            paper = text(&data.join("paper")),
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
        password: &str,
    ) -> String {
        let bold = |text: String| out::coloured(out::Colour::Bold, &text);
        format!(
            "\nKopir runs on this machine. All data are samples.\n\n\
             \x20 Open this page  {}\n\n\
             \x20 Kiosk           {}: the same menus under a finger; what it prints goes to {}\n\
             \x20 Try             dial {CODE}, then O'zbekcha, 1, 1234567890, 4821\n\
             \x20                 dial *100*112# (danger); write SOS, KUN 0310 or STATUS 1234567890 4821 to {SHORT}\n\
             \x20 Be called back  dial *100*54# and say at the end: my phone, then an SMS\n\
             \x20 Answer          {}: sign in as desk, lead or admin; password {password} (a sample)\n\
             \x20 Change          edit a text in {}/ and save: the next dialogue shows it, a fault shows beside the phone\n\
             \x20 Break           curl -X PUT http://{office}/control -H 'content-type: application/json' -d '{{\"fault\":\"down\"}}'\n\
             \x20                 the same with '{{}}' makes the sample office well again\n\
             \x20 Watch           http://{admin}/metrics   /ready   /live\n\
             \x20 SMPP            {smsc}, system_id kopir, dialect spec\n\
             \x20 CDR, saved      {}{}\n\n  Stop with Ctrl-C.\n",
            bold(format!("http://{at}/phone")),
            bold(format!("http://{at}/kiosk")),
            data.folder.join("paper").display(),
            bold(format!("http://{at}/desk")),
            self.menus.display(),
            data.folder.display(),
            if data.kept { "" } else { " (thrown away at the end; --data FOLDER keeps it)" },
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
        std::fs::create_dir_all(folder.join("paper")).with_context(|| folder.display().to_string())?;
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

/// The menus as the terminal was last told of them.
struct Menus {
    bundle: String,
    problems: Vec<Problem>,
}

impl Menus {
    fn of(app: &App) -> Self {
        Self { bundle: app.bundle.borrow().clone(), problems: app.problems.borrow().clone() }
    }

    /// Says what has changed since.
    fn tell(&mut self, app: &App) {
        let now = Self::of(app);
        if now.problems != self.problems {
            for problem in &now.problems {
                out::say(&out::coloured(out::Colour::Red, &problem.to_string()));
            }
            out::say(match now.problems.is_empty() {
                true => "the menus are well again",
                false => "the last good menus keep serving",
            });
        }
        if now.bundle != self.bundle {
            out::say(&out::coloured(out::Colour::Green, &format!("menus {} are served", now.bundle)));
        }
        *self = now;
    }
}

/// Writes saved conversations, one file each, until the process stops.
async fn save(folder: PathBuf, mut saved: mpsc::Receiver<String>, mut stopping: Stopping) {
    let mut number = 0_u32;
    loop {
        let yaml = tokio::select! {
            yaml = saved.recv() => yaml,
            () = stopping.wait() => return,
        };
        let Some(yaml) = yaml else { return };
        number = number.saturating_add(1);
        let stamp = Clock::System.now().zoned().strftime("%Y%m%d-%H%M%S").to_string();
        let path = folder.join(format!("saved-{stamp}-{number}.yaml"));
        let written = tokio::fs::create_dir_all(&folder).await;
        let written = match written {
            Ok(()) => tokio::fs::write(&path, with_office(&yaml)).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => out::say(&format!(
                "conversation saved; play it: kopir check --conversations {}",
                path.display()
            )),
            Err(error) => out::told(&format!("{}: {error}", path.display())),
        }
    }
}

/// The conversation with what the sample office would answer, since the page does not know it.
fn with_office(yaml: &str) -> String {
    let Ok(sample) = Applications::sample() else { return yaml.to_owned() };
    let mut office = "\nupstream:\n  application.status:\n".to_owned();
    for one in sample.all().iter().filter(|one| yaml.contains(&one.number)) {
        let (number, last4, tail) = (&one.number, &one.last4, one.tail());
        office.push_str(&format!(
            "    - {{when: {{number: \"{number}\", last4: \"{last4}\"}}, outcome: found, \
             values: {{tail: \"{tail}\", state: {}, next: {}}}, as_of: {}}}\n",
            one.state, one.next, one.as_of
        ));
    }
    office.push_str("    - {outcome: unknown}\nturns:\n");
    yaml.replacen("\nturns:\n", &office, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_conversation_brings_the_office_it_was_played_with() {
        let page = "title: x\nturns:\n  - dial: \"*100#\"\n  - send: \"1234567890\"\n";
        let case = crate::rehearsal::case::parse(&with_office(page)).unwrap();
        let Some(crate::rehearsal::case::Office::Many(lines)) = case.upstream.get("application.status")
        else {
            panic!("{:?}", case.upstream)
        };
        assert_eq!(lines.len(), 2, "the one asked for, and that all others are unknown");
        assert_eq!(case.turns.len(), 2);
    }
}
