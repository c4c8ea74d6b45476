//! What is accepted once: DPoP proofs (RFC 9449 section 11.1) and client assertions (RFC 7523 section 3), each known by its
//! `jti` among those of its key or client.

use aws_lc_rs::digest::{SHA256, digest};

use super::error::{Code, OauthError};
use crate::domain::ids::ProofHash;
use crate::{App, Timestamp};

/// A proof that was verified, and is good for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Its name in storage.
    pub hash: ProofHash,
    /// When it would be refused in any case, as too old.
    pub expires_at: Timestamp,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dpop,
    Assertion,
}

impl Once {
    /// A DPoP proof by the key with this thumbprint.
    pub fn dpop(thumbprint: &str, jti: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Dpop, ("dpop", thumbprint, jti), expires_at)
    }

    /// An assertion of a client.
    pub fn assertion(client: &str, jti: &str, expires_at: Timestamp) -> Self {
        Self::new(Kind::Assertion, ("assertion", client, jti), expires_at)
    }

    /// Neither thumbprints nor ids of clients hold a line feed, so no `jti` can make one name out of two.
    fn new(kind: Kind, (what, whose, jti): (&str, &str, &str), expires_at: Timestamp) -> Self {
        let name = format!("{what}\n{whose}\n{jti}");
        Self {
            hash: ProofHash::of(digest(&SHA256, name.as_bytes()).as_ref()),
            expires_at,
            kind,
        }
    }

    fn refused(&self) -> OauthError {
        match self.kind {
            Kind::Dpop => OauthError::new(Code::InvalidDpopProof, "The DPoP proof was used before"),
            Kind::Assertion => OauthError::new(Code::InvalidClient, "The client assertion was used before"),
        }
    }
}

/// Accepts what a request has shown, for this request and no other: one write, or none where there is nothing.
///
/// # Errors
/// `invalid_dpop_proof` or `invalid_client` for what was accepted before.
pub async fn accept(app: &App, shown: &[Once]) -> Result<(), OauthError> {
    let before = app.store.accept_once(shown).await?;
    match before.and_then(|position| shown.get(position)) {
        None => Ok(()),
        Some(once) => Err(once.refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    #[test]
    fn nobody_uses_up_what_is_somebody_elses() {
        let own = Once::dpop("key", "1", NOON).hash;
        assert_eq!(Once::dpop("key", "1", NOON.plus_seconds(1)).hash, own);
        for other in [
            Once::dpop("key", "2", NOON),
            Once::dpop("yek", "1", NOON),
            Once::assertion("key", "1", NOON),
        ] {
            assert_ne!(other.hash, own);
        }
    }
}
