//! What is looked at: the lists, a ticket, users and hours.

use super::deeds::told_of;
use super::pages::ticket::View;
use super::pages::{frame, list, service, ticket as one};
use super::roles::{Deed, may};
use super::session::Visitor;
use super::sign::{Fields, field};
use super::{At, Desk, Look, Looked};
use crate::domain::ticket::{Queue, Ticket};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Closed tickets shown at most.
const CLOSED_MAX: usize = 100;

impl Desk {
    /// Whether this role reads this queue.
    pub(super) fn sees(&self, visitor: &Visitor, queue: Queue) -> bool {
        self.host.settings.sees(visitor.role, queue)
    }

    /// The ticket of that number, if there is one that the visitor may see; else what to answer. That there is one for
    /// other eyes is not told.
    pub(super) async fn find(&self, visitor: &Visitor, no: &str) -> Result<Ticket, Response> {
        match self.host.board.get(no).await {
            Ok(Some(ticket)) if self.sees(visitor, ticket.queue) => Ok(ticket),
            Ok(_) => Err(self.missing(visitor)),
            Err(error) => Err(self.away(visitor, &error)),
        }
    }

    /// Who else may have the ticket.
    pub(super) fn colleagues(&self, ticket: &Ticket) -> Vec<String> {
        let users = self.roll.now();
        let fit = users.iter().filter(|(name, user)| {
            self.host.settings.sees(user.role, ticket.queue) && ticket.state.holder() != Some(name.as_str())
        });
        fit.map(|(name, _)| name.clone()).collect()
    }

    /// Writes a look into the access log; what was looked for is shown only after it.
    pub(super) async fn log(&self, visitor: &Visitor, what: Looked, ticket: &Ticket) -> Result<(), Response> {
        let (no, person) = (ticket.no.clone(), ticket.person);
        let look = Look { at: self.now(), by: visitor.name.clone(), what, no, person };
        (self.host.audit)(look).await.map_err(|error| {
            tracing::error!(%error, "the desk: a look could not be logged and was refused");
            let page = self.page(visitor, "/desk/list");
            frame::failed(StatusCode::SERVICE_UNAVAILABLE, &page, &page.words().wrong.not_logged)
        })
    }
}

/// `GET /desk/list`.
pub(super) async fn list(State(desk): At, headers: HeaderMap) -> Response {
    let Some(visitor) = desk.visitor(&headers) else { return desk.stranger(&headers, "/desk/list") };
    let now = desk.now();
    let tickets: Vec<Arc<Ticket>> = match desk.host.board.list(now).await {
        Ok(tickets) => tickets,
        Err(error) => return desk.away(&visitor, &error),
    };
    let seen: Vec<&Ticket> =
        tickets.iter().map(AsRef::as_ref).filter(|ticket| desk.sees(&visitor, ticket.queue)).collect();
    let reads = Queue::ALL.into_iter().any(|queue| desk.sees(&visitor, queue));
    list::open(&desk.page(&visitor, "/desk/list"), &seen, reads, now)
}

/// `GET /desk/closed`.
pub(super) async fn closed(State(desk): At, headers: HeaderMap) -> Response {
    let Some(visitor) = desk.visitor(&headers) else { return desk.stranger(&headers, "/desk/closed") };
    let tickets = match desk.host.board.closed(CLOSED_MAX).await {
        Ok(tickets) => tickets,
        Err(error) => return desk.away(&visitor, &error),
    };
    let seen: Vec<&Ticket> = tickets.iter().filter(|ticket| desk.sees(&visitor, ticket.queue)).collect();
    list::closed(&desk.page(&visitor, "/desk/closed"), &seen)
}

/// `GET /desk/service`.
pub(super) async fn service(State(desk): At, headers: HeaderMap) -> Response {
    let here = "/desk/service";
    let Some(visitor) = desk.visitor(&headers) else { return desk.stranger(&headers, here) };
    let page = desk.page(&visitor, here);
    if !may(visitor.role, Deed::Service) {
        return frame::failed(StatusCode::FORBIDDEN, &page, &page.words().wrong.not_allowed);
    }
    service::page(&page, &desk.host.settings, &desk.roll.now(), &(desk.host.staffed)(), desk.now())
}

/// `GET /desk/t/NO`.
pub(super) async fn ticket(
    State(desk): At,
    Path(no): Path<String>,
    Query(query): Query<Fields>,
    headers: HeaderMap,
) -> Response {
    let here = format!("/desk/t/{no}");
    let Some(visitor) = desk.visitor(&headers) else { return desk.stranger(&headers, &here) };
    let ticket = match desk.find(&visitor, &no).await {
        Ok(ticket) => ticket,
        Err(response) => return response,
    };
    if ticket.text.is_some()
        && let Err(response) = desk.log(&visitor, Looked::Text, &ticket).await
    {
        return response;
    }
    let page = desk.page(&visitor, &here);
    let told = told_of(&page.words().done, field(&query, "done")).map(frame::done);
    let colleagues = desk.colleagues(&ticket);
    let view = View { ticket: &ticket, now: desk.now(), number: None, told, draft: "", colleagues };
    one::page(StatusCode::OK, &page, &view)
}

/// `GET /desk/t/NO/acts`: how many acts it has, for a page that looks on; nothing of its content.
pub(super) async fn acts(State(desk): At, Path(no): Path<String>, headers: HeaderMap) -> Response {
    let Some(visitor) = desk.visitor(&headers) else { return desk.stranger(&headers, "/desk/list") };
    match desk.find(&visitor, &no).await {
        Ok(ticket) => ticket.acts.len().to_string().into_response(),
        Err(response) => response,
    }
}

/// Everything else.
pub(super) async fn missing(State(desk): At, headers: HeaderMap) -> Response {
    match desk.visitor(&headers) {
        Some(visitor) => desk.missing(&visitor),
        None => desk.stranger(&headers, ""),
    }
}
