//! A route as a carrier of letters: `sendsms` by POST, so many at once, and a pause of the whole route while Kannel is away.

use super::convert::{self, Through};
use super::settings::RouteSettings;
use crate::clock::instant;
use crate::domain::delivery::Lane;
use crate::domain::envelope::LinkName;
use crate::metrics::{Metrics, Name};
use crate::ports::{Carrier, Letter, Permit, SubmitError, Submitted};
use crate::reach;
use async_trait::async_trait;
use bytes::Bytes;
use core::time::Duration;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Bytes of an answer; Kannel's are one line.
const ANSWER_MAX_BYTES: usize = 4 * 1024;
/// Bytes of an answer's head.
const HEAD_MAX_BYTES: usize = 16 * 1024;
/// Below Kannel's own 60 s, so that no letter is written into a connection that Kannel is about to close.
const IDLE_MAX: Duration = Duration::from_secs(15);

type Http = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A route that cannot be opened; says nothing of secrets.
#[derive(Debug, thiserror::Error)]
#[error("sms_http.routes.{route}.{key}: {reason}")]
pub struct RouteError {
    /// Which.
    pub route: String,
    /// Of which setting.
    pub key: &'static str,
    /// Why.
    pub reason: String,
}

/// One route to one Kannel. It lives while `Gateway` does, and connects when there is something to send.
pub struct Route {
    name: LinkName,
    settings: RouteSettings,
    client: Http,
    url: Uri,
    username: HeaderValue,
    password: HeaderValue,
    reports: String,
    window: Arc<Semaphore>,
    /// Reminders and alerts have places of their own: what was asked for never waits behind them.
    bulk_window: Arc<Semaphore>,
    gate: Mutex<Gate>,
    /// One at a time waits for room, as in the links of SMPP: a place given back goes to the next who waits for it.
    waiting: tokio::sync::Mutex<()>,
    waiting_bulk: tokio::sync::Mutex<()>,
    metrics: Metrics,
}

impl core::fmt::Debug for Route {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Route({})", self.name)
    }
}

// Open -> Closed (no connection, or refused for now) -> Open (the pause is over) -> Closed (twice the pause) …
// An answer that is none of these opens it and forgets the pauses.
#[derive(Debug, Default)]
struct Gate {
    until: Option<Instant>,
    failures: u32,
}

