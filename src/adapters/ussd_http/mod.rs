//! USSD over HTTP: providers post a person's input and show what we reply, each on a route with its own guard.

pub mod convert;
mod serve;
pub mod settings;

pub use serve::{Limits, serve};

use self::convert::{BadField, Ended, Form, Hop, Taken};
use self::settings::{RouteSettings, UssdHttpSettings};
use crate::clock::Clock;
use crate::domain::envelope::{BearerProfile, Inbound, LinkName, Outbound, StepKey};
use crate::door::Door;
use crate::gateway::{Gateway, Refusal, Refused, Turned};
use crate::metrics::Metrics;
use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use core::pin::Pin;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Dialogues of which the taken inputs are remembered. A forgotten one still goes on: then the last `*` counts.
const DIALOGUES_MAX: usize = 50_000;
/// What a turn may take beyond the wait for a service, before the provider is told to try again.
const TURN_SLACK: Duration = Duration::from_secs(3);
/// Shown when an answer outlives the request; language-neutral, since nothing is known here.
const LATE: &str = "...";

/// Takes one turn: `Gateway::turn`, or what stands for it.
pub type Turn = Arc<
    dyn Fn(Inbound, &Arc<BearerProfile>) -> Pin<Box<dyn Future<Output = Result<Turned, Refused>> + Send>>
        + Send
        + Sync,
>;

/// The turns of this gateway.
#[must_use]
pub fn through(gateway: Arc<Gateway>) -> Turn {
    Arc::new(move |inbound, bearer| Box::pin(gateway.turn(inbound, bearer)))
}

/// A route whose secret cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("ussd_http.routes.{route}.secret_file: {reason}")]
pub struct RouteError {
    /// Which.
    pub route: String,
    /// Why.
    pub reason: String,
}

/// The routes: `POST /ussd/{route}` and, when a dialogue is over, `POST /ussd/{route}/end`.
///
/// A provider that can set no header brings the secret in the path: `/ussd/{route}/k/{secret}` and
/// `/ussd/{route}/k/{secret}/end`.
///
/// # Errors
/// `RouteError` for the first secret that cannot be read.
pub fn router(
    settings: &UssdHttpSettings,
    turn: Turn,
    clock: Clock,
    metrics: Metrics,
) -> Result<Router, RouteError> {
    let mut all = Router::new();
    for (name, route) in &settings.routes {
        let door = Door::new(&route.allow_from, &route.proxies, route.secret_file.as_deref())
            .map_err(|reason| RouteError { route: name.clone(), reason })?;
        let state = Arc::new(Route {
            link: name.as_str().into(),
            settings: route.clone(),
            profile: Arc::new(route.profile()),
            door,
            taken: Mutex::default(),
            turn: turn.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
        });
        let paths = Router::new()
            .route(&format!("/ussd/{name}"), post(hop))
            .route(&format!("/ussd/{name}/end"), post(end))
            .route(&format!("/ussd/{name}/k/{{secret}}"), post(hop))
            .route(&format!("/ussd/{name}/k/{{secret}}/end"), post(end))
            .layer(DefaultBodyLimit::max(route.body_max_bytes))
            .with_state(state);
        all = all.merge(paths);
    }
    Ok(all)
}

/// One provider's route.
struct Route {
    link: LinkName,
    settings: RouteSettings,
    profile: Arc<BearerProfile>,
    door: Door,
    taken: Mutex<Dialogues>,
    turn: Turn,
    clock: Clock,
    metrics: Metrics,
}

/// What was taken in the dialogues under way; the oldest is forgotten first.
#[derive(Debug, Default)]
struct Dialogues {
    taken: BTreeMap<StepKey, Taken>,
    order: VecDeque<StepKey>,
}

impl Dialogues {
    fn put(&mut self, dialogue: StepKey, taken: Taken) {
        if self.taken.insert(dialogue, taken).is_none() {
            self.order.push_back(dialogue);
        }
        while self.order.len() > DIALOGUES_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.taken.remove(&oldest);
            }
        }
    }
}

/// Why a request is turned away, with a word for whoever reads the provider's log.
enum Away {
    Denied,
    Late,
    Form(FormRejection),
    Field(BadField),
    Busy,
}

