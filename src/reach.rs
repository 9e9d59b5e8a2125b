//! Connections out: TLS with the web's roots, and which addresses an office or a feed may be at. What a name resolves to is
//! judged and then used, so that no second look-up counts.

use crate::cidr::Cidr;
use core::pin::Pin;
use core::task::{Context, Poll};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tower_service::Service;

/// IPv4 blocks that are not the open internet (IANA special-purpose registry, RFC 6890 and its successors).
const CLOSED_V4: [Cidr; 16] = [
    Cidr::v4(0, 0, 0, 0, 8),
    Cidr::v4(10, 0, 0, 0, 8),
    Cidr::v4(100, 64, 0, 0, 10),
    Cidr::v4(127, 0, 0, 0, 8),
    Cidr::v4(169, 254, 0, 0, 16),
    Cidr::v4(172, 16, 0, 0, 12),
    Cidr::v4(192, 0, 0, 0, 24),
    Cidr::v4(192, 0, 2, 0, 24),
    Cidr::v4(192, 88, 99, 0, 24),
    Cidr::v4(192, 168, 0, 0, 16),
    Cidr::v4(198, 18, 0, 0, 15),
    Cidr::v4(198, 51, 100, 0, 24),
    Cidr::v4(203, 0, 113, 0, 24),
    Cidr::v4(168, 63, 129, 16, 32),
    Cidr::v4(224, 0, 0, 0, 4),
    Cidr::v4(240, 0, 0, 0, 4),
];
/// Only global unicast is open, and of it not what carries IPv4 inside (Teredo, 6to4) or documents.
const OPEN_V6: Cidr = Cidr::v6(0x2000, 0, 3);
const CLOSED_V6: [Cidr; 4] =
    [Cidr::v6(0x2001, 0, 23), Cidr::v6(0x2001, 0xdb8, 32), Cidr::v6(0x2002, 0, 16), Cidr::v6(0x3fff, 0, 20)];

/// `http` for plain addresses, and over it TLS with the web's roots for `https`; HTTP/1.1 alone.
pub fn https<R>(http: HttpConnector<R>) -> HttpsConnector<HttpConnector<R>> {
    hyper_rustls::HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(http)
}

type Resolved = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;
type Lookup = Arc<dyn Fn(String) -> Resolved + Send + Sync>;

/// The rule, and the resolver that applies it to every answer.
#[derive(Clone)]
pub struct Reach {
    allowed: Arc<[Cidr]>,
    lookup: Lookup,
}

impl core::fmt::Debug for Reach {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reach").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

/// The address lies where an upstream may not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("address is private, local or reserved and not in allow_private")]
pub struct Closed;

impl Reach {
    /// The open internet and `allowed` blocks, resolved by the system.
    #[must_use]
    pub fn new(allowed: &[Cidr]) -> Self {
        let system: Lookup =
            Arc::new(|host| Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.collect()) }));
        Self { allowed: allowed.into(), lookup: system }
    }

    /// The same rule over another resolver.
    #[must_use]
    pub fn resolving<F, A>(self, lookup: F) -> Self
    where
        F: Fn(String) -> A + Send + Sync + 'static,
        A: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        Self { lookup: Arc::new(move |host| Box::pin(lookup(host))), ..self }
    }

    /// Whether an upstream may be at this address.
    ///
    /// # Errors
    /// `Closed` when not.
    pub fn judge(&self, address: IpAddr) -> Result<(), Closed> {
        let address = address.to_canonical();
        if self.allowed.iter().any(|block| block.holds(address)) {
            return Ok(());
        }
        let open = match address {
            IpAddr::V4(_) => !CLOSED_V4.iter().any(|block| block.holds(address)),
            IpAddr::V6(_) => OPEN_V6.holds(address) && !CLOSED_V6.iter().any(|block| block.holds(address)),
        };
        if open { Ok(()) } else { Err(Closed) }
    }

    /// Judges a host that is an address already; a name is judged when it is resolved.
    ///
    /// # Errors
    /// `Closed` when it is an address and not allowed.
    pub fn judge_literal(&self, host: &str) -> Result<(), Closed> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        bare.parse::<IpAddr>().map_or(Ok(()), |address| self.judge(address))
    }
}

/// The connector connects to exactly the addresses given here. One closed address among them refuses them all: a name
/// that answers both ways is not an office.
impl Service<Name> for Reach {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, io::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let addresses = (this.lookup)(name.as_str().to_owned()).await?;
            for address in &addresses {
                this.judge(address.ip())
                    .map_err(|closed| io::Error::new(io::ErrorKind::PermissionDenied, closed))?;
            }
            Ok(addresses.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_and_what_is_allowed_can_be_reached() {
        let reach = Reach::new(&["10.7.0.0/16".parse().unwrap()]);
        for open in
            ["8.8.8.8", "2a00:1450:4001::1", "10.7.1.2", "::ffff:10.7.1.2", "::ffff:8.8.8.8", "100.128.0.1"]
        {
            assert_eq!(reach.judge(open.parse().unwrap()), Ok(()), "{open}");
        }
        for closed in [
            "127.0.0.1",
            "10.8.0.1",
            "169.254.169.254",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "::7f00:1",
            "ff02::1",
            "168.63.129.16",
            "255.255.255.255",
        ] {
            assert_eq!(reach.judge(closed.parse().unwrap()), Err(Closed), "{closed}");
        }
        assert_eq!(reach.judge_literal("[::1]"), Err(Closed));
        assert_eq!(reach.judge_literal("office.example"), Ok(()));
    }
}
