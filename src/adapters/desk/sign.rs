//! Signing in and out, staying, and the language.

use super::door::{Cookie, is_from_here, source};
use super::pages::frame;
use super::pages::sign_in::{Why, page};
use super::password::PasswordError;
use super::session::{Visitor, random, same};
use super::texts::LANGS;
use super::{At, Desk};
use crate::domain::lang::Lang;
use axum::extract::{Form, FromRequest, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;

/// A form's or a query's fields.
pub(super) type Fields = BTreeMap<String, String>;

/// Where everybody goes who has not come from somewhere.
const HOME: &str = "/desk/list";

/// The field, or nothing.
pub(super) fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// A path of ours, or the home page: nobody is led out of the desk by an address.
fn back(path: &str) -> &str {
    let plain = path.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"/-".contains(&b));
    if plain && path.starts_with("/desk/") && !path.starts_with("/desk/sign") { path } else { HOME }
}

/// The language asked for, else the browser's first that the pages speak, else Russian.
fn lang(asked: &str, headers: &HeaderMap) -> Lang {
    let spoken = |tag: &str| Lang::from_tag(tag).filter(|lang| LANGS.contains(lang));
    let wished =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut wished = wished.split(',').filter_map(|part| spoken(part.trim().get(..2)?));
    spoken(asked).or_else(|| wished.next()).unwrap_or(Lang::Ru)
}

impl Desk {
    /// The form, with the cookie it is bound to.
    fn door(&self, headers: &HeaderMap, lang: Lang, why: Why, name: &str, next: &str) -> Response {
        let brought = self.cookies.brought(headers, Cookie::Form);
        let Some(cookie) = brought.clone().or_else(|| random().ok()) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let token = self.form_key.token(&cookie);
        let mut response = page(&self.outside(lang), why, name, &token, back(next));
        if brought.is_none()
            && let Some(set) = self.cookies.set(Cookie::Form, Some(&cookie))
        {
            response.headers_mut().append(header::SET_COOKIE, set);
        }
        response
    }

    /// What somebody gets who is not signed in (any more).
    pub(super) fn stranger(&self, headers: &HeaderMap, next: &str) -> Response {
        if headers.contains_key(super::door::LOOKING_ON) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let had_one = self.cookies.brought(headers, Cookie::Session).is_some();
        let why = if had_one { Why::Ended } else { Why::Asked };
        let mut response = self.door(headers, lang("", headers), why, "", next);
        self.forget(&mut response, Cookie::Session);
        response
    }

    fn forget(&self, response: &mut Response, cookie: Cookie) {
        if let Some(gone) = self.cookies.set(cookie, None) {
            response.headers_mut().append(header::SET_COOKIE, gone);
        }
    }

    /// Whoever sends a form must be signed in and the form ours.
    pub(super) fn sender(
        &self,
        headers: &HeaderMap,
        fields: &Fields,
        next: &str,
    ) -> Result<Visitor, Box<Response>> {
        let Some(visitor) = self.visitor(headers) else { return Err(Box::new(self.stranger(headers, next))) };
        let text = |why: fn(&super::texts::WrongWords) -> &String| {
            let page = self.page(&visitor, next);
            Box::new(frame::failed(StatusCode::FORBIDDEN, &page, why(&page.words().wrong)))
        };
        if !is_from_here(headers) {
            return Err(text(|words| &words.elsewhere));
        }
        if !same(field(fields, "csrf"), &visitor.csrf) {
            return Err(text(|words| &words.old_form));
        }
        Ok(visitor)
    }
}

/// `GET /desk/sign-in`.
pub(super) async fn ask(State(desk): At, Query(query): Query<Fields>, headers: HeaderMap) -> Response {
    if desk.visitor(&headers).is_some() {
        return Redirect::to(HOME).into_response();
    }
    let why = match field(&query, "why") {
        "out" => Why::Out,
        "ended" => Why::Ended,
        _ => Why::Asked,
    };
    desk.door(&headers, lang(field(&query, "lang"), &headers), why, "", "")
}

