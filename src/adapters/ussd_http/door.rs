//! Who may call a route: by address first, then by a secret that is compared in constant time.

use super::settings::RouteSettings;
use crate::cidr::Cidr;
use axum::extract::{ConnectInfo, Request};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, SocketAddr};

const SECRET_HEADER: &str = "x-kopir-secret";
const FORWARDED: &str = "x-forwarded-for";

/// The guard of one route.
pub(super) struct Door {
    allowed: Vec<Cidr>,
    proxies: Vec<Cidr>,
    secret: Option<[u8; 32]>,
}

impl Door {
    /// The guard as configured; the secret is kept as its hash.
    pub(super) fn of(route: &RouteSettings) -> Result<Self, String> {
        let secret = match &route.secret_file {
            None => None,
            Some(file) => {
                let secret = std::fs::read_to_string(file).map_err(|error| error.kind().to_string())?;
                if secret.trim().len() < 16 {
                    return Err("secret is shorter than 16 characters".to_owned());
                }
                Some(hash(secret.trim()))
            }
        };
        Ok(Self { allowed: route.allow_from.clone(), proxies: route.proxies.clone(), secret })
    }

    /// Whether this request may come in.
    pub(super) fn lets_in(&self, request: &Request, in_path: Option<&str>) -> bool {
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

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares hashes without stopping at the first difference.
fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    core::hint::black_box(one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b))) == 0
}
