//! The page that asks for name and password.

use super::super::html::Html;
use super::Page;
use super::frame::{done, whole, with, wrong};
use axum::http::StatusCode;
use axum::response::Response;

/// Why the form is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Why {
    /// Somebody comes.
    Asked,
    /// Signed out by hand.
    Out,
    /// Signed out by idleness or age.
    Ended,
    /// Name or password wrong.
    Wrong,
    /// Too many tries; seconds to wait.
    Wait(u64),
    /// Too many sign-ins at once.
    Busy,
    /// No cookie, or an old form.
    Cookie,
}

/// The form. `token` binds it to the browser's cookie; `next` is where to go on.
pub(in super::super) fn page(page: &Page<'_>, why: Why, name: &str, token: &str, next: &str) -> Response {
    let words = &page.words().sign_in;
    let (status, told) = match why {
        Why::Asked => (StatusCode::OK, None),
        Why::Out => (StatusCode::OK, Some(done(&words.out))),
        Why::Ended => (StatusCode::OK, Some(done(&words.ended))),
        Why::Wrong => (StatusCode::FORBIDDEN, Some(wrong(&words.wrong))),
        Why::Wait(secs) => {
            (StatusCode::TOO_MANY_REQUESTS, Some(wrong(&with(&words.wait, "secs", &secs.to_string()))))
        }
        Why::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(wrong(&words.busy))),
        Why::Cookie => (StatusCode::BAD_REQUEST, Some(wrong(&words.cookie))),
    };
    let mut html = Html::new();
    html.put("<div class=\"door\"><h1>{}</h1><p class=\"lead\">{}</p>", &[&words.title, &words.lead]);
    if let Some(told) = told {
        html.add(&told);
    }
    html.put(
        "<form method=\"post\" action=\"/desk/sign-in?lang={}\">\
         <input type=\"hidden\" name=\"form\" value=\"{}\"><input type=\"hidden\" name=\"next\" value=\"{}\">\
         <label for=\"name\">{}</label>\
         <input id=\"name\" name=\"name\" value=\"{}\" autocomplete=\"username\" autocapitalize=\"none\" \
         spellcheck=\"false\" required maxlength=\"64\">\
         <label for=\"password\">{}</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required \
         maxlength=\"256\"><button>{}</button></form></div>",
        &[page.lang.tag(), token, next, &words.name, name, &words.password, &words.enter],
    );
    whole(status, page, &words.title, &html)
}
