//! SMPP 3.4 links: Kopir as an ESME towards SMSCs and USSD gateways.

pub mod alphabet;
pub mod backoff;
pub mod body;
pub mod carrier;
mod connection;
pub mod convert;
pub mod dialect;
mod dialogues;
pub mod join;
pub mod letters;
pub mod link;
pub mod octets;
pub mod pace;
pub mod pdu;
pub mod problems;
pub mod receipt;
pub mod recent;
pub mod settings;
pub mod timers;
pub mod tlv;
mod turns;
pub mod udh;
pub mod window;
mod wire;

use crate::clock::Clock;
use crate::domain::address::Msisdn;
use crate::domain::delivery::Lane;
use crate::domain::envelope::{BearerProfile, Inbound, LinkName, Outbound};
use crate::domain::receipt::Receipt;
use crate::gateway::{Gateway, Refused, Turned};
use crate::metrics::Metrics;
use crate::ports::{Carrier, Pager, StoreError, SubmitError};
use crate::tasks::Tasks;
use body::BindKind;
use core::pin::Pin;
use link::{Link, LinkState, Shared};
use settings::SmppSettings;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::sync::{Notify, broadcast};

/// One turn on its way.
pub type TurnFuture = Pin<Box<dyn Future<Output = Result<Turned, Refused>> + Send>>;
/// Who takes turns: the gateway, or a closure in tests.
pub type TurnFn = Arc<dyn Fn(Inbound, Arc<BearerProfile>) -> TurnFuture + Send + Sync>;

/// One receipt on its way.
pub type ReceiptFuture = Pin<Box<dyn Future<Output = Result<bool, StoreError>> + Send>>;
/// Who takes receipts: the gateway, or a closure in tests. Given a receipt and whether it is only a guess that it is one;
/// answers whether it was taken.
pub type ReceiptFn = Arc<dyn Fn(Receipt, bool) -> ReceiptFuture + Send + Sync>;

/// Who takes what links hear.
#[derive(Clone)]
pub struct Takers {
    /// Steps of dialogues and letters.
    pub turn: TurnFn,
    /// Delivery receipts.
    pub receipt: ReceiptFn,
}

impl From<TurnFn> for Takers {
    /// Receipts are taken and forgotten.
    fn from(turn: TurnFn) -> Self {
        Self { turn, receipt: Arc::new(|_, guess| Box::pin(async move { Ok(!guess) })) }
    }
}

/// A PDU as it passed, for the demo's page. It holds numbers, so it exists only where the demo asks for it; binds are
/// never in it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Which link.
    pub link: LinkName,
    /// Whether we sent it.
    pub outward: bool,
    /// One or several PDUs.
    pub hex: String,
}

/// One connection of a link, for `/ready` and the console.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LinkStatus {
    /// Which link.
    pub link: LinkName,
    /// `transceiver`, `transmitter` or `receiver`.
    pub bind: &'static str,
    /// Where it stands, or why not.
    pub state: LinkState,
}

/// Who waits for room in one kind of window.
#[derive(Debug)]
struct Waits {
    /// Parts of the letter that last found no room: what `ready` waits for.
    parts: AtomicUsize,
    /// One at a time waits for room. A place given back goes to the next who waits for it, also when whoever had it only
    /// looked whether there is one: among several it would go round for ever, and no letter would leave.
    first: tokio::sync::Mutex<()>,
}

impl Default for Waits {
    fn default() -> Self {
        Self { parts: AtomicUsize::new(1), first: tokio::sync::Mutex::default() }
    }
}

/// All links of this process. Cheap to clone.
#[derive(Clone)]
pub struct Smpp {
    links: Arc<[Arc<Link>]>,
    changed: Arc<Notify>,
    /// Who waits for room in the window of what people wait for, and in the window of bulk.
    waiting: Arc<[Waits; 2]>,
    trace: Option<broadcast::Sender<Trace>>,
}

/// Starts every link on the current runtime; they live until `tasks` stops, then unbind in order.
#[must_use]
pub fn start(
    settings: &SmppSettings,
    gateway: Arc<Gateway>,
    tasks: &Tasks,
    clock: Clock,
    metrics: Metrics,
) -> Smpp {
    start_with(settings, by(&gateway), tasks, clock, metrics, None)
}

