//! The page of one ticket: where it stands, what was asked, the number for a click, what can be done, what was done.

use super::super::html::{Html, fill};
use super::super::roles::{Deed, may};
use super::frame::{whole, with};
use super::list::safe_hours;
use super::when::{is_safe, machine, moment, span};
use super::{Page, way};
use crate::domain::session::Phone;
use crate::domain::ticket::{Act, DeskText, Outcome, Queue, TEXT_MAX, Ticket, TicketChange, TicketState};
use crate::domain::time::Timestamp;
use axum::http::StatusCode;
use axum::response::Response;

/// What the page shows besides the ticket.
pub(in super::super) struct View<'a> {
    /// The ticket.
    pub(in super::super) ticket: &'a Ticket,
    /// Now.
    pub(in super::super) now: Timestamp,
    /// The number in the clear, after a click that has been logged.
    pub(in super::super) number: Option<String>,
    /// What was done or went wrong.
    pub(in super::super) told: Option<Html>,
    /// A note that was not kept.
    pub(in super::super) draft: &'a str,
    /// Who else may have the ticket.
    pub(in super::super) colleagues: Vec<String>,
}

/// The page.
pub(in super::super) fn page(status: StatusCode, page: &Page<'_>, view: &View<'_>) -> Response {
    let (words, ticket) = (page.words(), view.ticket);
    let mine = ticket.state.holder().is_some() && ticket.state.holder() == page.me();
    let title = words.topic(&ticket.topic);
    let danger = if ticket.queue == Queue::Danger { "ticket danger" } else { "ticket" };
    let mut html = Html::new();
    html.put("<p class=\"back\"><a href=\"/desk/list\">{}</a></p>", &[&words.ticket.back]);
    html.put(
        "<article class=\"{}\" id=\"live\" data-live=\"ticket\" data-count=\"{}\">",
        &[danger, &ticket.acts.len().to_string()],
    );
    if let Some(told) = &view.told {
        html.add(told);
    }
    html.put("<p class=\"queue\">{}</p><h1>{}</h1>", &[words.queue(ticket.queue), title]);
    if ticket.queue == Queue::Danger {
        html.put("<p class=\"loud\">{}</p>", &[&words.list.danger_note]);
    }
    if ticket.escalated {
        html.put("<p class=\"raised\">{}</p>", &[&words.ticket.escalated]);
    }
    html.add(&way::large(&ticket.state, words)).add(&facts(page, view)).add(&wrote(page, ticket));
    if mine {
        html.add(&number(page, view));
    }
    html.add(&deeds(page, view, mine)).add(&history(page, ticket));
    html.put("</article>", &[]);
    whole(status, page, title, &html)
}

fn facts(page: &Page<'_>, view: &View<'_>) -> Html {
    let (words, ticket) = (&page.words().ticket, view.ticket);
    let mut html = Html::new();
    html.put("<dl class=\"facts\"><div><dt>{}</dt><dd>", &[&words.safe]);
    html.add(&safe_hours(page, ticket, view.now)).put("</dd></div>", &[]);
    html.put("<div><dt>{}</dt><dd>{}</dd></div>", &[&words.language, page.words().lang(ticket.lang)]);
    for (name, at) in [(&words.asked, ticket.created), (&words.due, ticket.due)] {
        html.put(
            "<div><dt>{}</dt><dd><time datetime=\"{}\">{}</time></dd></div>",
            &[name, &machine(at), &moment(at)],
        );
    }
    // Who closed it stands in its history.
    if !matches!(ticket.state, TicketState::Closed { .. }) {
        let holder = ticket.state.holder().unwrap_or(&words.nobody);
        html.put("<div><dt>{}</dt><dd>{}</dd></div>", &[&words.holder, holder]);
    }
    let (phone, class) = match ticket.phone {
        Phone::Own => (&words.phone_own, "safe"),
        Phone::Borrowed => (&words.phone_borrowed, "unsafe"),
        Phone::Unknown => (&words.phone_unknown, ""),
    };
    html.put("<div><dt>{}</dt><dd class=\"{}\">{}</dd></div>", &[&words.phone, class, phone]);
    let sms = if ticket.sms_wanted { &words.sms_yes } else { &words.sms_no };
    html.put("<div><dt>{}</dt><dd>{}</dd></div>", &[&words.sms, sms]);
    html.put("<div><dt>{}</dt><dd class=\"no\">{}</dd></div></dl>", &[&words.receipt, &ticket.no]);
    html
}

