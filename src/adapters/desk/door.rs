//! Who stands at the door: cookies, where a request comes from, and whether its form is one of ours.

use super::session::{NoRandomness, hashed, random, same};
use super::settings::DeskSettings;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The header a proxy of ours writes.
const FORWARDED: &str = "x-forwarded-for";
/// Set by our script when it only looks on: such a request keeps nobody signed in.
pub(super) const LOOKING_ON: &str = "x-kopir-live";

/// The two cookies, as this desk names and dresses them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    insecure: bool,
}

/// Which cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The session.
    Session,
    /// What the sign-in form is bound to, before there is a session.
    Form,
}

impl Cookies {
    /// As configured.
    pub(super) fn of(settings: &DeskSettings) -> Self {
        Self { insecure: settings.insecure_cookie }
    }

    fn name(self, cookie: Cookie) -> &'static str {
        match (cookie, self.insecure) {
            (Cookie::Session, false) => "__Host-kopir",
            (Cookie::Form, false) => "__Host-kopir-form",
            (Cookie::Session, true) => "kopir",
            (Cookie::Form, true) => "kopir-form",
        }
    }

    /// What the browser brought.
    pub(super) fn brought(self, headers: &HeaderMap, cookie: Cookie) -> Option<String> {
        let name = self.name(cookie);
        let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let value = pairs.find(|(key, _)| *key == name).map(|(_, value)| value)?;
        let is_ours = value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
        is_ours.then(|| value.to_owned())
    }

    /// The header that sets it; without a value, that removes it.
    pub(super) fn set(self, cookie: Cookie, value: Option<&str>) -> Option<HeaderValue> {
        let (secure, name) = (if self.insecure { "" } else { "; Secure" }, self.name(cookie));
        let gone = if value.is_some() { "" } else { "; Max-Age=0" };
        let value = value.unwrap_or_default();
        HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{gone}"))
            .ok()
    }
}

/// The address a request comes from. Only one of our own proxies is believed about somebody else's, and only the last
/// entry, which that proxy wrote itself.
pub(super) fn source<B>(settings: &DeskSettings, request: &Request<B>) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
    if !settings.proxies.iter().any(|block| block.holds(peer)) {
        return peer;
    }
    let last = request.headers().get_all(FORWARDED).iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|last| last.rsplit(',').next()?.trim().parse().ok()).unwrap_or(peer)
}

/// Whether a form was sent from one of our own pages, as far as the browser tells.
///
/// `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with forms, so `null` says nothing; every form
/// carries its token besides.
pub(super) fn is_from_here(headers: &HeaderMap) -> bool {
    let word = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = word("sec-fetch-site") {
        return site == "same-origin";
    }
    match (word("origin"), word("host")) {
        (None | Some("null"), _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
    }
}

/// The secret that binds sign-in forms to their cookie; made anew with each process.
pub(super) struct FormKey(String);

impl FormKey {
    /// A new one.
    pub(super) fn new() -> Result<Self, NoRandomness> {
        random().map(Self)
    }

    /// The token of a form whose browser holds `cookie`.
    pub(super) fn token(&self, cookie: &str) -> String {
        // Hash of key ‖ fixed-length value, compared as a whole: no lengths to extend.
        hex::encode(hashed(&format!("{}{cookie}{}", self.0, self.0)))
    }

    /// Whether a form's token belongs to the cookie beside it.
    pub(super) fn fits(&self, cookie: &str, token: &str) -> bool {
        same(&self.token(cookie), token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        for (sent, fine) in [
            (headers(&[("sec-fetch-site", "same-origin"), ("origin", "null"), ("host", "desk")]), true),
            (headers(&[("sec-fetch-site", "cross-site"), ("origin", "null")]), false),
            (headers(&[("sec-fetch-site", "same-site")]), false),
            (headers(&[("sec-fetch-site", "none")]), false),
            (headers(&[("origin", "https://desk.example"), ("host", "desk.example")]), true),
            (headers(&[("origin", "https://evil.example"), ("host", "desk.example")]), false),
            (headers(&[]), true),
        ] {
            assert_eq!(is_from_here(&sent), fine, "{sent:?}");
        }
    }

    #[test]
    fn the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts() {
        let cookies = Cookies { insecure: false };
        let id = "a".repeat(64);
        let set = cookies.set(Cookie::Session, Some(&id)).unwrap();
        assert_eq!(set, format!("__Host-kopir={id}; Path=/; HttpOnly; SameSite=Strict; Secure"));
        let sent = headers(&[("cookie", &format!("x=1; __Host-kopir={id}; kopir=2"))]);
        assert_eq!(cookies.brought(&sent, Cookie::Session), Some(id));
        assert_eq!(cookies.brought(&sent, Cookie::Form), None);
        let long = headers(&[("cookie", "__Host-kopir=not-ours")]);
        assert_eq!(cookies.brought(&long, Cookie::Session), None);
        assert!(cookies.set(Cookie::Session, None).unwrap().to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn a_sign_in_form_belongs_to_one_browser() {
        let key = FormKey::new().unwrap();
        let (one, other) = (random().unwrap(), random().unwrap());
        assert!(key.fits(&one, &key.token(&one)) && !key.fits(&one, &key.token(&other)));
        assert!(!FormKey::new().unwrap().fits(&one, &key.token(&one)), "another process, another key");
    }
}
