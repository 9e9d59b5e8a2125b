//! The composition root: configuration → adapters → gateway → supervised tasks → orderly shutdown.

mod carriers;
mod desk;
mod health;
mod kiosk;
pub mod menus;
mod pushes;
pub mod trail;
mod vacancies;

use crate::adapters::store::Store;
use crate::adapters::upstream::Upstreams;
use crate::adapters::upstream::guard::Around;
use crate::adapters::{admin, audit, cdr, smpp, sms_http, ussd_http};
use crate::clock::Clock;
use crate::config::Config;
use crate::courier::Courier;
use crate::domain::delivery::Lane;
use crate::domain::menu::load::{Loaded, Source};
use crate::domain::menu::problem::{Problem, Severity};
use crate::domain::record::Record;
use crate::gateway::audit::Audit;
use crate::gateway::library::Library;
use crate::gateway::{Bearers, Gateway, Limits, Parts};
use crate::metrics::Metrics;
use crate::ports::Carrier;
use crate::ports::Gravity;
use crate::tasks::Tasks;
use anyhow::Context;
use carriers::Carriers;
use core::time::Duration;
pub use kiosk::Kiosk;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// How often depths are measured and silent dialogues written down.
const ROUND: Duration = Duration::from_secs(5);
/// How long HTTP servers and files may take to finish after the links have.
const BACKGROUND_STOP: Duration = Duration::from_secs(2);

/// A gateway that runs.
pub struct App {
    /// The turns.
    pub gateway: Arc<Gateway>,
    /// The links.
    pub smpp: smpp::Smpp,
    /// What is wrong with the menus as they stand on disk; empty when they are served.
    pub problems: watch::Receiver<Vec<Problem>>,
    /// The version that is served.
    pub bundle: watch::Receiver<String>,
    /// Where `/live`, `/ready` and `/metrics` are.
    pub admin: SocketAddr,
    /// Where the desk's pages are, if they are served.
    pub desk: Option<SocketAddr>,
    /// The kiosk, if it is served.
    pub kiosk: Option<Kiosk>,
    shelf: Shelf,
    tasks: Tasks,
    background: Tasks,
    stop_within: Duration,
}

/// The menus' folder and who is told of it.
struct Shelf {
    library: Arc<Library>,
    folder: PathBuf,
    allow_unreviewed: bool,
    seen: Vec<Source>,
    problems: watch::Sender<Vec<Problem>>,
    bundle: watch::Sender<String>,
}

/// Menus that are not fit to be served.
#[derive(Debug, thiserror::Error)]
#[error("the menus cannot be served")]
pub struct BadMenus(pub Vec<Problem>);

impl App {
    /// Starts everything on the current runtime (links and dialogues) and on `background`'s (HTTP, offices, files).
    ///
    /// # Errors
    /// What could not be started, with the cure where there is one; `BadMenus` for faults in the menus.
    pub async fn start(config: Config, tasks: Tasks, background: Tasks) -> anyhow::Result<Self> {
        Self::start_at(config, Clock::System, tasks, background).await
    }