fn wrote(page: &Page<'_>, ticket: &Ticket) -> Html {
    let words = &page.words().ticket;
    let mut html = Html::new();
    html.put("<section aria-labelledby=\"wrote\"><h2 id=\"wrote\">{}</h2>", &[&words.wrote]);
    match &ticket.text {
        // In which language somebody wrote is not known, only in which to answer: no `lang`, so that nothing is read wrong.
        Some(text) => html.put("<blockquote dir=\"auto\">{}</blockquote>", &[text]),
        None => html.put("<p class=\"note\">{}</p>", &[&words.nothing]),
    };
    html.put("</section>", &[]);
    html
}

/// The number: a button, or after it the number and what to say.
fn number(page: &Page<'_>, view: &View<'_>) -> Html {
    let (words, ticket) = (&page.words().ticket, view.ticket);
    let mut html = Html::new();
    html.put(
        "<section class=\"call\" aria-labelledby=\"number\"><h2 id=\"number\">{}</h2>",
        &[&words.number],
    );
    if let Some(hours) = ticket.safe.filter(|_| !is_safe(ticket.safe, view.now)) {
        html.put("<p class=\"raised\">{}</p>", &[&with(&words.too_early, "hours", &span(hours))]);
    }
    match &view.number {
        // Nobody can be called there: somebody walks over.
        _ if ticket.number.is_visit() => {
            html.put(
                "<p class=\"shown\"><strong>{}</strong></p><p class=\"note\">{}</p>",
                &[&ticket.link, &words.here],
            );
        }
        None => {
            html.put(
                "<p class=\"note\">{}</p><form method=\"post\" action=\"/desk/t/{}/number\">",
                &[&words.number_note, &ticket.no],
            );
            html.add(&page.token());
            html.put("<button id=\"show\">{}</button></form>", &[&words.show]);
        }
        Some(number) => {
            html.put(
                "<p class=\"shown\"><output id=\"msisdn\">{}</output> \
                 <button type=\"button\" id=\"copy\" class=\"quiet\" data-copied=\"{}\" hidden>{}</button></p>\
                 <p class=\"note\">{}</p>",
                &[number, &words.copied, &words.copy, &words.shown],
            );
            html.add(&script(page, ticket));
        }
    }
    html.put("</section>", &[]);
    html
}

fn script(page: &Page<'_>, ticket: &Ticket) -> Html {
    let words = &page.words().ticket;
    let mut html = Html::new();
    let Some(script) = page.texts.script(ticket.lang) else { return html };
    let tag = ticket.lang.tag();
    html.put("<div class=\"script\"><h3>{}</h3><p class=\"note\">{}</p>", &[&words.say, &words.say_note]);
    html.put(
        "<ol lang=\"{}\"><li>{}</li><li>{}</li><li>{}</li></ol>",
        &[tag, &script.opening, &script.whose, &script.safe],
    );
    html.put(
        "<h3>{}</h3><p lang=\"{}\" class=\"else\">{}</p></div>",
        &[&words.if_else, tag, &script.somebody_else],
    );
    html
}

/// What can be done now.
fn deeds(page: &Page<'_>, view: &View<'_>, mine: bool) -> Html {
    let (words, ticket) = (&page.words().ticket, view.ticket);
    let mut html = Html::new();
    match &ticket.state {
        TicketState::Open => {
            html.put("<section class=\"call\"><p>{}</p>", &[&words.claim_note]);
            html.add(&button(page, ticket, "claim", &words.claim, "")).put("</section>", &[]);
        }
        TicketState::Claimed { by } | TicketState::Called { by } if !mine => {
            html.put("<p class=\"note\">{}</p>", &[&with(&words.taken_note, "name", by)]);
        }
        TicketState::Claimed { .. } | TicketState::Called { .. } => {
            html.add(&called(page, ticket)).add(&text(page, ticket)).add(&close(page, ticket));
        }
        TicketState::Closed { outcome, .. } => {
            html.put("<p class=\"outcome\">{}</p>", &[page.words().outcome(*outcome)]);
        }
    }
    html.add(&note(page, view)).add(&more(page, view, mine));
    html
}