impl Route {
    /// A route as configured; nothing is connected yet.
    ///
    /// # Errors
    /// A setting cannot be used; `SmsHttpSettings::problems` tells more, and before.
    pub fn new(name: &str, settings: &RouteSettings, metrics: Metrics) -> Result<Self, RouteError> {
        let fail = |key, reason: String| RouteError { route: name.to_owned(), key, reason };
        let url = settings.url.parse().map_err(|_| fail("url", "not a URL".to_owned()))?;
        let header = |key, text: &str| {
            HeaderValue::from_str(text).map_err(|_| fail(key, "holds signs a header cannot carry".to_owned()))
        };
        let username = header("username", &settings.username)?;
        let secret = settings.password().map_err(|error| fail("password_file", error.to_string()))?;
        let mut password = header("password", secret.expose())?;
        password.set_sensitive(true);
        let secret = settings.secret_file.as_deref().map(crate::door::secret).transpose();
        let secret = secret.map_err(|reason| fail("secret_file", reason))?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_millis(settings.connect_timeout_ms)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(settings.window_letters.saturating_add(settings.bulk_window()))
            .http1_max_buf_size(HEAD_MAX_BYTES)
            .build(reach::https(connector));
        Ok(Self {
            name: name.into(),
            reports: reports(name, settings, secret.as_deref()),
            window: Arc::new(Semaphore::new(settings.window_letters)),
            bulk_window: Arc::new(Semaphore::new(settings.bulk_window())),
            settings: settings.clone(),
            client,
            url,
            username,
            password,
            gate: Mutex::default(),
            waiting: tokio::sync::Mutex::default(),
            waiting_bulk: tokio::sync::Mutex::default(),
            metrics,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &LinkName {
        &self.name
    }

    /// Lower goes first.
    #[must_use]
    pub fn priority(&self) -> u8 {
        self.settings.priority
    }

    /// Whether letters may leave by it now.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_until().is_none()
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed_until(&self) -> Option<Instant> {
        self.gate().until.filter(|until| *until > instant())
    }

    /// Closes the route for its next pause. Letters that were under way together fail together and count once.
    fn pause(&self) {
        let mut gate = self.gate();
        let now = instant();
        if gate.until.is_some_and(|until| until > now) {
            return;
        }
        let least = Duration::from_millis(self.settings.pause_min_ms);
        let most = Duration::from_millis(self.settings.pause_max_ms);
        let pause = least.saturating_mul(1 << gate.failures.min(16)).min(most);
        gate.failures = gate.failures.saturating_add(1);
        gate.until = now.checked_add(pause);
    }

    fn open(&self) {
        *self.gate() = Gate::default();
    }

    fn request(&self, letter: &Letter) -> Result<Request<Full<Bytes>>, SubmitError> {
        let sms = convert::sendsms(letter, Through { smsc: &self.settings.smsc, reports: &self.reports });
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.url.clone())
            .header(USER_AGENT, concat!("kopir/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, sms.content_type)
            .header("x-kannel-username", self.username.clone())
            .header("x-kannel-password", self.password.clone());
        for (name, value) in &sms.headers {
            request = request.header(*name, value);
        }
        // A number of ours that no header can carry.
        let class = crate::domain::delivery::FailureClass::Malformed;
        request.body(Full::new(sms.body.into())).map_err(|_| SubmitError::Never { status: 0, class })
    }

    /// One exchange; status and the beginning of the answer.
    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<(u16, String), SubmitError> {
        let response = self.client.request(request).await.map_err(|error| {
            // Without a connection nothing has left.
            if error.is_connect() { SubmitError::Down } else { SubmitError::Unknown }
        })?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_MAX_BYTES).collect().await;
        // The status alone decides most; a body that broke off is as good as none.
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }

    async fn send(&self, letter: &Letter) -> Result<Submitted, SubmitError> {
        let request = self.request(letter)?;
        let limit = Duration::from_millis(self.settings.response_timeout_ms);
        let answer = tokio::time::timeout(limit, self.exchange(request)).await;
        let (status, answer) = answer.map_err(|_| SubmitError::Unknown)??;
        if status == 401 || status == 403 && answer.starts_with("Authorization") {
            tracing::error!(link = %self.name, status, "Kannel does not let us in: username, password or user-allow-ip");
        }
        convert::judge(status, &answer)?;
        Ok(Submitted { ids: vec![convert::token(letter)], sequence: None })
    }
}

impl Route {
    fn window_of(&self, lane: Lane) -> &Arc<Semaphore> {
        if lane.is_bulk() { &self.bulk_window } else { &self.window }
    }
}

/// Where Kannel's reports go, up to the query.
fn reports(name: &str, settings: &RouteSettings, secret: Option<&str>) -> String {
    let base = settings.callback.trim_end_matches('/');
    match secret {
        _ if base.is_empty() => String::new(),
        Some(secret) => format!("{base}/sms/{name}/k/{secret}/dlr"),
        None => format!("{base}/sms/{name}/dlr"),
    }
}

#[async_trait]
impl Carrier for Route {
    fn admit(&self, prefer: &LinkName, _parts: usize, lane: Lane) -> Option<Permit> {
        if !self.is_open() {
            return None;
        }
        // A letter is one request, however many parts Kannel cuts it into.
        let share = self.window_of(lane).clone().try_acquire_owned().ok()?;
        Some(Permit { link: self.name.clone(), preferred: self.name == *prefer, share })
    }

    async fn ready(&self, lane: Lane) {
        let waiting = if lane.is_bulk() { &self.waiting_bulk } else { &self.waiting };
        let _first = waiting.lock().await;
        loop {
            if let Some(until) = self.closed_until() {
                tokio::time::sleep_until(until).await;
            }
            drop(self.window_of(lane).acquire().await);
            if self.is_open() {
                return;
            }
        }
    }

    async fn submit(&self, permit: &Permit, letter: &Letter) -> Result<Submitted, SubmitError> {
        let begun = instant();
        let sent = if permit.preferred || self.settings.short.is_empty() {
            self.send(letter).await
        } else {
            // Another operator's SMSC neither knows the first link's number nor brings an answer to it back.
            self.send(&Letter { from: self.settings.short.clone(), ..letter.clone() }).await
        };
        let took = begun.elapsed();
        self.metrics
            .response_seconds
            .get_or_create(&Name { name: self.name.to_string() })
            .observe(took.as_secs_f64());
        match &sent {
            Ok(_) | Err(SubmitError::Never { .. }) => self.open(),
            Err(
                SubmitError::Down
                | SubmitError::Later { .. }
                | SubmitError::Unknown
                | SubmitError::Partly { .. },
            ) => self.pause(),
        }
        sent
    }
}