    /// The same by another clock, so that a day can pass in a second.
    ///
    /// # Errors
    /// See `start`.
    pub async fn start_at(
        config: Config,
        clock: Clock,
        tasks: Tasks,
        background: Tasks,
    ) -> anyhow::Result<Self> {
        let metrics = Metrics::default();
        let shelf = Shelf::open(&config)?;
        let keys = config.store.keys().map_err(anyhow::Error::msg)?;
        let store = Store::open(&config.store, &keys, &metrics).await.map_err(anyhow::Error::msg)?;
        probe(&store, &clock, config.store.accept_unsafe).await?;
        let around = Around { clock: clock.clone(), metrics: metrics.clone(), tasks: background.clone() };
        let upstreams =
            Upstreams::build(&config.upstream, &keys.derived(b"upstream"), &store.shared, &around)?;
        let records = written_down(&config, &clock, &background)?;
        let id = random()?;
        let office = audit::Office {
            settings: config.audit.clone(),
            keep: config.retention.audit(),
            key: keys.derived(b"audit"),
            gateway: id,
            shared: store.shared.clone(),
            clock: clock.clone(),
        };
        let trail = trail(office, &background)?;
        let parts = Parts {
            sessions: store.sessions.clone(),
            outbox: store.outbox.clone(),
            receipts: store.receipts.clone(),
            shared: store.shared.clone(),
            upstreams: upstreams.services(),
            library: shelf.library.clone(),
            persons: keys.person_keys(),
            old_persons: keys.old_person_keys(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            tasks: tasks.clone(),
            background: background.clone(),
            records,
            audit: trail,
            id,
            limits: Limits { pushes: config.outbox.pushes(), ..config.limits() },
        };
        let gateway = Gateway::new(parts);
        let links = smpp::start(&config.smpp, gateway.clone(), &tasks, clock.clone(), metrics.clone());
        let routes = sms_http::routes(&config.sms_http, &metrics)?;
        let courier = Courier::new(gateway.parts(), carriers(&config, &links, &routes));
        gateway.connect(courier, links.pager(), bearers(&config));
        // Before anybody is looked at: without its vacancies a look would find nothing for him.
        let sent = vacancies::start(&config.vacancies, &gateway, &background)?;
        tend(&gateway, &tasks, &background);
        let desk = desk::serve(&config, &gateway, &background)?;
        let kiosk = kiosk::serve(&config, &gateway, &background)?;
        let ask = health::asking(store, upstreams, links.clone(), routes, clock.clone());
        let admin = serve_http(&config, &gateway, ask, sent, &background)?;
        shelf.keep(&gateway).await;
        Ok(Self {
            gateway,
            smpp: links,
            problems: shelf.problems.subscribe(),
            bundle: shelf.bundle.subscribe(),
            admin,
            desk,
            kiosk,
            shelf,
            tasks,
            background,
            stop_within: Duration::from_secs(config.gateway.stop_secs),
        })
    }

    /// Reads the menus again if a file has changed; a fault is told and the last good version keeps serving.
    pub async fn reload(&mut self) {
        if self.shelf.reload() {
            self.shelf.keep(&self.gateway).await;
        }
    }

    /// Stops: no new turns, those under way and their letters are finished, links unbind, files are closed.
    /// Whether everything ended within the time configured.
    pub async fn stop(self) -> bool {
        tracing::info!("stopping");
        self.tasks.stop();
        let all = self.tasks.drained(self.stop_within).await;
        self.gateway.close();
        drop((self.gateway, self.smpp));
        self.background.stop();
        let rest = self.background.drained(BACKGROUND_STOP).await;
        if !(all && rest) {
            tracing::warn!("something was cut off by the stop; its rows are recovered by their leases");
        }
        all && rest
    }
}

/// Opens the CDR files; where their lines go.
fn written_down(config: &Config, clock: &Clock, background: &Tasks) -> anyhow::Result<mpsc::Sender<Record>> {
    std::fs::create_dir_all(&config.cdr.folder)
        .with_context(|| format!("cdr.folder = {} cannot be made", config.cdr.folder.display()))?;
    let (records, written) = mpsc::channel(cdr::QUEUE_MAX);
    background.spawn("cdr", cdr::run(config.cdr.clone(), clock.clone(), written, background.stopping()));
    Ok(records)
}

/// Opens the audit trail's files.
fn trail(office: audit::Office, background: &Tasks) -> anyhow::Result<Audit> {
    let folder = &office.settings.folder;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("audit.folder = {} cannot be made", folder.display()))?;
    let (trail, noted) = Audit::channel();
    background.spawn("audit", audit::run(office, noted, background.stopping()));
    Ok(trail)
}

