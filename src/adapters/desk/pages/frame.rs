//! What stands around every page: head, bridge, pages, who is signed in, language.

use super::super::files;
use super::super::html::{Html, fill};
use super::super::roles::{Deed, may};
use super::super::texts::LANGS;
use super::Page;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// A whole page with its status.
pub(in super::super) fn whole(status: StatusCode, page: &Page<'_>, title: &str, main: &Html) -> Response {
    let words = &page.words().page;
    let [css, js, icon] = files::names();
    let mut html = Html::new();
    html.put(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{} · Kopir</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"robots\" content=\"noindex\">\
         <link rel=\"icon\" href=\"/desk/files/{}\"><link rel=\"stylesheet\" href=\"/desk/files/{}\">\
         <script src=\"/desk/files/{}\" defer></script></head>",
        &[page.lang.tag(), title, icon, css, js],
    );
    match page.visitor {
        Some(visitor) => html.put(
            "<body data-idle=\"{}\" data-csrf=\"{}\" data-leaving=\"{}\" data-stay=\"{}\" data-news=\"{}\">",
            &[&page.idle_secs.to_string(), &visitor.csrf, &words.leaving, &words.stay, &words.news],
        ),
        None => html.put("<body>", &[]),
    };
    html.put("<a class=\"skip\" href=\"#main\">{}</a>", &[&words.skip]);
    if page.sample {
        html.put("<p class=\"sample\" role=\"note\">{}</p>", &[&words.sample]);
    }
    html.add(&header(page));
    html.put("<main id=\"main\" tabindex=\"-1\">", &[]).add(main).put("</main>", &[]);
    html.put("<p id=\"said\" class=\"said\" role=\"status\"></p></body></html>", &[]);
    (status, axum::response::Html(html.into_string())).into_response()
}

fn header(page: &Page<'_>) -> Html {
    let words = &page.words().page;
    let mut html = Html::new();
    html.put(
        "<header><a class=\"home\" href=\"/desk\"><svg viewBox=\"0 0 48 24\" width=\"48\" height=\"24\" \
         aria-hidden=\"true\" focusable=\"false\"><path d=\"M2 20H46M10 13V20M17 8V20M24 6V20M31 8V20M38 13V20\"/>\
         <path class=\"arc\" d=\"M2 20Q24-9 46 20\"/></svg><span>Kopir <b>{}</b></span></a>",
        &[&words.product],
    );
    if let Some(visitor) = page.visitor {
        html.put("<nav class=\"pages\" aria-label=\"{}\">", &[&words.pages]);
        let mut links = vec![("/desk/list", &words.open), ("/desk/closed", &words.closed)];
        if may(visitor.role, Deed::Service) {
            links.push(("/desk/service", &words.service));
        }
        for (path, name) in links {
            let current = if page.here == path { "page" } else { "false" };
            html.put("<a href=\"{}\" aria-current=\"{}\">{}</a>", &[path, current, name]);
        }
        html.put("</nav>", &[]);
    }
    html.put("<div class=\"who\">", &[]).add(&languages(page));
    if let Some(visitor) = page.visitor {
        html.put("<form method=\"post\" action=\"/desk/sign-out\">", &[]).add(&page.token());
        html.put(
            "<span class=\"name\">{}</span> <button class=\"quiet\">{}</button></form>",
            &[&visitor.name, &words.sign_out],
        );
    }
    html.put("</div></header>", &[]);
    html
}

/// Three buttons when signed in (a form, since it changes something), three links before.
fn languages(page: &Page<'_>) -> Html {
    let words = &page.words().page;
    let mut html = Html::new();
    if page.visitor.is_some() {
        html.put("<form method=\"post\" action=\"/desk/language\" class=\"langs\">", &[]).add(&page.token());
        html.put("<input type=\"hidden\" name=\"back\" value=\"{}\">", &[&page.here]);
        html.put("<fieldset><legend class=\"said\">{}</legend>", &[&words.language]);
        for lang in LANGS {
            let on = if lang == page.lang { "true" } else { "false" };
            let (tag, name) = (lang.tag(), lang.endonym());
            html.put("<button class=\"quiet\" name=\"lang\" value=\"{}\" lang=\"{}\" aria-pressed=\"{}\">{}</button>", &[
                tag, tag, on, name,
            ]);
        }
        html.put("</fieldset></form>", &[]);
        return html;
    }
    html.put("<nav class=\"langs\" aria-label=\"{}\">", &[&words.language]);
    for lang in LANGS {
        let on = if lang == page.lang { "true" } else { "false" };
        let tag = lang.tag();
        html.put(
            "<a href=\"/desk/sign-in?lang={}\" lang=\"{}\" hreflang=\"{}\" aria-current=\"{}\">{}</a>",
            &[tag, tag, tag, on, lang.endonym()],
        );
    }
    html.put("</nav>", &[]);
    html
}

/// What was done, above the content.
pub(in super::super) fn done(text: &str) -> Html {
    let mut html = Html::new();
    html.put("<p class=\"done\" role=\"status\">{}</p>", &[text]);
    html
}

/// What was not done, above the content.
pub(in super::super) fn wrong(text: &str) -> Html {
    let mut html = Html::new();
    html.put("<p class=\"wrong\" role=\"alert\" id=\"wrong\">{}</p>", &[text]);
    html
}

/// A page that only says what went wrong, and the way on.
pub(in super::super) fn failed(status: StatusCode, page: &Page<'_>, text: &str) -> Response {
    let words = &page.words().wrong;
    let mut html = Html::new();
    html.put("<h1>{}</h1>", &[&words.title]).add(&wrong(text));
    html.put("<p><a class=\"button\" href=\"/desk\">{}</a></p>", &[&words.home]);
    whole(status, page, &words.title, &html)
}

/// A text of the catalogue with one place filled.
pub(super) fn with(text: &str, name: &str, value: &str) -> String {
    fill(text, &[(name, value)])
}
