//! A keypad phone in the browser: the only HTTP of the simulator. It speaks to the simulated network, never to the gateway.

mod page;
mod people;
mod stream;

use super::smsc::SmscHandle;
use super::smsc::event::Sms;
use crate::domain::address::Msisdn;
use crate::domain::menu::problem::Problem;
use crate::tasks::Tasks;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use core::pin::Pin;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, watch};

/// Octets of a request of the page at most; a saved conversation is the largest.
const BODY_MAX: usize = 256 * 1024;
/// Characters typed at once at most.
const TYPED_MAX: usize = 2_000;
/// Pages that may watch at a time.
const WATCHERS_MAX: usize = 16;

/// What the page is given by the program that serves it.
pub struct PhoneHost {
    /// The network.
    pub smsc: SmscHandle,
    /// The code on the phone's first line, `*100#`.
    pub code: String,
    /// The number letters go to.
    pub short: String,
    /// What is wrong with the menus as they stand on disk; empty when they are served.
    pub problems: watch::Receiver<Vec<Problem>>,
    /// The version of the menus that is served.
    pub bundle: watch::Receiver<String>,
    /// Where a conversation goes that was saved (its YAML); without it the page offers a download.
    pub saved: Option<mpsc::Sender<String>>,
    /// Letters that the page offers to send; none hides the offer.
    pub examples: &'static [Example],
    /// The desk that answers calls asked for; without it the page tells of none.
    pub desk: Option<Desk>,
    /// Time that can be hurried to the next alert of work; without it the page offers none.
    pub hurry: Option<Hurry>,
    /// Where the page's tasks run.
    pub tasks: Tasks,
}

/// Lets time go on to when something happens by itself; what the clock shows then, and what has happened on the way.
pub type Hurry = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Hurried> + Send>> + Send + Sync>;

/// How far time was hurried.
#[derive(Clone, Debug, Serialize)]
pub struct Hurried {
    /// The date and time there, `2026-11-30 10:14`.
    pub now: String,
    /// Whether anybody is to be told of work then; else a day went by.
    pub due: bool,
    /// Vacancies that a feed brought on the way.
    pub brought: usize,
    /// Vacancies that it no longer has.
    pub closed: usize,
}

/// A letter as somebody might mistype it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Example {
    /// From whose phone, one of the page's people.
    pub msisdn: &'static str,
    /// The language's tag.
    pub lang: &'static str,
    /// The letter.
    pub text: &'static str,
    /// The word that was meant.
    pub meant: &'static str,
}

/// A desk with sample users, as the page tells of it.
#[derive(Clone, Serialize)]
pub struct Desk {
    /// Its address.
    pub url: String,
    /// Who may sign in.
    pub users: Vec<&'static str>,
    /// The sample password they share.
    pub password: String,
    /// What is dialled to ask for a call.
    pub dial: &'static str,
    /// The word that asks for one by letter.
    pub word: &'static str,
}

/// The host with the bound on watchers.
struct Page {
    host: Arc<PhoneHost>,
    watchers: Arc<Semaphore>,
}

/// The routes under `/phone`.
pub fn router(host: Arc<PhoneHost>) -> Router {
    let page = Arc::new(Page { host, watchers: Arc::new(Semaphore::new(WATCHERS_MAX)) });
    Router::new()
        .route("/phone", get(page::html))
        .route("/phone/phone.css", get(page::css))
        .route("/phone/phone.js", get(page::js))
        .route("/phone/phone.svg", get(page::icon))
        .route("/phone/api/setup", get(setup))
        .route("/phone/api/events", get(stream::events))
        .route("/phone/api/dial", post(dial))
        .route("/phone/api/answer", post(answer))
        .route("/phone/api/hang-up", post(hang_up))
        .route("/phone/api/sms", post(sms))
        .route("/phone/api/conversation", post(conversation))
        .route("/phone/api/hurry", post(hurry))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::middleware::map_response(page::guarded))
        .with_state(page)
}

/// What the page shows first.
#[derive(Serialize)]
struct Setup<'a> {
    code: &'a str,
    short: &'a str,
    bundle: String,
    problems: Vec<Problem>,
    saves: bool,
    examples: &'static [Example],
    desk: Option<&'a Desk>,
    hurries: bool,
    people: Vec<Phone>,
}

/// A person with what lies in the phone.
#[derive(Serialize)]
struct Phone {
    #[serde(flatten)]
    person: &'static people::Person,
    inbox: Vec<Sms>,
}

async fn setup(State(page): State<Arc<Page>>) -> Response {
    let host = &page.host;
    let people = people::PEOPLE.iter().map(|person| {
        let inbox = Msisdn::parse(person.msisdn).map(|msisdn| host.smsc.inbox(&msisdn)).unwrap_or_default();
        Phone { person, inbox }
    });
    Json(Setup {
        code: &host.code,
        short: &host.short,
        bundle: host.bundle.borrow().clone(),
        problems: host.problems.borrow().clone(),
        saves: host.saved.is_some(),
        examples: host.examples,
        desk: host.desk.as_ref(),
        hurries: host.hurry.is_some(),
        people: people.collect(),
    })
    .into_response()
}

/// What is done with a phone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pressed {
    msisdn: String,
    #[serde(default)]
    text: String,
}

impl Pressed {
    /// The phone, if it is one of the page's own and the text is not too long.
    fn phone(&self) -> Result<Msisdn, StatusCode> {
        let known = people::PEOPLE.iter().any(|person| person.msisdn == self.msisdn);
        if !known || self.text.chars().count() > TYPED_MAX {
            return Err(StatusCode::UNPROCESSABLE_ENTITY);
        }
        Msisdn::parse(&self.msisdn).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)
    }
}

async fn dial(State(page): State<Arc<Page>>, Json(pressed): Json<Pressed>) -> Result<StatusCode, StatusCode> {
    let msisdn = pressed.phone()?;
    if page.host.smsc.n_bound() == 0 {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    // The screens come back through the events.
    let _screens = page.host.smsc.dial(&msisdn, &pressed.text);
    Ok(StatusCode::ACCEPTED)
}

async fn answer(
    State(page): State<Arc<Page>>,
    Json(pressed): Json<Pressed>,
) -> Result<StatusCode, StatusCode> {
    let answered = page.host.smsc.answer(&pressed.phone()?, &pressed.text);
    if answered { Ok(StatusCode::ACCEPTED) } else { Err(StatusCode::CONFLICT) }
}

async fn hang_up(
    State(page): State<Arc<Page>>,
    Json(pressed): Json<Pressed>,
) -> Result<StatusCode, StatusCode> {
    page.host.smsc.hang_up(&pressed.phone()?);
    Ok(StatusCode::ACCEPTED)
}

async fn sms(State(page): State<Arc<Page>>, Json(pressed): Json<Pressed>) -> Result<StatusCode, StatusCode> {
    let msisdn = pressed.phone()?;
    if pressed.text.is_empty() {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    page.host.smsc.text(&msisdn, &page.host.short, &pressed.text);
    Ok(StatusCode::ACCEPTED)
}

async fn hurry(State(page): State<Arc<Page>>) -> Result<Json<Hurried>, StatusCode> {
    let hurry = page.host.hurry.as_ref().ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(hurry().await))
}

/// A conversation as YAML.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    yaml: String,
}

async fn conversation(
    State(page): State<Arc<Page>>,
    Json(conversation): Json<Conversation>,
) -> Result<StatusCode, StatusCode> {
    let saved = page.host.saved.as_ref().ok_or(StatusCode::NOT_FOUND)?;
    saved.try_send(conversation.yaml).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(StatusCode::ACCEPTED)
}