/// What goes on without an inbound for as long as the process runs.
fn tend(gateway: &Arc<Gateway>, tasks: &Tasks, background: &Tasks) {
    for lane in Lane::ALL {
        tasks.spawn("keeper", gateway.clone().keep(lane));
    }
    tasks.spawn("desk", gateway.clone().tend());
    tasks.spawn("receipts", gateway.clone().keep_receipts());
    tasks.spawn("round", round(gateway.clone(), tasks.clone()));
    background.spawn("retention", gateway.clone().retain());
}

impl Shelf {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let folder = config.menus.folder.clone();
        let allow_unreviewed = config.menus.allow_unreviewed;
        let (seen, loaded) = menus::open(&folder, allow_unreviewed)?;
        let Loaded { bundle, problems, .. } = loaded;
        let Some((bundle, reference)) = bundle else { return Err(BadMenus(problems).into()) };
        let warnings = problems.iter().filter(|problem| problem.severity == Severity::Warning).count();
        tracing::info!(menus = bundle.menus.len(), version = %bundle.id, warnings, "menus loaded");
        let id = bundle.id.to_string();
        let library = Arc::new(Library::new(bundle, reference));
        let (problems, _) = watch::channel(Vec::new());
        let (bundle, _) = watch::channel(id);
        Ok(Self { library, folder, allow_unreviewed, seen, problems, bundle })
    }

    /// Whether a new version is served now.
    fn reload(&mut self) -> bool {
        let sources = match menus::read(&self.folder) {
            Ok(sources) if sources == self.seen => return false,
            Ok(sources) => sources,
            Err(error) => {
                tracing::warn!(%error, "menus could not be read; the last good version keeps serving");
                return false;
            }
        };
        let loaded = crate::domain::menu::load::load(&sources, self.allow_unreviewed);
        self.seen = sources;
        let Some((bundle, reference)) = loaded.bundle else {
            let errors: Vec<Problem> =
                loaded.problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
            for problem in &errors {
                tracing::warn!(%problem, "fault in the menus; the last good version keeps serving");
            }
            self.problems.send_replace(errors);
            return false;
        };
        tracing::info!(version = %bundle.id, "menus published");
        self.bundle.send_replace(bundle.id.to_string());
        self.problems.send_replace(Vec::new());
        self.library.publish(bundle, reference);
        true
    }

    /// Puts the version into the store, so that dialogues begun on it can end on it after a restart.
    async fn keep(&self, gateway: &Gateway) {
        let parts = gateway.parts();
        let id = self.library.current().id;
        if let Err(error) = self.library.keep(id, &self.seen, &*parts.shared, parts.clock.now()).await {
            tracing::warn!(%error, "the menus' version could not be kept in the store");
        }
    }
}

