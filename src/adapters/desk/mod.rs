//! The desk: web pages for the people who answer call-backs and complaints. They work without JavaScript.

mod backoff;
mod convert;
mod deeds;
mod door;
mod events;
mod files;
mod html;
mod pages;
pub mod password;
mod roles;
mod session;
pub mod settings;
mod sign;
mod texts;
pub mod users;
mod views;

pub use texts::LANGS;

use self::backoff::Backoff;
use self::door::{Cookie, Cookies, FormKey, LOOKING_ON};
use self::pages::{Page, frame};
use self::password::Judge;
use self::session::{Sessions, Visitor, hashed};
use self::settings::DeskSettings;
use self::texts::Texts;
use self::users::Roll;
use crate::clock::Clock;
use crate::domain::hours::Hours;
use crate::domain::lang::Lang;
use crate::domain::person::Person;
use crate::domain::ticket::{DeskText, Queue, Ticket, TicketNo};
use crate::domain::time::Timestamp;
use crate::gateway::board::{Board, BoardError};
use crate::tasks::Tasks;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use core::pin::Pin;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Octets of a form at most: a note of 600 characters, percent-encoded, with room.
const BODY_MAX: usize = 32 * 1024;
/// For reading a form and answering it.
const ANSWER_MAX: Duration = Duration::from_secs(20);
/// Pages that may watch at a time.
const WATCHERS_MAX: usize = 128;
/// Only our own files; nothing inline, nothing from elsewhere, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// What no page of ours needs.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
    microphone=(), payment=(), usb=(), clipboard-write=(self)";

/// What somebody at the desk looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The user's name.
    pub by: String,
    /// At what.
    pub what: Looked,
    /// Of which ticket.
    pub no: TicketNo,
    /// Whose ticket.
    pub person: Person,
}

/// What is logged before it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// What the person wrote.
    Text,
    /// The number.
    Number,
}

impl Looked {
    /// The word in the trail.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
        }
    }
}

/// Writes a look into the access log. An error keeps what was asked for hidden.
pub type Audit = Arc<dyn Fn(Look) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Sends the person of a ticket, by a user, one of the prepared texts: `Gateway::text`, or what stands for it.
pub type Text = Arc<
    dyn Fn(TicketNo, String, DeskText) -> Pin<Box<dyn Future<Output = Result<Ticket, BoardError>> + Send>>
        + Send
        + Sync,
>;

/// When which queue is staffed: the menus may change it while the desk is open.
pub type Staffed = Arc<dyn Fn() -> BTreeMap<Queue, Hours> + Send + Sync>;

/// What the desk is given.
pub struct DeskHost {
    /// As configured.
    pub settings: DeskSettings,
    /// The tickets.
    pub board: Arc<Board>,
    /// When which queue is staffed, as it stands now.
    pub staffed: Staffed,
    /// Sends a person one of the prepared texts.
    pub text: Text,
    /// Now.
    pub clock: Clock,
    /// The access log.
    pub audit: Audit,
    /// Where the pages' tasks run.
    pub tasks: Tasks,
}

/// Why the desk cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The users' file.
    #[error("desk.users_file: {0}")]
    Users(#[from] users::UsersError),
    /// The words that are built in.
    #[error(transparent)]
    Texts(#[from] texts::TextsError),
    /// Hashing or randomness.
    #[error("desk: {0}")]
    Password(#[from] password::PasswordError),
    /// No randomness.
    #[error("desk: no randomness")]
    Randomness,
}

/// The desk as its pages see it.
struct Desk {
    host: DeskHost,
    roll: Roll,
    judge: Judge,
    sessions: Sessions,
    backoff: Backoff,
    texts: Texts,
    form_key: FormKey,
    cookies: Cookies,
    watchers: Arc<Semaphore>,
}

/// The routes under `/desk`.
///
/// # Errors
/// `DeskError`.
pub fn router(host: DeskHost) -> Result<Router, DeskError> {
    let settings = &host.settings;
    let desk = Desk {
        roll: Roll::open(&settings.users_file)?,
        judge: Judge::new()?,
        sessions: Sessions::new(settings.idle(), settings.session_max()),
        backoff: Backoff::default(),
        texts: Texts::new()?,
        form_key: FormKey::new().map_err(|_| DeskError::Randomness)?,
        cookies: Cookies::of(settings),
        watchers: Arc::new(Semaphore::new(WATCHERS_MAX)),
        host,
    };
    if desk.roll.now().is_empty() {
        tracing::warn!("the desk has no users; make one: kopir users add NAME --role desk");
    }
    Ok(Router::new()
        .route("/desk", get(|| async { Redirect::to("/desk/list") }))
        .route("/desk/sign-in", get(sign::ask).post(sign::sign_in))
        .route("/desk/sign-out", post(sign::sign_out))
        .route("/desk/language", post(sign::language))
        .route("/desk/stay", post(sign::stay))
        .route("/desk/list", get(views::list))
        .route("/desk/closed", get(views::closed))
        .route("/desk/service", get(views::service))
        .route("/desk/events", get(events::events))
        .route("/desk/t/{no}", get(views::ticket))
        .route("/desk/t/{no}/acts", get(views::acts))
        .route("/desk/t/{no}/{deed}", post(deeds::deed))
        .route("/desk/files/{name}", get(files::file))
        .fallback(views::missing)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::middleware::from_fn(guarded))
        .with_state(Arc::new(desk)))
}

/// Bounds the time of every request and sets the headers of every answer.
async fn guarded(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(ANSWER_MAX, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_late| StatusCode::REQUEST_TIMEOUT.into_response());
    // Only what has its hash in its address may be kept.
    crate::door::dress(&mut response, POLICY, PERMISSIONS);
    crate::door::apart(&mut response);
    response
}

type At = State<Arc<Desk>>;

impl Desk {
    fn now(&self) -> Timestamp {
        self.host.clock.now()
    }

    /// Who asks, if signed in.
    fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        let id = self.cookies.brought(headers, Cookie::Session)?;
        let by_hand = !headers.contains_key(LOOKING_ON);
        self.of_session(&id, by_hand)
    }

    fn of_session(&self, id: &str, by_hand: bool) -> Option<Visitor> {
        let users = self.roll.now();
        self.sessions.visitor(id, self.now(), by_hand, |name, proof| {
            let user = users.get(name)?;
            (hashed(&user.password) == *proof).then_some(user.role)
        })
    }

    /// A page of somebody signed in.
    fn page<'a>(&'a self, visitor: &'a Visitor, here: &str) -> Page<'a> {
        Page {
            texts: &self.texts,
            lang: visitor.lang,
            visitor: Some(visitor),
            sample: self.host.settings.sample,
            idle_secs: self.sessions.idle().as_secs(),
            here: here.to_owned(),
        }
    }

    /// A page of nobody yet.
    fn outside(&self, lang: Lang) -> Page<'_> {
        Page {
            texts: &self.texts,
            lang,
            visitor: None,
            sample: self.host.settings.sample,
            idle_secs: 0,
            here: String::new(),
        }
    }

    /// The page that says there is no such thing.
    fn missing(&self, visitor: &Visitor) -> Response {
        let page = self.page(visitor, "/desk/list");
        frame::failed(StatusCode::NOT_FOUND, &page, &page.words().wrong.no_page)
    }

    /// The page that says the store is away.
    fn away(&self, visitor: &Visitor, error: &dyn core::fmt::Display) -> Response {
        tracing::warn!(%error, "the desk: the store does not answer");
        let page = self.page(visitor, "/desk/list");
        frame::failed(StatusCode::SERVICE_UNAVAILABLE, &page, &page.words().wrong.store)
    }
}
