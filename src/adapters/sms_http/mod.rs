//! SMS over HTTP: Kopir as the application behind Kannel, which hands over texts, takes letters and reports what became of them.

pub mod carrier;
pub mod convert;
pub mod params;
pub mod settings;

use self::carrier::{Route, RouteError};
use self::convert::{BadField, Heard};
use self::params::Params;
use self::settings::{RouteSettings, SmsHttpSettings};
use crate::clock::Clock;
use crate::domain::envelope::{BearerProfile, Inbound, LinkName};
use crate::domain::receipt::Receipt;
use crate::door::Door;
use crate::gateway::{Gateway, Refused, Turned};
use crate::metrics::Metrics;
use crate::ports::StoreError;
use crate::tasks::Tasks;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Semaphore, oneshot};

/// What a turn may take beyond the wait for a service, before Kannel is told to try again.
const TURN_SLACK: Duration = Duration::from_secs(3);
/// What a report may take before Kannel is told to try again.
const REPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes one turn: `Gateway::turn`, or what stands for it.
pub type Turn = Arc<
    dyn Fn(Inbound, &Arc<BearerProfile>) -> Pin<Box<dyn Future<Output = Result<Turned, Refused>> + Send>>
        + Send
        + Sync,
>;

/// Takes one receipt; well once what it says is in the store.
pub type ReceiptFn =
    Arc<dyn Fn(Receipt) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>> + Send + Sync>;

/// The turns of this gateway.
#[must_use]
pub fn through(gateway: Arc<Gateway>) -> Turn {
    Arc::new(move |inbound, bearer| Box::pin(gateway.turn(inbound, bearer)))
}

/// Every route as a carrier of letters.
///
/// # Errors
/// The first that cannot be opened.
pub fn routes(settings: &SmsHttpSettings, metrics: &Metrics) -> Result<Vec<Arc<Route>>, RouteError> {
    settings
        .routes
        .iter()
        .map(|(name, route)| Ok(Arc::new(Route::new(name, route, metrics.clone())?)))
        .collect()
}

/// What is called by Kannel: `GET` or `POST /sms/{route}` with a text, `GET /sms/{route}/dlr` with a report.
///
/// Kannel can set no header, so it brings the secret in the path: `/sms/{route}/k/{secret}` and `/sms/{route}/k/{secret}/dlr`.
/// Turns run on `tasks`, those of the links.
///
/// # Errors
/// `RouteError` for the first secret that cannot be read.
pub fn router(
    settings: &SmsHttpSettings,
    turn: &Turn,
    receipt: &ReceiptFn,
    clock: &Clock,
    metrics: &Metrics,
    tasks: &Tasks,
) -> Result<Router, RouteError> {
    let mut all = Router::new();
    for (name, route) in &settings.routes {
        let door = Door::new(&route.allow_from, &route.proxies, route.secret_file.as_deref())
            .map_err(|reason| RouteError { route: name.clone(), key: "secret_file", reason })?;
        let state = Arc::new(Ears {
            link: name.as_str().into(),
            profile: Arc::new(route.profile()),
            turns: Arc::new(Semaphore::new(route.turns)),
            settings: route.clone(),
            door,
            turn: turn.clone(),
            receipt: receipt.clone(),
            told: AtomicBool::new(false),
            clock: clock.clone(),
            metrics: metrics.clone(),
            tasks: tasks.clone(),
        });
        let paths = Router::new()
            .route(&format!("/sms/{name}"), get(letter).post(letter))
            .route(&format!("/sms/{name}/dlr"), get(report))
            .route(&format!("/sms/{name}/k/{{secret}}"), get(letter).post(letter))
            .route(&format!("/sms/{name}/k/{{secret}}/dlr"), get(report))
            .layer(DefaultBodyLimit::max(route.body_max_bytes))
            .with_state(state);
        all = all.merge(paths);
    }
    Ok(all)
}

/// The inbound side of one route.
struct Ears {
    link: LinkName,
    settings: RouteSettings,
    profile: Arc<BearerProfile>,
    turns: Arc<Semaphore>,
    door: Door,
    turn: Turn,
    receipt: ReceiptFn,
    told: AtomicBool,
    clock: Clock,
    metrics: Metrics,
    tasks: Tasks,
}

/// Why a request is turned away, with a word for whoever reads Kannel's log. Kannel tries again after every one of them.
enum Away {
    Denied,
    Late,
    Body(BytesRejection),
    Field(BadField),
    Busy,
    Refused,
}

impl Away {
    fn kind(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Late => "late",
            Self::Body(_) | Self::Field(_) => "bad",
            Self::Busy => "busy",
            Self::Refused => "refused",
        }
    }
}

impl IntoResponse for Away {
    fn into_response(self) -> Response {
        match self {
            Self::Denied => plain(StatusCode::FORBIDDEN, "not allowed".to_owned()),
            Self::Late => plain(StatusCode::REQUEST_TIMEOUT, "request came too slowly".to_owned()),
            Self::Field(field) => plain(StatusCode::BAD_REQUEST, field.to_string()),
            Self::Busy => plain(StatusCode::SERVICE_UNAVAILABLE, "no answer in time, try again".to_owned()),
            Self::Refused => plain(StatusCode::SERVICE_UNAVAILABLE, "not taken, try again".to_owned()),
            Self::Body(rejection) => plain(rejection.status(), "body cannot be read".to_owned()),
        }
    }
}