/// As `start`, with whoever takes the turns, and a trace that holds as many PDUs as said.
#[must_use]
pub fn start_with(
    settings: &SmppSettings,
    takers: impl Into<Takers>,
    tasks: &Tasks,
    clock: Clock,
    metrics: Metrics,
    trace_pdus: Option<usize>,
) -> Smpp {
    let changed = Arc::new(Notify::new());
    let trace = trace_pdus.map(|most| broadcast::channel(most.max(1)).0);
    let shared = Shared {
        takers: takers.into(),
        tasks: tasks.clone(),
        clock,
        metrics,
        changed: changed.clone(),
        trace: trace.clone(),
    };
    let mut links: Vec<Arc<Link>> =
        settings.links.iter().map(|(name, link)| Arc::new(Link::new(name, link.clone(), &shared))).collect();
    links.sort_by_key(|link| link.settings.priority);
    for link in &links {
        for kind in link.settings.binds() {
            tasks.spawn("smpp-link", link.clone().keep(*kind));
        }
    }
    Smpp { links: links.into(), changed, waiting: Arc::default(), trace }
}

/// The gateway as a taker of turns. It is not kept alive by this: it holds the links in its turn, and its records' file
/// is only closed when it is gone.
#[must_use]
pub fn by(gateway: &Arc<Gateway>) -> Takers {
    let (turns, receipts) = (Arc::downgrade(gateway), Arc::downgrade(gateway));
    let turn: TurnFn = Arc::new(move |inbound, profile| match turns.upgrade() {
        Some(gateway) => Box::pin(gateway.turn(inbound, &profile)),
        // The links have ended before the gateway did: nobody waits for this.
        None => Box::pin(core::future::pending()),
    });
    let receipt: ReceiptFn = Arc::new(move |receipt, guess| match receipts.upgrade() {
        Some(gateway) => Box::pin(async move {
            if guess && !gateway.awaits(&receipt).await? {
                return Ok(false);
            }
            gateway.receipt(receipt).await.map(|()| true)
        }),
        None => Box::pin(core::future::pending()),
    });
    Takers { turn, receipt }
}

impl Smpp {
    /// The links as carriers of letters.
    #[must_use]
    pub fn carrier(&self) -> Arc<dyn Carrier> {
        Arc::new(self.clone())
    }

    /// The links as carriers of second pages.
    #[must_use]
    pub fn pager(&self) -> Arc<dyn Pager> {
        Arc::new(self.clone())
    }

    /// Every connection and where it stands.
    #[must_use]
    pub fn status(&self) -> Vec<LinkStatus> {
        let of = |link: &Arc<Link>| {
            let name = link.name.clone();
            link.states().into_iter().map(move |(kind, state)| {
                let bind = match kind {
                    BindKind::Transceiver => "transceiver",
                    BindKind::Transmitter => "transmitter",
                    BindKind::Receiver => "receiver",
                };
                LinkStatus { link: name.clone(), bind, state }
            })
        };
        self.links.iter().flat_map(of).collect()
    }

    fn waits(&self, lane: Lane) -> &Waits {
        let [waited_for, bulk] = &*self.waiting;
        if lane.is_bulk() { bulk } else { waited_for }
    }

    /// Waits until some link's state, or the room in its window, may have changed.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// PDUs as they pass, where `start_with` was asked for a trace.
    #[must_use]
    pub fn trace(&self) -> Option<broadcast::Receiver<Trace>> {
        self.trace.as_ref().map(broadcast::Sender::subscribe)
    }

    /// Sends a page to a dialogue that waits on `link`; `network` is its handle as `Inbound.dialogue` had it.
    ///
    /// # Errors
    /// As the SMSC or the link has it; `Down` for a link that is unknown or carries no dialogues.
    pub async fn push(
        &self,
        link: &LinkName,
        to: &Msisdn,
        network: &[u8],
        outbound: &Outbound,
    ) -> Result<(), SubmitError> {
        match self.links.iter().find(|known| known.name == *link) {
            Some(link) => link.push(to, network, outbound).await,
            None => Err(SubmitError::Down),
        }
    }
}
