//! Domains of pools: hosts at which a pool's pages and OAuth endpoints know their pool without being told.

use serde::{Deserialize, Serialize};

use super::ids::{DomainName, PoolId};
use crate::Fault;

/// Words that no prefix may contain, as Cognito has it.
const RESERVED: [&str; 3] = ["amazon", "aws", "cognito"];

/// What a domain is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainKind {
    /// A label before the host of the issuer.
    Prefix,
    /// A host name of its owner.
    Custom,
}

impl DomainKind {
    /// Every kind. A pool has at most one domain of each.
    pub const ALL: [Self; 2] = [Self::Prefix, Self::Custom];

    /// The word for the kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::Custom => "custom",
        }
    }
}

/// A domain as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolDomain {
    /// The name.
    pub name: DomainName,
    /// The pool it leads to.
    pub pool: PoolId,
    /// The certificate of a custom domain, which its owner gives to the API too.
    pub certificate: Option<String>,
    /// `ManagedLoginVersion`.
    pub pages: i32,
    /// Counts every write.
    pub version: u64,
}

impl DomainName {
    /// The kind: a host name of its own has a dot.
    pub fn kind(&self) -> DomainKind {
        if self.as_str().contains('.') {
            DomainKind::Custom
        } else {
            DomainKind::Prefix
        }
    }

    /// The domain that a request's host is, where `base` is the host of the issuer: the host itself, or the label
    /// before the base. `None` for the base and for what is no host name.
    pub fn of_host(host: &str, base: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let host = without_port(&host);
        let base = without_port(base);
        if host == base {
            return None;
        }
        let prefix = host.strip_suffix(base).and_then(|rest| rest.strip_suffix('.'));
        match prefix {
            Some(prefix) if !prefix.contains('.') => prefix.parse().ok(),
            // A single label is never a host of its own.
            _ => host
                .parse()
                .ok()
                .filter(|name: &Self| name.kind() == DomainKind::Custom),
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

impl PoolDomain {
    /// A domain with checked settings: a custom one needs a certificate, a prefix has none.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub fn new(
        name: DomainName,
        pool: PoolId,
        certificate: Option<String>,
        pages: Option<i32>,
    ) -> Result<Self, Fault> {
        match (name.kind(), &certificate) {
            (DomainKind::Custom, None) => {
                return Err(Fault::invalid_parameter(
                    "A custom domain needs CustomDomainConfig.",
                ));
            }
            (DomainKind::Prefix, Some(_)) => {
                return Err(Fault::invalid_parameter(
                    "CustomDomainConfig is for custom domains, such as auth.example.com.",
                ));
            }
            _ => {}
        }
        if name.kind() == DomainKind::Prefix
            && let Some(word) = RESERVED.iter().find(|word| name.as_str().contains(**word))
        {
            return Err(Fault::invalid_parameter(format!(
                "Domain cannot contain reserved word: {word}"
            )));
        }
        let pages = pages.unwrap_or(1);
        if !(1..=2).contains(&pages) {
            return Err(Fault::invalid_parameter("ManagedLoginVersion must be 1 or 2."));
        }
        Ok(Self {
            name,
            pool,
            certificate,
            pages,
            version: 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn domain(name: &str, certificate: Option<&str>) -> Result<PoolDomain, Fault> {
        PoolDomain::new(
            name.parse().unwrap(),
            "eu-west-1_abc".parse().unwrap(),
            certificate.map(str::to_owned),
            None,
        )
    }

    #[test]
    fn a_custom_domain_has_a_certificate_and_a_prefix_has_none() {
        assert!(domain("login", None).is_ok() && domain("auth.example.com", Some("arn")).is_ok());
        assert!(domain("login", Some("arn")).is_err() && domain("auth.example.com", None).is_err());
        assert!(domain("my-cognito", None).is_err());
    }

    #[test]
    fn a_host_is_a_domain_or_the_base() {
        let of = |host| DomainName::of_host(host, "auth.example.com:8443").map(String::from);
        assert_eq!(of("auth.example.com"), None);
        assert_eq!(of("AUTH.example.com:443"), None);
        assert_eq!(of("shop.auth.example.com:8443").as_deref(), Some("shop"));
        assert_eq!(of("login.other.org").as_deref(), Some("login.other.org"));
        // Not a prefix, but a host of its own.
        assert_eq!(
            of("a.b.auth.example.com").as_deref(),
            Some("a.b.auth.example.com")
        );
        assert_eq!(of("localhost"), None);
        assert_eq!(of("-bad-.example.com"), None);
    }

    proptest! {
        #[test]
        fn any_host_is_a_domain_or_not(host in ".{0,40}", base in ".{0,20}") {
            let _ = DomainName::of_host(&host, &base);
        }
    }
}