fn plain(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}

async fn letter(State(ears): State<Arc<Ears>>, secret: Option<Path<String>>, request: Request) -> Response {
    let taken = ears.letter(secret.as_deref(), request).await;
    ears.counted(taken)
}

async fn report(State(ears): State<Arc<Ears>>, secret: Option<Path<String>>, request: Request) -> Response {
    let taken = ears.report(secret.as_deref(), request).await;
    ears.counted(taken)
}

impl Ears {
    /// An empty 200, and only for what is committed: Kannel sends what stands in a body to the person.
    fn counted(&self, taken: Result<&'static str, Away>) -> Response {
        let (kind, response) = match taken {
            Ok(kind) => (kind, (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain")]).into_response()),
            Err(away) => (away.kind(), away.into_response()),
        };
        Metrics::count(&self.metrics.http, &self.link, kind);
        response
    }

    async fn letter(&self, secret: Option<&String>, request: Request) -> Result<&'static str, Away> {
        let params = self.params(secret, request).await?;
        // What is taken now would leave after the links have: another gateway takes it, or this one after its start.
        if self.tasks.stopping().is_now() {
            return Err(Away::Busy);
        }
        let place = self.turns.clone().try_acquire_owned().map_err(|_| Away::Busy)?;
        let heard =
            convert::letter(&params, &self.link, self.clock.now()).map_err(|field| self.told(field))?;
        let inbound = match heard {
            Heard::Aside(kind) => return Ok(kind),
            Heard::Letter(inbound) => *inbound,
        };
        let limit = self.profile.grace.saturating_add(TURN_SLACK);
        let turn = (self.turn)(inbound, &self.profile);
        let (done, turned) = oneshot::channel();
        // On its own: a smsbox that dies closes the connection, which would break a turn off between its commit and the
        // answer on its way.
        self.tasks.spawn("sms-turn", async move {
            // Nobody waits any more when Kannel is gone; it asks again, and hears of the copy.
            done.send(turn.await).ok();
            drop(place);
        });
        let turned = tokio::time::timeout(limit, turned).await.map_err(|_| Away::Busy)?;
        match turned.map_err(|_| Away::Busy)? {
            Ok(_) => Ok("letter"),
            Err(refused) => {
                tracing::debug!(route = %self.link, why = %refused.why, "letter left to Kannel");
                Err(Away::Refused)
            }
        }
    }

    async fn report(&self, secret: Option<&String>, request: Request) -> Result<&'static str, Away> {
        let params = self.params(secret, request).await?;
        let receipt =
            convert::report(&params, &self.link, self.clock.now()).map_err(|field| self.told(field))?;
        let taken = tokio::time::timeout(REPORT_TIMEOUT, (self.receipt)(receipt)).await;
        match taken.map_err(|_| Away::Busy)? {
            Ok(()) => Ok("receipt"),
            Err(error) => {
                tracing::warn!(route = %self.link, %error, "receipt left to Kannel");
                Err(Away::Refused)
            }
        }
    }

    /// A template of Kannel's that lacks something is the operator's to repair. He is told once: Kannel comes again for
    /// every text, each second.
    fn told(&self, field: BadField) -> Away {
        if self.told.swap(true, Ordering::Relaxed) {
            return Away::Field(field);
        }
        tracing::error!(route = %self.link, %field, "Kannel's URL for this route lacks something: docs/kannel.md shows it");
        Away::Field(field)
    }

    /// What the request carries: the query, then a form, or `X-Kannel-…` headers with the text as the body.
    async fn params(&self, secret: Option<&String>, request: Request) -> Result<Params, Away> {
        if !self.door.lets_in(&request, secret.map(String::as_str)) {
            return Err(Away::Denied);
        }
        let query = Params::read(request.uri().query().unwrap_or_default().as_bytes());
        if request.method() != Method::POST {
            return Ok(query);
        }
        let headers = request.headers().clone();
        let limit = Duration::from_millis(self.settings.read_timeout_ms);
        let read = tokio::time::timeout(limit, Bytes::from_request(request, &())).await;
        let body = read.map_err(|_| Away::Late)?.map_err(Away::Body)?;
        Ok(query.and(posted(&headers, &body)))
    }
}

/// What Kannel's `post-url` sends: a text as it is, and all else in headers.
fn posted(headers: &HeaderMap, body: &[u8]) -> Params {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = header(header::CONTENT_TYPE.as_str()).to_ascii_lowercase();
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Params::read(body);
    }
    let mut params = Params::default();
    params.add("text", body);
    let charset = kind.split_once("charset=").map(|(_, charset)| charset.trim_matches(['"', ' ', ';']));
    params.add("charset", charset.unwrap_or_default().as_bytes());
    for (name, from) in [("from", "x-kannel-from"), ("to", "x-kannel-to"), ("coding", "x-kannel-coding")] {
        params.add(name, header(from).as_bytes());
    }
    if kind.starts_with("application/octet-stream") {
        params.add("coding", b"1");
    }
    params
}
