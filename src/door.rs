//! Who may call a route over HTTP (by address first, then by a secret that is compared in constant time), and with what headers a page leaves.

use crate::cidr::Cidr;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

const SECRET_HEADER: &str = "x-kopir-secret";
const FORWARDED: &str = "x-forwarded-for";
/// Characters of a secret at least; fewer could be guessed.
const SECRET_CHARS_MIN: usize = 16;

/// The guard of one route. Not printable: what it holds stands for a secret.
pub struct Door {
    allowed: Vec<Cidr>,
    proxies: Vec<Cidr>,
    secret: Option<[u8; 32]>,
}

impl Door {
    /// A guard that lets in `allowed` addresses, believes `proxies` about somebody else's, and asks for the secret in
    /// `secret_file` where one is named; it is kept as its hash.
    ///
    /// # Errors
    /// The file cannot be read, or holds too short a secret; said without the secret.
    pub fn new(allowed: &[Cidr], proxies: &[Cidr], secret_file: Option<&Path>) -> Result<Self, String> {
        let secret = secret_file.map(secret).transpose()?.map(|secret| hash(&secret));
        Ok(Self { allowed: allowed.to_vec(), proxies: proxies.to_vec(), secret })
    }

    /// Whether this request may come in.
    #[must_use]
    pub fn lets_in(&self, request: &Request, in_path: Option<&str>) -> bool {
        let from = self.source(request);
        let known = from.is_some_and(|from| self.allowed.iter().any(|block| block.holds(from)));
        let in_header = request.headers().get(SECRET_HEADER).and_then(|value| value.to_str().ok());
        let brought = hash(in_header.or(in_path).unwrap_or_default());
        known && self.secret.is_none_or(|secret| same(&secret, &brought))
    }

    /// Where it comes from. Only one of our own proxies is believed about somebody else's address, and only the last
    /// entry, which that proxy wrote itself.
    fn source(&self, request: &Request) -> Option<IpAddr> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        if !self.proxies.iter().any(|block| block.holds(peer.ip())) {
            return Some(peer.ip());
        }
        let last = request.headers().get_all(FORWARDED).iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    }
}

/// The headers of every answer to a page of ours: only our own files, known by their kind, told to nobody; kept only where
/// the answer says so itself.
pub fn dress(response: &mut Response, policy: &'static str, permissions: &'static str) {
    let set: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), permissions),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// A page that staff work in shares nothing with the window that opened it, or that it opens.
pub fn apart(response: &mut Response) {
    let name = HeaderName::from_static("cross-origin-opener-policy");
    response.headers_mut().insert(name, HeaderValue::from_static("same-origin"));
}

/// A secret that a device brings, kept as its hash. Not printable: what it holds stands for a secret.
pub struct Key([u8; 32]);

impl Key {
    /// The one in a file.
    ///
    /// # Errors
    /// The file cannot be read, or holds too short a secret; said without the secret.
    pub fn read(file: &Path) -> Result<Self, String> {
        secret(file).map(|secret| Self(hash(&secret)))
    }

    /// Whether this is it; compared in constant time.
    #[must_use]
    pub fn is(&self, brought: &str) -> bool {
        same(&self.0, &hash(brought))
    }
}

/// The secret in a file.
///
/// # Errors
/// It cannot be read or is too short; said without the secret.
pub fn secret(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.kind().to_string())?;
    let secret = text.trim();
    if secret.len() < SECRET_CHARS_MIN {
        return Err(format!("secret is shorter than {SECRET_CHARS_MIN} characters"));
    }
    Ok(secret.to_owned())
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares hashes without stopping at the first difference.
fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    core::hint::black_box(one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b))) == 0
}
