//! The lists: who waits, by age, danger apart; and what is closed.

use super::super::html::Html;
use super::frame::{whole, with};
use super::when::{age, is_safe, machine, moment, span};
use super::{Page, way};
use crate::domain::ticket::{Queue, Ticket, TicketState};
use crate::domain::time::Timestamp;
use axum::http::StatusCode;
use axum::response::Response;

/// Rows of a list at most; the oldest are shown, and it is said how many are not.
const ROWS_MAX: usize = 200;

/// One part of the open list.
struct Part<'a> {
    title: &'a str,
    note: Option<&'a str>,
    class: &'static str,
    rows: Vec<&'a Ticket>,
}

/// What is open, oldest first: what is mine, danger, what was escalated, the rest, complaints.
fn parts<'a>(page: &'a Page<'_>, tickets: &[&'a Ticket]) -> Vec<Part<'a>> {
    let words = &page.words().list;
    let mut parts = [
        (&words.danger, Some(&words.danger_note), "danger"),
        (&words.yours, None, "yours"),
        (&words.escalated, None, "escalated"),
        (&words.waiting, None, "waiting"),
        (&words.complaints, Some(&words.complaints_note), "complaints"),
    ]
    .map(|(title, note, class)| Part { title, note: note.map(String::as_str), class, rows: Vec::new() });
    let mut open: Vec<&Ticket> = tickets
        .iter()
        .copied()
        .filter(|ticket| !matches!(ticket.state, TicketState::Closed { .. }))
        .collect();
    open.sort_by_key(|ticket| ticket.created);
    let [danger, yours, escalated, waiting, complaints] = &mut parts;
    for ticket in open {
        let part = match ticket.queue {
            Queue::Danger => &mut *danger,
            _ if ticket.state.holder().is_some() && ticket.state.holder() == page.me() => &mut *yours,
            Queue::Complaint => &mut *complaints,
            Queue::CallBack | Queue::Case if ticket.escalated => &mut *escalated,
            Queue::CallBack | Queue::Case => &mut *waiting,
        };
        part.rows.push(ticket);
    }
    parts.into_iter().filter(|part| !part.rows.is_empty()).collect()
}

/// The open list. `reads`: whether the role reads any queue at all.
pub(in super::super) fn open(page: &Page<'_>, tickets: &[&Ticket], reads: bool, now: Timestamp) -> Response {
    let words = page.words();
    let parts = parts(page, tickets);
    let n_open: usize = parts.iter().map(|part| part.rows.len()).sum();
    let mut html = Html::new();
    html.put(
        "<div class=\"title\"><h1>{}</h1> <a class=\"reload\" href=\"/desk/list\">{}</a></div>",
        &[&words.list.title, &words.page.reload],
    );
    html.put("<div id=\"live\" data-live=\"list\" data-count=\"{}\">", &[&n_open.to_string()]);
    if parts.is_empty() {
        let (text, note) = match reads {
            true => (&words.list.empty, Some(&words.list.empty_note)),
            false => (&words.list.not_yours, None),
        };
        html.add(&empty(text, note.map(String::as_str)));
    }
    for part in &parts {
        html.put("<section class=\"part {}\" aria-labelledby=\"part-{}\">", &[part.class, part.class]);
        html.put(
            "<h2 id=\"part-{}\">{} <span class=\"count\">{}</span></h2>",
            &[part.class, part.title, &part.rows.len().to_string()],
        );
        if let Some(note) = part.note {
            html.put("<p class=\"note\">{}</p>", &[note]);
        }
        html.put("<ul class=\"rows\">", &[]);
        for ticket in part.rows.iter().take(ROWS_MAX) {
            html.add(&row(page, ticket, now));
        }
        html.put("</ul>", &[]);
        let rest = part.rows.len().saturating_sub(ROWS_MAX);
        if rest > 0 {
            html.put("<p class=\"note\">{}</p>", &[&with(&words.list.more, "n", &rest.to_string())]);
        }
        html.put("</section>", &[]);
    }
    html.put("</div>", &[]);
    if n_open > 0 {
        html.put("<p class=\"keys\" hidden>{}</p>", &[&words.list.keys]);
    }
    whole(StatusCode::OK, page, &words.list.title, &html)
}