/// What the store found is told; what is unsafe is refused unless that is accepted.
async fn probe(store: &Store, clock: &Clock, accept_unsafe: bool) -> anyhow::Result<()> {
    let findings = store.shared.probe(clock.now()).await.context("the store does not answer")?;
    let mut refused = Vec::new();
    for finding in findings {
        match finding.gravity {
            Gravity::Note => tracing::info!("store: {}", finding.text),
            Gravity::Old => tracing::warn!("store: {}", finding.text),
            Gravity::Unsafe if accept_unsafe => tracing::warn!("store, accepted as unsafe: {}", finding.text),
            Gravity::Unsafe => refused.push(finding.text),
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    anyhow::bail!(
        "the store is not safe: {}. To serve all the same: store.accept_unsafe = true",
        refused.join("; ")
    )
}

/// The profile of every link and route, for second turns.
fn bearers(config: &Config) -> Bearers {
    let mut bearers = Bearers::new();
    for (name, link) in &config.smpp.links {
        if link.carries(smpp::settings::Carries::Ussd) {
            bearers.insert((name.clone(), true), Arc::new(link.ussd.profile(&link.sms.short)));
        }
        if link.carries(smpp::settings::Carries::Sms) {
            bearers.insert((name.clone(), false), Arc::new(link.sms.profile(&link.ussd.code)));
        }
    }
    for (name, route) in &config.ussd_http.routes {
        bearers.insert((name.clone(), true), Arc::new(route.profile()));
    }
    for (name, route) in &config.sms_http.routes {
        bearers.insert((name.clone(), false), Arc::new(route.profile()));
    }
    if config.kiosk.enabled {
        bearers.insert((config.kiosk.link().to_string(), true), Arc::new(config.kiosk.profile()));
    }
    bearers
}

/// Every link that carries letters: routing by live state, priority and failover holds across SMPP and HTTP.
fn carriers(
    config: &Config,
    links: &smpp::Smpp,
    routes: &[Arc<sms_http::carrier::Route>],
) -> Arc<dyn Carrier> {
    let smpp = config.smpp.links.iter().map(|(name, link)| (link.priority, name.as_str().into()));
    let mut all = Carriers::default().with(links.carrier(), smpp);
    for route in routes {
        all = all.with(route.clone(), [(route.priority(), route.name().clone())]);
    }
    Arc::new(all)
}

/// Where receipts over HTTP go.
fn receipts(gateway: &Arc<Gateway>) -> sms_http::ReceiptFn {
    let gateway = gateway.clone();
    Arc::new(move |receipt| {
        let gateway = gateway.clone();
        Box::pin(async move { gateway.receipt(receipt).await })
    })
}

fn serve_http(
    config: &Config,
    gateway: &Arc<Gateway>,
    ask: admin::Ask,
    sent: Option<axum::Router>,
    background: &Tasks,
) -> anyhow::Result<SocketAddr> {
    let metrics = &gateway.parts().metrics;
    let mut registry = prometheus_client::registry::Registry::default();
    metrics.register(&mut registry);
    let admin = listen(
        config.admin.listen,
        "admin.listen",
        admin::router(Arc::new(registry), ask, pushes::switch(gateway.clone())),
        background,
    )?;
    if !(config.ussd_http.routes.is_empty() && config.sms_http.routes.is_empty() && sent.is_none()) {
        let clock = gateway.parts().clock.clone();
        let turn = ussd_http::through(gateway.clone());
        let dialogues = ussd_http::router(&config.ussd_http, turn, clock.clone(), metrics.clone())?;
        let turn = sms_http::through(gateway.clone());
        let letters = sms_http::router(
            &config.sms_http,
            &turn,
            &receipts(gateway),
            &clock,
            metrics,
            &gateway.parts().tasks,
        )?;
        let all = dialogues.merge(letters).merge(sent.unwrap_or_default());
        listen(config.http.listen, "http.listen", all, background)?;
    }
    Ok(admin)
}

/// Serves a router on an address; the address really taken.
///
/// # Errors
/// The address cannot be taken; `key` names its setting.
pub fn listen(
    at: SocketAddr,
    key: &str,
    router: axum::Router,
    background: &Tasks,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(at).with_context(|| format!("{key} = {at} cannot be listened on"))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let tasks = background.clone();
    // The listener belongs to the reactor of the runtime that serves it.
    background.spawn("http", async move {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => ussd_http::serve(listener, router, ussd_http::Limits::default(), &tasks),
            Err(error) => tracing::error!(%error, "listener lost"),
        }
    });
    Ok(address)
}

/// Depths into the metrics, silent dialogues into the CDR.
async fn round(gateway: Arc<Gateway>, tasks: Tasks) {
    let mut stopping = tasks.stopping();
    loop {
        tokio::select! {
            () = stopping.wait() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        gateway.sweep();
        for lane in Lane::ALL {
            if let Ok(depth) = gateway.parts().outbox.depth(lane).await {
                let (metrics, name) = (&gateway.parts().metrics, lane.name());
                Metrics::set(&metrics.owed, name, i64::try_from(depth.owed).unwrap_or(i64::MAX));
                let now = gateway.parts().clock.now();
                let age = depth.oldest.map_or(0, |oldest| now.since(oldest).as_secs());
                Metrics::set(&metrics.owed_age, name, i64::try_from(age).unwrap_or(i64::MAX));
            }
        }
    }
}

fn random() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(u64::from_be_bytes(bytes))
}
