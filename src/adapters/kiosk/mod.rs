//! The kiosk: the page, its files, and the versioned JSON by which a visit to a shared device takes its turns.

mod about;
pub mod assets;
mod carry;
pub mod clips;
mod joined;
pub mod paper;
pub mod printer;
mod ring;
mod routes;
pub mod settings;
mod texts;
mod token;
mod view;
mod visit;
mod watch;
mod wrong;

pub use carry::Carry;
pub use ring::{RingFn, RingStands, Rings, RungFn};
pub use texts::{TextsError, utterances};
pub use watch::watch;

use self::paper::Print;
use self::settings::KioskSettings;
use self::visit::{Visits, Who};
use crate::clock::Clock;
use crate::domain::address::Dialled;
use crate::domain::envelope::{BearerProfile, Copy, Event, Inbound, LinkName, StepKey};
use crate::door;
use crate::gateway::{Gateway, Refused, Turned};
use crate::metrics::Metrics;
use crate::tasks::Tasks;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use core::pin::Pin;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use wrong::Wrong;

/// Octets of a body at most.
const BODY_MAX: usize = 4 * 1024;
/// For a request as a whole: above the longest wait and the printer.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// What the page needs of the machine: nothing.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(self), camera=(), clipboard-read=(), clipboard-write=(), \
    display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), microphone=(), midi=(), payment=(), \
    publickey-credentials-get=(), serial=(), usb=()";

/// A future of a seam.
pub type Soon<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Takes one turn: `Gateway::turn`, or what stands for it. The place in the queue is taken by the call.
pub type Turn = Arc<dyn Fn(Inbound, &Arc<BearerProfile>) -> Soon<Result<Turned, Refused>> + Send + Sync>;

/// The turns of this gateway.
#[must_use]
pub fn through(gateway: Arc<Gateway>) -> Turn {
    Arc::new(move |inbound, bearer| Box::pin(gateway.turn(inbound, bearer)))
}

/// What the kiosk is given.
pub struct KioskHost {
    /// As configured.
    pub settings: KioskSettings,
    /// Takes turns.
    pub turn: Turn,
    /// Makes what is on the screen ready to be gone on with on a phone; `None`: there is no such service.
    pub carry: Option<Carry>,
    /// Calls somebody; `None`: there is nobody.
    pub rings: Option<Rings>,
    /// Prints; `None`: there is no printer.
    pub print: Option<Print>,
    /// Now.
    pub clock: Clock,
    /// Figures.
    pub metrics: Metrics,
    /// Where turns run, so that a lost connection ends none of them.
    pub tasks: Tasks,
    /// Drawn at start; tells this process's deliveries from another's.
    pub id: u64,
}

/// Why the kiosk cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum KioskError {
    /// The words that are built in.
    #[error(transparent)]
    Texts(#[from] TextsError),
    /// The device's key.
    #[error("kiosk.key_file: {0}")]
    Key(String),
    /// What is dialled.
    #[error("kiosk.code cannot be dialled")]
    Code,
}

/// The kiosk as its routes see it.
pub struct Kiosk {
    host: KioskHost,
    link: LinkName,
    profile: Arc<BearerProfile>,
    code: Dialled,
    key: Option<door::Key>,
    texts: texts::Texts,
    clips: Option<clips::Clips>,
    visits: Mutex<Visits>,
}

impl Kiosk {
    /// A kiosk without visits.
    ///
    /// # Errors
    /// `KioskError`.
    pub fn new(host: KioskHost) -> Result<Arc<Self>, KioskError> {
        let settings = &host.settings;
        let key = settings.key_file.as_deref().map(door::Key::read).transpose().map_err(KioskError::Key)?;
        Ok(Arc::new(Self {
            link: settings.link(),
            profile: Arc::new(settings.profile()),
            code: Dialled::parse(&settings.code).map_err(|_| KioskError::Code)?,
            key,
            texts: texts::Texts::new()?,
            clips: settings.clips.clone().map(clips::Clips::new),
            visits: Mutex::default(),
            host,
        }))
    }

    /// Visits that are kept, those that are over and still to be erased too.
    #[must_use]
    pub fn visits(&self) -> usize {
        self.table(|visits| visits.len())
    }

    /// The routes under `/kiosk`.
    pub fn router(self: &Arc<Self>) -> Router {
        assets::ready();
        Router::new()
            .route("/kiosk", get(assets::page))
            .route("/kiosk/a/{hash}/{*path}", get(assets::file))
            .route("/kiosk/clips/{name}", get(clips::clip))
            .route("/kiosk/v1/about", get(about::about))
            .route("/kiosk/v1/visits", post(routes::begin))
            .route("/kiosk/v1/turns", post(routes::turn))
            .route("/kiosk/v1/stay", post(routes::stay))
            .route("/kiosk/v1/finish", post(routes::finish))
            .route("/kiosk/v1/carry", post(carry::carry))
            .route("/kiosk/v1/ring", get(ring::state).post(ring::ring))
            .route("/kiosk/v1/paper", post(paper::print))
            .route("/kiosk/{*rest}", any(|| async { Wrong::Missing }))
            .layer(DefaultBodyLimit::max(BODY_MAX))
            .layer(axum::middleware::from_fn(guarded))
            .with_state(self.clone())
    }

    fn table<T>(&self, with: impl FnOnce(&mut Visits) -> T) -> T {
        with(&mut self.visits.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self, event: &'static str) {
        Metrics::count(&self.host.metrics.visits, &self.host.settings.device, event);
    }

    /// A delivery of a visit. Its own step names it, so that the same input twice is two deliveries.
    fn delivery(&self, who: &Who, name: &[u8], event: Event) -> Inbound {
        let step = StepKey::of(&[self.link.as_bytes(), &who.dialogue.0, name]);
        Inbound {
            from: who.number.clone(),
            link: self.link.clone(),
            to: self.code.base.clone(),
            event,
            // Letters of a passport name tell nothing of those a person reads.
            script: None,
            lang: who.lang,
            dialogue: who.dialogue.0.to_vec(),
            copy: Copy { step, content: step, bind: self.host.id, doubtful: false },
            at: self.host.clock.now(),
        }
    }
}

type At = State<Arc<Kiosk>>;

/// Bounds the time of every request and sets the headers of every answer.
async fn guarded(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(ANSWER_MAX, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_late| Wrong::Unavailable.into_response());
    // Only what has its hash in its address may be kept. The page is not set `apart`: nothing opens a kiosk's only window and
    // no visit outlives a page, but for that a browser starts one more process before the first paint (50 ms).
    door::dress(&mut response, &assets::POLICY, PERMISSIONS);
    response
}