fn row(page: &Page<'_>, ticket: &Ticket, now: Timestamp) -> Html {
    let words = page.words();
    let no = &ticket.no;
    let mut html = Html::new();
    html.put(
        "<li class=\"row\"><div class=\"age\"><time datetime=\"{}\">{}</time>",
        &[&machine(ticket.created), &age(words, ticket.created, now)],
    );
    if ticket.is_overdue(now) || (ticket.escalated && now >= ticket.due) {
        html.put(" <b class=\"overdue\">{}</b>", &[&words.list.overdue]);
    }
    html.put(
        "</div><div class=\"what\"><a id=\"t-{}\" href=\"/desk/t/{}\">{}</a> <span class=\"no\">{}</span>",
        &[no, no, words.topic(&ticket.topic), no],
    );
    html.put(
        "<p><span class=\"queue\">{}</span> · {} · ",
        &[words.queue(ticket.queue), words.lang(ticket.lang)],
    );
    html.add(&safe_hours(page, ticket, now)).put("</p></div>", &[]);
    html.put("<div class=\"where\">", &[]).add(&way::small(&ticket.state));
    html.put("<span>{}</span>", &[words.state(&ticket.state)]);
    if let Some(holder) = ticket.state.holder() {
        html.put(" <span class=\"holder\">{}</span>", &[&with(&words.list.held_by, "name", holder)]);
    }
    html.put("</div><div class=\"do\">", &[]);
    if ticket.state == TicketState::Open {
        html.put("<form method=\"post\" action=\"/desk/t/{}/claim\">", &[no]).add(&page.token());
        html.put(
            "<button id=\"c-{}\" aria-label=\"{} {}\">{}</button></form>",
            &[no, &words.list.claim, no, &words.list.claim],
        );
    }
    html.put("</div></li>", &[]);
    html
}

/// Whether one may call now, else when.
pub(super) fn safe_hours(page: &Page<'_>, ticket: &Ticket, now: Timestamp) -> Html {
    let words = &page.words().list;
    let mut html = Html::new();
    match ticket.safe {
        None => html.put("<span class=\"safe\">{}</span>", &[&words.any_hour]),
        Some(hours) if is_safe(ticket.safe, now) => {
            html.put("<span class=\"safe\">{} ({})</span>", &[&words.safe_now, &span(hours)])
        }
        Some(hours) => {
            html.put("<span class=\"unsafe\">{}</span>", &[&with(&words.not_now, "hours", &span(hours))])
        }
    };
    html
}

fn empty(text: &str, note: Option<&str>) -> Html {
    let mut html = Html::new();
    html.put(
        "<div class=\"empty\"><svg viewBox=\"0 0 240 72\" aria-hidden=\"true\" focusable=\"false\">\
         <path class=\"deck\" d=\"M8 60H232M50 39V60M80 27V60M120 21V60M160 27V60M190 39V60\"/>\
         <path class=\"arc\" d=\"M20 60Q120-18 220 60\"/></svg><p>{}</p>",
        &[text],
    );
    if let Some(note) = note {
        html.put("<p class=\"note\">{}</p>", &[note]);
    }
    html.put("</div>", &[]);
    html
}

/// What is closed, latest first.
pub(in super::super) fn closed(page: &Page<'_>, tickets: &[&Ticket]) -> Response {
    let words = page.words();
    let mut shut: Vec<(&Ticket, Timestamp)> = tickets
        .iter()
        .filter(|ticket| matches!(ticket.state, TicketState::Closed { .. }))
        .map(|ticket| (*ticket, ticket.acts.last().map_or(ticket.created, |act| act.at)))
        .collect();
    shut.sort_by_key(|(_, at)| core::cmp::Reverse(*at));
    let mut html = Html::new();
    html.put("<h1>{}</h1>", &[&words.list.closed_title]);
    if shut.is_empty() {
        html.add(&empty(&words.list.closed_empty, None));
        return whole(StatusCode::OK, page, &words.list.closed_title, &html);
    }
    html.put("<ul class=\"rows\">", &[]);
    for (ticket, at) in shut.iter().take(ROWS_MAX) {
        let TicketState::Closed { by, outcome } = &ticket.state else { continue };
        html.put(
            "<li class=\"row shut\"><div class=\"age\"><time datetime=\"{}\">{}</time></div>",
            &[&machine(*at), &moment(*at)],
        );
        html.put(
            "<div class=\"what\"><a id=\"t-{}\" href=\"/desk/t/{}\">{}</a> <span class=\"no\">{}</span>\
             <p><span class=\"queue\">{}</span> · {}</p></div>",
            &[
                &ticket.no,
                &ticket.no,
                words.topic(&ticket.topic),
                &ticket.no,
                words.queue(ticket.queue),
                words.outcome(*outcome),
            ],
        );
        html.put("<div class=\"where\">", &[]).add(&way::small(&ticket.state));
        html.put("<span class=\"holder\">{}</span></div></li>", &[by]);
    }
    html.put("</ul>", &[]);
    let rest = shut.len().saturating_sub(ROWS_MAX);
    if rest > 0 {
        html.put("<p class=\"note\">{}</p>", &[&with(&words.list.more, "n", &rest.to_string())]);
    }
    whole(StatusCode::OK, page, &words.list.closed_title, &html)
}
