//! The page of users and hours, for whoever looks after them; nothing there is about a person who wrote.

use super::super::html::Html;
use super::super::settings::DeskSettings;
use super::super::texts::ServiceWords;
use super::super::users::{Everybody, Role};
use super::Page;
use super::frame::whole;
use crate::domain::hours::{Hours, Weekday};
use crate::domain::ticket::Queue;
use crate::domain::time::Timestamp;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// The page.
pub(in super::super) fn page(
    page: &Page<'_>,
    settings: &DeskSettings,
    users: &Everybody,
    hours: &BTreeMap<Queue, Hours>,
    now: Timestamp,
) -> Response {
    let words = &page.words().service;
    let mut html = Html::new();
    html.put("<h1>{}</h1>", &[&words.title]);
    html.put(
        "<section aria-labelledby=\"users\"><h2 id=\"users\">{}</h2><p class=\"note\">{}</p>",
        &[&words.users, &words.users_note],
    );
    html.put(
        "<div class=\"wide\" role=\"region\" aria-labelledby=\"users\" tabindex=\"0\"><table><thead><tr>\
         <th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
         </tr></thead><tbody>",
        &[&words.name, &words.role, &words.language, &words.sees],
    );
    for (name, user) in users {
        html.put(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            &[
                name,
                role(words, user.role),
                page.words().lang(user.language),
                &sees(page, settings, user.role),
            ],
        );
    }
    html.put("</tbody></table></div></section>", &[]);
    html.add(&staffed(page, hours, now));
    whole(StatusCode::OK, page, &words.title, &html)
}

fn role(words: &ServiceWords, role: Role) -> &str {
    match role {
        Role::Desk => &words.desk,
        Role::Lead => &words.lead,
        Role::Admin => &words.admin,
    }
}

fn sees(page: &Page<'_>, settings: &DeskSettings, role: Role) -> String {
    let queues = Queue::ALL.into_iter().filter(|queue| settings.sees(role, *queue));
    let names: Vec<&str> = queues.map(|queue| page.words().queue(queue)).collect();
    if names.is_empty() { page.words().service.nothing.clone() } else { names.join(", ") }
}

fn staffed(page: &Page<'_>, queues: &BTreeMap<Queue, Hours>, now: Timestamp) -> Html {
    let words = &page.words().service;
    let mut html = Html::new();
    html.put("<section aria-labelledby=\"hours\"><h2 id=\"hours\">{}</h2>", &[&words.hours]);
    if queues.is_empty() {
        html.put("<p>{}</p></section>", &[&words.hours_none]);
        return html;
    }
    html.put("<p class=\"note\">{}</p>", &[&words.hours_note]);
    for (queue, hours) in queues {
        let open = if hours.is_open(now) { &words.open_now } else { &words.closed_now };
        html.put(
            "<h3>{}: {} <span class=\"no\">{}</span></h3>",
            &[page.words().queue(*queue), open, &hours.zone],
        );
        html.add(&week(words, hours));
    }
    html.put("</section>", &[]);
    html
}

fn week(words: &ServiceWords, hours: &Hours) -> Html {
    let mut html = Html::new();
    html.put(
        "<table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead><tbody>",
        &[&words.day, &words.day_hours],
    );
    let names = [&words.mon, &words.tue, &words.wed, &words.thu, &words.fri, &words.sat, &words.sun];
    for (day, name) in WEEK.into_iter().zip(names) {
        let spans = hours
            .week
            .get(&day)
            .map(|spans| spans.iter().map(|span| String::from(*span)).collect::<Vec<_>>().join(", "));
        let spans = spans.filter(|spans| !spans.is_empty());
        html.put(
            "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
            &[name, spans.as_deref().unwrap_or(&words.closed_day)],
        );
    }
    html.put("</tbody></table>", &[]);
    html
}
