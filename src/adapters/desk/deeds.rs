//! What is done with a ticket: one form, one change, and the ticket's page again.

use super::convert;
use super::pages::ticket::View;
use super::pages::{frame, ticket as one};
use super::roles::{Deed, may};
use super::session::Visitor;
use super::sign::{Fields, field};
use super::texts::{DoneWords, WrongWords};
use super::{At, Desk, Looked};
use crate::domain::ticket::{DeskText, Outcome, Refused, TEXT_MAX, Ticket, TicketChange};
use crate::gateway::board::BoardError;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

/// What a form asks for, or what is wrong with it.
enum Asked {
    Change(TicketChange, &'static str),
    Number,
    Text(DeskText),
    Not(StatusCode, String),
    Nothing,
}

/// Reads a form.
fn asked(desk: &Desk, visitor: &Visitor, ticket: &Ticket, deed: &str, fields: &Fields) -> Asked {
    let words = &desk.texts.of(visitor.lang).wrong;
    let bad = |text: &str| Asked::Not(StatusCode::UNPROCESSABLE_ENTITY, text.to_owned());
    let forbidden = || Asked::Not(StatusCode::FORBIDDEN, words.not_allowed.clone());
    match deed {
        "claim" => Asked::Change(TicketChange::Claim, "claim"),
        "release" => Asked::Change(TicketChange::Release, "release"),
        "escalate" => Asked::Change(TicketChange::Escalate, "escalate"),
        "number" if ticket.number.is_visit() => {
            Asked::Not(StatusCode::CONFLICT, desk.texts.of(visitor.lang).ticket.here.clone())
        }
        "number" => Asked::Number,
        "text" if ticket.state.holder() != Some(&visitor.name) => {
            Asked::Not(StatusCode::CONFLICT, words.not_claimed.clone())
        }
        "text" => {
            let which = DeskText::ALL.into_iter().find(|which| which.word() == field(fields, "which"));
            which.map_or_else(|| bad(&words.old_form), Asked::Text)
        }
        "called" => match field(fields, "reached") {
            "yes" => Asked::Change(TicketChange::Called { reached: true }, "called"),
            "no" => Asked::Change(TicketChange::Called { reached: false }, "called"),
            _ => bad(&words.old_form),
        },
        "note" => {
            let text = field(fields, "text").replace("\r\n", "\n");
            let text = text.trim();
            let n = text.chars().count();
            match n {
                0 => bad(&words.empty_note),
                1..=TEXT_MAX => Asked::Change(TicketChange::Note(text.to_owned()), "note"),
                _ => bad(&super::html::fill(
                    &words.long_note,
                    &[("n", &n.to_string()), ("max", &TEXT_MAX.to_string())],
                )),
            }
        }
        "close" => {
            let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.word() == field(fields, "outcome"));
            outcome.map_or_else(
                || bad(&words.no_outcome),
                |outcome| Asked::Change(TicketChange::Close(outcome), "close"),
            )
        }
        "reopen" if may(visitor.role, Deed::Reopen) => Asked::Change(TicketChange::Reopen, "reopen"),
        "assign" if may(visitor.role, Deed::Assign) => {
            let to = field(fields, "to");
            let fits = desk.colleagues(ticket).iter().any(|name| name == to);
            if fits {
                Asked::Change(TicketChange::Assign(to.to_owned()), "assign")
            } else {
                bad(&words.no_user)
            }
        }
        "reopen" | "assign" => forbidden(),
        _ => Asked::Nothing,
    }
}

/// What was done, by the word in the address.
pub(super) fn told_of<'a>(words: &'a DoneWords, done: &str) -> Option<&'a str> {
    Some(match done {
        "claim" => &words.claim,
        "release" => &words.release,
        "called" => &words.called,
        "text" => &words.text,
        "note" => &words.note,
        "escalate" => &words.escalate,
        "close" => &words.close,
        "reopen" => &words.reopen,
        "assign" => &words.assign,
        _ => return None,
    })
}

fn why<'a>(words: &'a WrongWords, refused: &Refused) -> &'a str {
    match refused {
        Refused::Taken => &words.taken,
        Refused::NotClaimed => &words.not_claimed,
        Refused::Closed => &words.closed,
        Refused::NotClosed => &words.not_closed,
        Refused::NotAsked => &words.not_asked,
    }
}

/// `POST /desk/t/NO/DEED`.
pub(super) async fn deed(
    State(desk): At,
    Path((no, deed)): Path<(String, String)>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let here = format!("/desk/t/{no}");
    let visitor = match desk.sender(&headers, &fields, &here) {
        Ok(visitor) => visitor,
        Err(response) => return *response,
    };
    let ticket = match desk.find(&visitor, &no).await {
        Ok(ticket) => ticket,
        Err(response) => return response,
    };
    let (by, now) = (visitor.name.clone(), desk.now());
    let (changed, word) = match asked(&desk, &visitor, &ticket, &deed, &fields) {
        Asked::Change(change, word) => (desk.host.board.change(&no, &by, change, now).await, Some(word)),
        Asked::Number => (desk.host.board.change(&no, &by, TicketChange::Shown, now).await, None),
        Asked::Text(which) => ((desk.host.text)(no.clone(), by, which).await, Some("text")),
        Asked::Not(status, text) => return desk.again(status, &visitor, &ticket, &text, &fields).await,
        Asked::Nothing => return desk.missing(&visitor),
    };
    match (changed, word) {
        (Ok(_), Some(word)) => Redirect::to(&format!("{here}?done={word}")).into_response(),
        (Ok(ticket), None) => desk.number(&visitor, &ticket).await,
        (Err(BoardError::Missing), _) => desk.missing(&visitor),
        (Err(BoardError::Refused(refused)), _) => {
            let text = why(&desk.texts.of(visitor.lang).wrong, &refused);
            // As it stands now, which is not as the form saw it.
            let ticket = desk.find(&visitor, &no).await.unwrap_or(ticket);
            desk.again(StatusCode::CONFLICT, &visitor, &ticket, text, &fields).await
        }
        (Err(error @ (BoardError::Busy | BoardError::Store(_))), _) => desk.away(&visitor, &error),
    }
}

impl Desk {
    /// The number, once its look stands in the log.
    async fn number(&self, visitor: &Visitor, ticket: &Ticket) -> Response {
        let looks = [Some(Looked::Number), ticket.text.as_ref().map(|_| Looked::Text)];
        for look in looks.into_iter().flatten() {
            if let Err(response) = self.log(visitor, look, ticket).await {
                return response;
            }
        }
        let page = self.page(visitor, &format!("/desk/t/{}", ticket.no));
        let number = Some(convert::number(ticket));
        let colleagues = self.colleagues(ticket);
        let view = View { ticket, now: self.now(), number, told: None, draft: "", colleagues };
        one::page(StatusCode::OK, &page, &view)
    }

    /// The ticket's page with what went wrong and what was typed.
    async fn again(
        &self,
        status: StatusCode,
        visitor: &Visitor,
        ticket: &Ticket,
        text: &str,
        fields: &Fields,
    ) -> Response {
        if ticket.text.is_some()
            && let Err(response) = self.log(visitor, Looked::Text, ticket).await
        {
            return response;
        }
        let page = self.page(visitor, &format!("/desk/t/{}", ticket.no));
        let (told, colleagues) = (Some(frame::wrong(text)), self.colleagues(ticket));
        let draft = field(fields, "text");
        one::page(status, &page, &View { ticket, now: self.now(), number: None, told, draft, colleagues })
    }
}
