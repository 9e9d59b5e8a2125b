//! An SMSC for the other end of our links: it accepts binds, holds phones, and misbehaves on demand.

pub mod alphabet;
pub mod dialect;
pub mod event;
pub mod faults;
mod handset;
pub mod ledger;
mod link;
mod network;
pub mod parts;
mod wire;

use crate::clock;
use crate::domain::address::Msisdn;
use crate::tasks::Tasks;
use bytes::Bytes;
use core::time::Duration;
use dialect::Dialect;
use event::{PhoneEvent, Screen, Sms, Trace, Why};
use faults::Faults;
use ledger::{Delivery, Submission, Sums};
use network::{Line, Network, Order};
use parts::LongForm;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, mpsc, watch};
use tokio::time::Instant;

/// PDUs a slow watcher of the trace may be behind before it misses some.
const TRACE_BEHIND_MAX: usize = 4096;
/// Connections at a time.
const LINKS_MAX: usize = 64;
/// How often silence and redelivery are looked at.
const TICK: Duration = Duration::from_millis(100);

/// What the simulator is. Not printable: it holds a password.
#[derive(Clone)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The `system_id` an ESME must give.
    pub system_id: String,
    /// Its password, 8 characters at most.
    pub password: String,
    /// How it speaks USSD.
    pub dialect: Dialect,
    /// The service's number where the dialect does not put the code into `destination_addr`.
    pub service_number: String,
    /// `deliver_sm` that may wait for their responses on one connection.
    pub window_pdus: usize,
    /// After which a `deliver_sm` is sent again and a silent ESME given up.
    pub response_timeout: Duration,
    /// After which a `deliver_sm` answered with a temporary error is sent again.
    pub redeliver_after: Duration,
    /// Times a `deliver_sm` is sent before it is given up.
    pub attempts_max: u32,
    /// Silence after which the network ends a dialogue.
    pub dialogue_timeout: Duration,
    /// Silence after which the simulator sends `enquire_link`.
    pub enquire_every: Duration,
    /// `deliver_sm` and `submit_sm` remembered, each; more lets a rig look further back and costs about 300 octets each.
    pub ledger_max: usize,
    /// What goes wrong from the start.
    pub faults: Faults,
    /// Of the dice.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            system_id: "kopir".to_owned(),
            password: "secret08".to_owned(),
            dialect: dialect::SPEC,
            service_number: "77010004006".to_owned(),
            window_pdus: 32,
            response_timeout: Duration::from_secs(10),
            redeliver_after: Duration::from_secs(5),
            attempts_max: 10,
            dialogue_timeout: Duration::from_secs(180),
            enquire_every: Duration::from_secs(30),
            ledger_max: 1 << 18,
            faults: Faults::default(),
            seed: 1,
        }
    }
}

/// What links and handles share.
struct Shared {
    settings: Settings,
    network: Mutex<Network>,
    trace: broadcast::Sender<Arc<Trace>>,
    tasks: Tasks,
    /// Told when an ESME has bound.
    changed: Notify,
    /// Whether nobody listens: connections are refused.
    away: watch::Sender<bool>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Network> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        clock::instant()
    }

    fn traces(&self) -> bool {
        self.trace.receiver_count() > 0
    }

    fn traced(&self, trace: Trace) {
        // The last watcher may just have left.
        self.trace.send(Arc::new(trace)).ok();
    }
}

/// A running simulator.
pub struct Smsc {
    /// Where it listens.
    pub address: SocketAddr,
    handle: SmscHandle,
}

impl Smsc {
    /// Listens, and serves until `tasks` stop.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(settings: Settings, tasks: &Tasks) -> std::io::Result<Self> {
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let (trace, _) = broadcast::channel(TRACE_BEHIND_MAX);
        let (away, _) = watch::channel(false);
        let shared = Arc::new(Shared {
            network: Mutex::new(Network::new(settings.clone(), clock::instant())),
            settings,
            trace,
            tasks: tasks.clone(),
            changed: Notify::new(),
            away,
        });
        tasks.spawn("smsc accept", listen(Arc::clone(&shared), address, listener));
        tasks.spawn("smsc ticks", ticks(Arc::clone(&shared)));
        Ok(Self { address, handle: SmscHandle { shared } })
    }

    /// A handle on its phones; cheap to clone.
    #[must_use]
    pub fn handle(&self) -> SmscHandle {
        self.handle.clone()
    }
}

/// Accepts, and while it is away refuses: then nobody listens, as while an SMSC restarts.
async fn listen(shared: Arc<Shared>, address: SocketAddr, listener: TcpListener) {
    let mut stopping = shared.tasks.stopping();
    let mut away = shared.away.subscribe();
    let (mut listener, mut id) = (Some(listener), 0_u64);
    loop {
        let Some(listening) = listener.take() else {
            tokio::select! {
                _back = away.wait_for(|away| !away) => {}
                () = stopping.wait() => return,
            }
            listener = TcpListener::bind(address).await.ok();
            if listener.is_none() {
                // Somebody else has the address for a moment.
                tokio::time::sleep(TICK).await;
            }
            continue;
        };
        tokio::select! {
            () = accept(&shared, &listening, &mut id) => {}
            _gone = away.wait_for(|away| *away) => {}
            () = stopping.wait() => return,
        }
    }
}