fn called(page: &Page<'_>, ticket: &Ticket) -> Html {
    let words = &page.words().ticket;
    let mut html = Html::new();
    // What comes next stands out: first the call, then the end.
    let next = if matches!(ticket.state, TicketState::Claimed { .. }) { "" } else { "second" };
    html.put("<section aria-labelledby=\"after\"><h2 id=\"after\">{}</h2>", &[&words.call]);
    html.put("<form method=\"post\" action=\"/desk/t/{}/called\" class=\"side\">", &[&ticket.no])
        .add(&page.token());
    html.put(
        "<button class=\"{}\" name=\"reached\" value=\"yes\">{}</button> \
         <button class=\"{}\" name=\"reached\" value=\"no\">{}</button></form></section>",
        &[next, &words.reached, next, &words.not_reached],
    );
    html
}

/// The texts that the person asked for, until each has been sent.
fn text(page: &Page<'_>, ticket: &Ticket) -> Html {
    let words = &page.words().ticket;
    let sent = |which| ticket.acts.iter().any(|act| act.what == TicketChange::Texted(which));
    let mut left = DeskText::ALL.into_iter().filter(|which| !sent(*which)).peekable();
    let mut html = Html::new();
    if !ticket.sms_wanted || left.peek().is_none() {
        return html;
    }
    html.put(
        "<section aria-labelledby=\"text\"><h2 id=\"text\">{}</h2><p class=\"note\">{}</p>",
        &[&words.text, &words.text_note],
    );
    html.put("<form method=\"post\" action=\"/desk/t/{}/text\" class=\"side\">", &[&ticket.no])
        .add(&page.token());
    for which in left {
        let name = match which {
            DeskText::Called => &words.text_called,
            DeskText::Missed => &words.text_missed,
        };
        html.put("<button class=\"second\" name=\"which\" value=\"{}\">{}</button>", &[which.word(), name]);
    }
    html.put("</form></section>", &[]);
    html
}

fn close(page: &Page<'_>, ticket: &Ticket) -> Html {
    let words = &page.words().ticket;
    let mut html = Html::new();
    html.put("<section aria-labelledby=\"close\"><h2 id=\"close\">{}</h2>", &[&words.close]);
    html.put("<form method=\"post\" action=\"/desk/t/{}/close\">", &[&ticket.no]).add(&page.token());
    html.put("<fieldset><legend>{}</legend>", &[&words.how]);
    for outcome in Outcome::ALL {
        html.put("<label class=\"choice\"><input type=\"radio\" name=\"outcome\" value=\"{}\" required> {}</label>", &[
            outcome.word(),
            page.words().outcome(outcome),
        ]);
    }
    let next = if matches!(ticket.state, TicketState::Called { .. }) { "" } else { "second" };
    html.put("</fieldset><button class=\"{}\">{}</button></form></section>", &[next, &words.close_button]);
    html
}

fn note(page: &Page<'_>, view: &View<'_>) -> Html {
    let words = &page.words().ticket;
    let most = TEXT_MAX.to_string();
    let mut html = Html::new();
    html.put("<section><form method=\"post\" action=\"/desk/t/{}/note\">", &[&view.ticket.no])
        .add(&page.token());
    html.put(
        "<label for=\"note\" class=\"h2\">{}</label><p class=\"note\" id=\"note-hint\">{}</p>\
         <textarea id=\"note\" name=\"text\" rows=\"3\" required aria-describedby=\"note-hint\" \
         autocomplete=\"off\">{}</textarea><button class=\"second\">{}</button></form></section>",
        &[&words.note, &with(&words.note_hint, "n", &most), view.draft, &words.keep],
    );
    html
}