impl Away {
    fn kind(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Late => "late",
            Self::Form(_) | Self::Field(_) => "bad",
            Self::Busy => "busy",
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
            Self::Form(rejection) => match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    plain(StatusCode::PAYLOAD_TOO_LARGE, "body is too large".to_owned())
                }
                StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                    plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "body must be a form".to_owned())
                }
                _ => plain(StatusCode::BAD_REQUEST, "body is not the form of a hop".to_owned()),
            },
        }
    }
}

fn plain(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], body)
        .into_response()
}

async fn hop(State(route): State<Arc<Route>>, secret: Option<Path<String>>, request: Request) -> Response {
    let replied = route.hop(secret.as_deref(), request).await;
    route.counted(replied)
}

async fn end(State(route): State<Arc<Route>>, secret: Option<Path<String>>, request: Request) -> Response {
    let replied = route.end(secret.as_deref(), request).await;
    route.counted(replied)
}

impl Route {
    fn counted(&self, replied: Result<(&'static str, Response), Away>) -> Response {
        let (kind, response) = replied.unwrap_or_else(|away| (away.kind(), away.into_response()));
        Metrics::count(&self.metrics.http, &self.link, kind);
        response
    }

    async fn form(&self, secret: Option<&String>, request: Request) -> Result<Form, Away> {
        if !self.door.lets_in(&request, secret.map(String::as_str)) {
            return Err(Away::Denied);
        }
        let limit = Duration::from_millis(self.settings.read_timeout_ms);
        let read = tokio::time::timeout(limit, axum::Form::<Form>::from_request(request, &())).await;
        let axum::Form(form) = read.map_err(|_| Away::Late)?.map_err(Away::Form)?;
        Ok(form)
    }

    async fn hop(&self, secret: Option<&String>, request: Request) -> Result<(&'static str, Response), Away> {
        let form = self.form(secret, request).await?;
        let hop = Hop::read(self.settings.dialect, form).map_err(Away::Field)?;
        let dialogue = hop.dialogue(&self.link);
        let before = self.dialogues(|all| all.taken.get(&dialogue).copied());
        let inbound = hop.inbound(&self.link, &self.settings, before, self.clock.now());
        let limit = self.profile.grace.saturating_add(TURN_SLACK);
        let turned =
            tokio::time::timeout(limit, (self.turn)(inbound, &self.profile)).await.map_err(|_| Away::Busy)?;
        let (kind, outbound) = match turned {
            Ok(turned) => {
                self.dialogues(|all| all.put(dialogue, hop.taken()));
                match turned.outbound {
                    Some(outbound) if outbound.ends => ("end", outbound),
                    Some(outbound) => ("con", outbound),
                    None => ("waiting", Outbound::page(LATE.to_owned(), true)),
                }
            }
            Err(refused) => {
                self.log(&refused.why);
                ("refused", Outbound { ends: true, ..refused.polite })
            }
        };
        Ok((kind, plain(StatusCode::OK, convert::reply(self.settings.dialect, &outbound))))
    }

    async fn end(&self, secret: Option<&String>, request: Request) -> Result<(&'static str, Response), Away> {
        let form = self.form(secret, request).await?;
        let ended = convert::ended(self.settings.dialect, &form).map_err(Away::Field)?;
        let hop = Hop::read(self.settings.dialect, form).map_err(Away::Field)?;
        if ended == Ended::Cut {
            let inbound = hop.abort(&self.link, self.clock.now());
            let turned = tokio::time::timeout(TURN_SLACK, (self.turn)(inbound, &self.profile)).await;
            if let Err(refused) = turned.map_err(|_| Away::Busy)? {
                self.log(&refused.why);
                return Err(Away::Busy);
            }
        }
        Ok((if ended == Ended::Cut { "abort" } else { "ended" }, plain(StatusCode::OK, String::new())))
    }

    fn dialogues<T>(&self, with: impl FnOnce(&mut Dialogues) -> T) -> T {
        with(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn log(&self, why: &Refusal) {
        tracing::warn!(route = %self.link, %why, "turn refused");
    }
}