/// `POST /desk/sign-in`.
pub(super) async fn sign_in(State(desk): At, Query(query): Query<Fields>, request: Request) -> Response {
    let (from, headers) = (source(&desk.host.settings, &request), request.headers().clone());
    let lang = lang(field(&query, "lang"), &headers);
    let Ok(Form(fields)) = Form::<Fields>::from_request(request, &()).await else {
        return desk.door(&headers, lang, Why::Cookie, "", "");
    };
    let (name, next) = (field(&fields, "name").trim().to_lowercase(), field(&fields, "next"));
    let refused = |why| desk.door(&headers, lang, why, &name, next);
    let bound = desk.cookies.brought(&headers, Cookie::Form);
    let bound = bound.is_some_and(|cookie| desk.form_key.fits(&cookie, field(&fields, "form")));
    if !is_from_here(&headers) || !bound {
        return refused(Why::Cookie);
    }
    // The limit before the hash: a refused try costs nothing.
    if let Some(wait) = desk.backoff.wait(&name, from, desk.now()) {
        return refused(Why::Wait(wait.as_secs().max(1)));
    }
    desk.backoff.tried(&name, from, desk.now());
    let users = desk.roll.now();
    let user = users.get(&name);
    match desk.judge.is_right(field(&fields, "password"), user.map(|user| user.password.as_str())).await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!(%from, "the desk: wrong name or password");
            return refused(Why::Wrong);
        }
        Err(PasswordError::Busy) => return refused(Why::Busy),
        Err(error) => {
            tracing::error!(%error, "the desk: a password could not be judged");
            return refused(Why::Busy);
        }
    }
    let Some(user) = user else { return refused(Why::Wrong) };
    desk.backoff.succeeded(&name, from);
    if let Some(old) = desk.visitor(&headers) {
        desk.sessions.end(&old.key);
    }
    let Ok(id) = desk.sessions.begin(&name, user.language, &user.password, desk.now()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    tracing::info!(user = %name, role = user.role.name(), "signed in at the desk");
    let mut response = Redirect::to(back(next)).into_response();
    if let Some(set) = desk.cookies.set(Cookie::Session, Some(&id)) {
        response.headers_mut().append(header::SET_COOKIE, set);
    }
    desk.forget(&mut response, Cookie::Form);
    response
}

/// `POST /desk/sign-out`.
pub(super) async fn sign_out(State(desk): At, headers: HeaderMap, Form(fields): Form<Fields>) -> Response {
    let visitor = match desk.sender(&headers, &fields, HOME) {
        Ok(visitor) => visitor,
        Err(response) => return *response,
    };
    desk.sessions.end(&visitor.key);
    tracing::info!(user = %visitor.name, "signed out of the desk");
    let mut response = Redirect::to("/desk/sign-in?why=out").into_response();
    desk.forget(&mut response, Cookie::Session);
    response
}

/// `POST /desk/language`.
pub(super) async fn language(State(desk): At, headers: HeaderMap, Form(fields): Form<Fields>) -> Response {
    let next = back(field(&fields, "back"));
    let visitor = match desk.sender(&headers, &fields, next) {
        Ok(visitor) => visitor,
        Err(response) => return *response,
    };
    if let Some(lang) = Lang::from_tag(field(&fields, "lang")).filter(|lang| LANGS.contains(lang)) {
        desk.sessions.speak(&visitor.key, lang);
    }
    Redirect::to(next).into_response()
}

/// `POST /desk/stay`: somebody is still there, reading or typing.
pub(super) async fn stay(State(desk): At, headers: HeaderMap, Form(fields): Form<Fields>) -> Response {
    match desk.sender(&headers, &fields, HOME) {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_out_of_the_desk() {
        for (path, to) in [
            ("/desk/t/48213790", "/desk/t/48213790"),
            ("/desk/closed", "/desk/closed"),
            ("//evil.example", HOME),
            ("https://evil.example/desk/", HOME),
            ("/desk/../admin", HOME),
            ("/desk/sign-out", HOME),
            ("/desk/list?x=\r\n", HOME),
            ("", HOME),
        ] {
            assert_eq!(back(path), to, "{path}");
        }
    }

    #[test]
    fn the_browser_s_first_known_language_is_taken() {
        let headers = |text: &str| HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, text.parse().unwrap())]);
        assert_eq!(lang("", &headers("uz,kk;q=0.8,ru")), Lang::Kk);
        assert_eq!(lang("en", &headers("kk")), Lang::En);
        assert_eq!(lang("uz", &headers("de")), Lang::Ru);
    }
}