/// Escalating, giving back, handing over, reopening.
fn more(page: &Page<'_>, view: &View<'_>, mine: bool) -> Html {
    let (words, ticket) = (&page.words().ticket, view.ticket);
    let closed = matches!(ticket.state, TicketState::Closed { .. });
    let can = |deed| page.visitor.is_some_and(|visitor| may(visitor.role, deed));
    let mut inner = Html::new();
    if !closed && !ticket.escalated {
        inner.add(&button(page, ticket, "escalate", &words.escalate, "second"));
    }
    if mine {
        inner.add(&button(page, ticket, "release", &words.release, "second"));
    }
    if closed && can(Deed::Reopen) {
        inner.add(&button(page, ticket, "reopen", &words.reopen, "second"));
    }
    if !closed && can(Deed::Assign) && !view.colleagues.is_empty() {
        inner.put("<form method=\"post\" action=\"/desk/t/{}/assign\" class=\"side\">", &[&ticket.no]);
        inner.add(&page.token());
        inner.put("<label for=\"to\">{}</label> <select id=\"to\" name=\"to\">", &[&words.assign]);
        for name in &view.colleagues {
            inner.put("<option>{}</option>", &[name]);
        }
        inner.put("</select> <button class=\"second\">{}</button></form>", &[&words.assign_button]);
    }
    let mut html = Html::new();
    if inner != Html::new() {
        html.put(
            "<section aria-labelledby=\"more\"><h2 id=\"more\">{}</h2><div class=\"side\">",
            &[&words.more],
        );
        html.add(&inner).put("</div></section>", &[]);
    }
    html
}

fn button(page: &Page<'_>, ticket: &Ticket, deed: &'static str, text: &str, class: &'static str) -> Html {
    let mut html = Html::new();
    html.put("<form method=\"post\" action=\"/desk/t/{}/{}\">", &[&ticket.no, deed]).add(&page.token());
    html.put("<button id=\"{}\" class=\"{}\">{}</button></form>", &[deed, class, text]);
    html
}

fn history(page: &Page<'_>, ticket: &Ticket) -> Html {
    let words = page.words();
    let mut html = Html::new();
    html.put(
        "<section aria-labelledby=\"history\"><h2 id=\"history\">{}</h2><ol class=\"history\">",
        &[&words.ticket.history],
    );
    let line = |html: &mut Html, at: Timestamp, by: &str, what: &str, note: Option<&str>| {
        html.put(
            "<li><time datetime=\"{}\">{}</time> <b>{}</b> <span>{}</span>",
            &[&machine(at), &moment(at), by, what],
        );
        if let Some(note) = note {
            html.put("<p dir=\"auto\">{}</p>", &[note]);
        }
        html.put("</li>", &[]);
    };
    line(&mut html, ticket.created, &words.act.person, &words.act.asked, None);
    for act in &ticket.acts {
        let by = match act.by.as_str() {
            "clock" => &words.act.clock,
            "person" => &words.act.person,
            name => name,
        };
        let note = if let TicketChange::Note(text) = &act.what { Some(text.as_str()) } else { None };
        line(&mut html, act.at, by, &what(page, act), note);
    }
    html.put("</ol></section>", &[]);
    html
}

fn what(page: &Page<'_>, act: &Act) -> String {
    let words = page.words();
    match &act.what {
        TicketChange::Claim => words.act.claim.clone(),
        TicketChange::Release => words.act.release.clone(),
        TicketChange::Shown => words.act.shown.clone(),
        TicketChange::Called { reached: true } => words.act.reached.clone(),
        TicketChange::Called { reached: false } => words.act.not_reached.clone(),
        TicketChange::Texted(DeskText::Called) => words.act.texted_called.clone(),
        TicketChange::Texted(DeskText::Missed) => words.act.texted_missed.clone(),
        TicketChange::Note(_) => words.act.note.clone(),
        TicketChange::Escalate => words.act.escalate.clone(),
        TicketChange::Close(outcome) => fill(&words.act.close, &[("outcome", words.outcome(*outcome))]),
        TicketChange::Reopen => words.act.reopen.clone(),
        TicketChange::Assign(to) => fill(&words.act.assign, &[("name", to)]),
    }
}