async fn accept(shared: &Arc<Shared>, listener: &TcpListener, id: &mut u64) {
    loop {
        let accepted = listener.accept().await;
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, most likely: accepting again at once would spin.
            tokio::time::sleep(TICK).await;
            continue;
        };
        let wake = Arc::new(Notify::new());
        {
            let mut network = shared.lock();
            if network.lines.len() >= LINKS_MAX || *shared.away.borrow() {
                continue;
            }
            *id = id.wrapping_add(1);
            network.lines.insert(*id, Line { wake: Arc::clone(&wake), ..Line::default() });
        }
        let link = link::Link::new(*id, Arc::clone(shared), wake, shared.now());
        shared.tasks.spawn("smsc link", link.run(stream));
    }
}

async fn ticks(shared: Arc<Shared>) {
    let mut stopping = shared.tasks.stopping();
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = stopping.wait() => return,
        }
        let now = shared.now();
        shared.lock().tick(now);
    }
}

/// The phones and the switches of a running simulator.
#[derive(Clone)]
pub struct SmscHandle {
    shared: Arc<Shared>,
}

/// A dialogue as its phone sees it.
#[derive(Debug)]
pub struct Dialogue {
    /// The simulator's number of it.
    pub id: u64,
    screens: mpsc::Receiver<Screen>,
}

impl Dialogue {
    /// The next page, `None` once the dialogue is over.
    pub async fn next(&mut self) -> Option<Screen> {
        self.screens.recv().await
    }
}

impl SmscHandle {
    /// Dials a code; a dialogue that was going on is ended first.
    #[must_use]
    pub fn dial(&self, msisdn: &Msisdn, code: &str) -> Dialogue {
        let (id, screens) = self.shared.lock().dial(msisdn, code, self.shared.now());
        Dialogue { id, screens }
    }

    /// Types an answer; false if no dialogue waits for one.
    pub fn answer(&self, msisdn: &Msisdn, text: &str) -> bool {
        self.shared.lock().answer(msisdn, text, self.shared.now())
    }

    /// Hangs up; false if there was nothing to hang up.
    pub fn hang_up(&self, msisdn: &Msisdn) -> bool {
        self.shared.lock().hang_up(msisdn, Why::HungUp, self.shared.now())
    }

    /// Sends a letter to a short number; the numbers of its parts in the ledger.
    pub fn text(&self, msisdn: &Msisdn, short: &str, text: &str) -> Vec<u64> {
        self.text_as(msisdn, short, text, LongForm::default())
    }

    /// The same with the form that a long one takes.
    pub fn text_as(&self, msisdn: &Msisdn, short: &str, text: &str, form: LongForm) -> Vec<u64> {
        self.shared.lock().text(msisdn, short, text, form, self.shared.now())
    }

    /// Sends octets as they are (a quirk) as if they were a `deliver_sm` of this phone; its sequence number is set.
    pub fn raw(&self, msisdn: &Msisdn, pdu: impl Into<Bytes>) -> u64 {
        self.shared.lock().raw(msisdn, pdu.into(), self.shared.now())
    }

    /// The letters of a phone, oldest first, the last 20.
    #[must_use]
    pub fn inbox(&self, msisdn: &Msisdn) -> Vec<Sms> {
        self.shared.lock().handsets.inbox(msisdn)
    }

    /// What arrives at any phone from now on; who falls far behind misses some and is told how many.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<PhoneEvent> {
        self.shared.lock().events.subscribe()
    }

    /// The PDUs that pass from now on. Costs a decoding each while anyone watches.
    #[must_use]
    pub fn trace(&self) -> broadcast::Receiver<Arc<Trace>> {
        self.shared.trace.subscribe()
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.lock().set_faults(faults);
    }

    /// Cuts all connections without a word.
    pub fn cut(&self) {
        self.shared.lock().order_all(Order::Cut);
    }

    /// Stops listening and cuts all connections, as an SMSC that crashes; what it has taken in it keeps.
    pub fn go_away(&self) {
        // Under the lock: whoever is accepted at this moment is either cut or not let in.
        let mut network = self.shared.lock();
        self.shared.away.send_replace(true);
        network.order_all(Order::Cut);
    }

    /// Listens again, after `go_away`.
    pub fn come_back(&self) {
        self.shared.away.send_replace(false);
    }

    /// Unbinds all connections in order.
    pub fn unbind(&self) {
        self.shared.lock().order_all(Order::Unbind);
    }

    /// Every `deliver_sm` (the last `ledger_max`), oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().ledger.deliveries()
    }

    /// Every accepted `submit_sm` (the last `ledger_max`), oldest first.
    #[must_use]
    pub fn submissions(&self) -> Vec<Submission> {
        self.shared.lock().ledger.submissions()
    }

    /// Sums since the start.
    #[must_use]
    pub fn sums(&self) -> Sums {
        self.shared.lock().ledger.sums
    }

    /// Connections that are bound now.
    #[must_use]
    pub fn n_bound(&self) -> usize {
        self.shared.lock().lines.values().filter(|line| line.bound).count()
    }

    /// Waits until at least `n` connections are bound.
    pub async fn bound(&self, n: usize) {
        loop {
            let changed = self.shared.changed.notified();
            if self.n_bound() >= n {
                return;
            }
            changed.await;
        }
    }
}
