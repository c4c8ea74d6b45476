//! Requests to servers of others, such as identity providers and webhooks: https, no redirects, no private addresses,
//! little time, and not much to read.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;

/// Seconds until a server has answered.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Seconds until a server takes the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes of an answer that are read at most.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Why there is no answer. It holds nothing of the request, which may carry a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The URL is not one that is called.
    #[error("not an address that is called")]
    Address,
    /// No answer, or not in time.
    #[error("no answer")]
    NoAnswer,
    /// The server said no.
    #[error("status {0}")]
    Status(u16),
    /// The answer is too long, or not what was asked for.
    #[error("not the answer that was asked for")]
    Answer,
}

/// A client for servers of others, made when it is first needed: loading certificates takes time.
#[derive(Debug, Default)]
pub struct Outbound {
    client: OnceCell<Client>,
    /// Servers on this machine may be called, without TLS: a development stack.
    local: bool,
}

impl Outbound {
    /// A client; with `local`, for a development stack.
    pub fn new(local: bool) -> Self {
        Self {
            client: OnceCell::new(),
            local,
        }
    }

    /// Gets a JSON document; `bearer` goes into the `Authorization` header.
    ///
    /// # Errors
    /// See [`OutboundError`].
    pub async fn get<T: DeserializeOwned>(
        &self,
        url: &str,
        bearer: Option<&str>,
    ) -> Result<T, OutboundError> {
        let url = self.checked(url)?;
        let mut request = self.client().await?.get(url);
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        serde_json::from_slice(&answer(request).await?).map_err(|_| OutboundError::Answer)
    }

    /// Posts `body`, of the type that `headers` say, and returns what is answered.
    ///
    /// # Errors
    /// See [`OutboundError`].
    pub async fn post(&self, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Vec<u8>, OutboundError> {
        let url = self.checked(url)?;
        answer(self.client().await?.post(url).headers(headers).body(body)).await
    }

    /// Whether `url` is one that is called; to what its name leads is seen when it is called.
    pub fn allows(&self, url: &str) -> bool {
        self.checked(url).is_ok()
    }

    /// An address literal is never asked of the resolver, so it is looked at here.
    fn checked(&self, url: &str) -> Result<Url, OutboundError> {
        let url: Url = url.parse().map_err(|_| OutboundError::Address)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let on_this_machine =
            host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        let allowed = match url.scheme() {
            "https" => on_this_machine && self.local || host.parse::<IpAddr>().is_err() && !on_this_machine,
            "http" => self.local && on_this_machine,
            _ => false,
        };
        let plain = url.username().is_empty() && url.password().is_none();
        if allowed && plain {
            Ok(url)
        } else {
            Err(OutboundError::Address)
        }
    }

    async fn client(&self) -> Result<&Client, OutboundError> {
        let local = self.local;
        let build = async || {
            Client::builder()
                .https_only(!local)
                .redirect(Policy::none())
                .timeout(TIMEOUT)
                .connect_timeout(CONNECT_TIMEOUT)
                .no_proxy()
                .dns_resolver(Arc::new(PublicOnly { local }))
                .build()
                .map_err(|_| OutboundError::NoAnswer)
        };
        self.client.get_or_try_init(build).await
    }
}

/// Sends a request and reads the answer, if it is one of success.
async fn answer(request: RequestBuilder) -> Result<Vec<u8>, OutboundError> {
    let mut response = request.send().await.map_err(|_| OutboundError::NoAnswer)?;
    if !response.status().is_success() {
        return Err(OutboundError::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| OutboundError::NoAnswer)? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(OutboundError::Answer);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The system's resolver, without the addresses that nobody on the internet has.
#[derive(Debug)]
struct PublicOnly {
    local: bool,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let local = self.local;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| is_public(address.ip()) || local && address.ip().is_loopback())
                .collect();
            if allowed.is_empty() {
                return Err("no public address".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet's: not of this machine, a private network, a link, a group, or AWS's metadata
/// service (IANA special-purpose address registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a == 100 && (64..128).contains(&b)
                || a == 192 && b == 0 && c == 0
                || a == 198 && (18..20).contains(&b)
                || a >= 240)
        }
        IpAddr::V6(v6) => v6
            .to_ipv4_mapped()
            .map_or_else(|| is_global_unicast(v6), |v4| is_public(IpAddr::V4(v4))),
    }
}

/// `2000::/3` without documentation, 6to4 and Teredo, which carry an IPv4 address inside.
fn is_global_unicast(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    a & 0xe000 == 0x2000 && a != 0x2002 && !(a == 0x2001 && (b == 0 || b == 0xdb8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for public in ["8.8.8.8", "52.94.236.248", "2606:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.170",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "2001:db8::1",
            "2002:0a00:0001::1",
            "64:ff9b::a00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn only_https_to_names_is_called() {
        let outbound = Outbound::new(false);
        assert!(outbound.checked("https://accounts.example.com/x").is_ok());
        for wrong in [
            "http://accounts.example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://8.8.8.8/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://localhost/",
            "https://user:pass@example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert_eq!(outbound.checked(wrong), Err(OutboundError::Address), "{wrong}");
        }
        let local = Outbound::new(true);
        assert!(local.checked("http://127.0.0.1:8080/").is_ok());
        assert!(local.checked("http://localhost:8080/").is_ok());
        assert!(local.checked("http://example.com/").is_err());
        assert!(local.checked("https://example.com/").is_ok());
    }
}
