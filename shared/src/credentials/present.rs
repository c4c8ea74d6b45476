//! What a request shows for the identity that it names.

use gatehouse_model::Sensitive;

use super::issuer::{self, Tags};
use super::logins::{self, Given, Verified};
use super::resolve::{Resolver, forbidden, no_guests};
use crate::domain::identity_pool::IdentityPool;
use crate::domain::pool_identity::Identity;
use crate::{App, Fault, Timestamp};

/// What was shown.
#[derive(Debug)]
pub enum Shown {
    /// Nothing: a guest.
    Nothing,
    /// Logins of providers.
    Logins(Vec<Verified>),
    /// A token of our own issuer, which a developer was given for this identity.
    OwnToken(Sensitive),
}

impl Shown {
    /// Claim `amr` of a token for whoever showed this.
    pub fn amr(&self) -> Vec<String> {
        match self {
            Self::Logins(shown) => logins::amr(shown),
            Self::Nothing | Self::OwnToken(_) => logins::amr(&[]),
        }
    }

    /// The session tags that it makes.
    pub fn tags(&self, pool: &IdentityPool) -> Tags {
        match self {
            Self::Logins(shown) => logins::tags(pool, shown),
            Self::Nothing | Self::OwnToken(_) => Tags::new(),
        }
    }
}

/// An identity, proven.
#[derive(Debug)]
pub struct Presented {
    /// The identity; another than the request names where that one was a guest who is known already.
    pub identity: Identity,
    /// What proved it.
    pub shown: Shown,
}

/// Proves the identity that a request names by the logins it shows.
///
/// # Errors
/// `NotAuthorizedException` for tokens that are not genuine, current or for this pool, for logins of which none is the
/// identity's, and for none where the identity has some or guests are not admitted; `ResourceConflictException` when the
/// logins belong to different identities.
pub async fn present(
    app: &App,
    pool: &IdentityPool,
    identity: Identity,
    given: &Given,
    now: Timestamp,
) -> Result<Presented, Fault> {
    if given.is_empty() {
        if !identity.is_guest() || identity.disabled {
            return Err(forbidden(&identity.id));
        }
        if !pool.admits_guests() {
            return Err(no_guests());
        }
        return Ok(Presented {
            identity,
            shown: Shown::Nothing,
        });
    }
    if let Some((_, token)) = given.iter().find(|(name, _)| issuer::is_named(app, name)) {
        if given.len() > 1 {
            return Err(Fault::invalid_parameter(
                "A token of the identity pool is shown alone.",
            ));
        }
        issuer::verify(app, token.expose(), pool, &identity.id, now).await?;
        if identity.disabled {
            return Err(forbidden(&identity.id));
        }
        return Ok(Presented {
            identity,
            shown: Shown::OwnToken(token.clone()),
        });
    }
    let verified = logins::verify(app, pool, given, now).await?;
    let shown: Vec<_> = verified.iter().map(|verified| verified.login.clone()).collect();
    let resolver = Resolver { app, pool, now };
    Ok(Presented {
        identity: resolver.identified(identity, &shown).await?,
        shown: Shown::Logins(verified),
    })
}
