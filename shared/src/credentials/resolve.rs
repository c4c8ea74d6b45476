//! Which identity logins lead to, and what becomes of identities that turn out to be one.

use crate::domain::identity_pool::IdentityPool;
use crate::domain::ids::IdentityId;
use crate::domain::pool_identity::{Identity, Login, LoginProvider};
use crate::fault::FaultKind;
use crate::store::rate_exceeded;
use crate::{App, Fault, Timestamp};

/// Tries before a caller is told to come back. Each failure means that another request changed the identity.
const TRIES: usize = 4;

/// The answer to logins of which none belongs to the identity.
pub fn logins_do_not_match() -> Fault {
    Fault::not_authorized(
        "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    )
}

/// The answer to whoever asks for an identity without showing a login of it.
pub fn forbidden(identity: &IdentityId) -> Fault {
    Fault::not_authorized(format!("Access to Identity '{identity}' is forbidden."))
}

/// The answer to a guest where guests are not admitted.
pub fn no_guests() -> Fault {
    Fault::not_authorized("Unauthenticated access is not supported for this identity pool.")
}

fn conflict() -> Fault {
    Fault::new(
        FaultKind::ResourceConflict,
        "The logins belong to different identities.",
    )
}

/// Resolution of one request's logins.
#[derive(Debug, Clone, Copy)]
pub struct Resolver<'a> {
    /// The function.
    pub app: &'a App,
    /// The identity pool.
    pub pool: &'a IdentityPool,
    /// When the request came in.
    pub now: Timestamp,
}

impl Resolver<'_> {
    /// A new guest.
    ///
    /// # Errors
    /// `NotAuthorizedException` where guests are not admitted.
    pub async fn guest(&self) -> Result<Identity, Fault> {
        if !self.pool.admits_guests() {
            return Err(no_guests());
        }
        let guest = self.blank();
        if self.app.store.create_identity(&guest).await? {
            Ok(guest)
        } else {
            Err(Fault::internal("a random identity id was taken"))
        }
    }

    /// The identity that logins lead to, with those linked that led nowhere yet; a new one where none does.
    ///
    /// # Errors
    /// `ResourceConflictException` when they lead to several.
    pub async fn identity_of(&self, logins: &[Login]) -> Result<Identity, Fault> {
        for _ in 0..TRIES {
            let found = self.app.store.find_identities(self.pool.id(), logins).await?;
            let done = match found.as_slice() {
                [] => self.create(logins).await?,
                [one] => self.link(one, logins).await?,
                _ => return Err(conflict()),
            };
            if let Some(identity) = done {
                return Ok(identity);
            }
        }
        Err(rate_exceeded())
    }

    /// The identity that a request names, once logins are shown: they must lead to it, or it is a guest whom they make
    /// somebody. A guest who is known already goes on as that identity, and the guest's is switched off.
    ///
    /// # Errors
    /// `NotAuthorizedException` when none of the logins belongs to the identity; `ResourceConflictException` when one of
    /// them belongs to another.
    pub async fn identified(&self, identity: Identity, logins: &[Login]) -> Result<Identity, Fault> {
        let mut identity = identity;
        for _ in 0..TRIES {
            let found = self.app.store.find_identities(self.pool.id(), logins).await?;
            let own = found.iter().find(|found| found.id == identity.id);
            let done = match (found.as_slice(), own) {
                ([], _) if identity.is_guest() && !identity.disabled => self.link(&identity, logins).await?,
                ([_], Some(own)) => self.link(own, logins).await?,
                ([other], None) if identity.is_guest() => self.take_over(&identity, other, logins).await?,
                (_, Some(_)) => return Err(conflict()),
                ([_, _, ..], None) if identity.is_guest() => return Err(conflict()),
                _ => return Err(logins_do_not_match()),
            };
            if let Some(done) = done {
                return Ok(done);
            }
            let again = self.app.store.load_identity(&identity.id).await?;
            identity = again.ok_or_else(logins_do_not_match)?;
        }
        Err(rate_exceeded())
    }

    /// Links logins to the identity that a developer names, whatever it has already.
    ///
    /// # Errors
    /// `DeveloperUserAlreadyRegisteredException` when the developer's user has another identity,
    /// `ResourceConflictException` when another login has; `NotAuthorizedException` for one that is switched off.
    pub async fn registered(
        &self,
        identity: Identity,
        logins: &[Login],
        developer: &LoginProvider,
    ) -> Result<Identity, Fault> {
        let mut identity = identity;
        for _ in 0..TRIES {
            if identity.disabled {
                return Err(forbidden(&identity.id));
            }
            let found = self.app.store.find_identities(self.pool.id(), logins).await?;
            if let Some(other) = found.iter().find(|found| found.id != identity.id) {
                let registered = logins
                    .iter()
                    .any(|login| login.provider == *developer && other.has(login));
                return Err(if registered {
                    already_registered()
                } else {
                    conflict()
                });
            }
            if let Some(linked) = self.link(&identity, logins).await? {
                return Ok(linked);
            }
            let again = self.app.store.load_identity(&identity.id).await?;
            identity =
                again.ok_or_else(|| crate::domain::pool_identity::no_identity(identity.id.as_str()))?;
        }
        Err(rate_exceeded())
    }

    fn blank(&self) -> Identity {
        let id = IdentityId::generate(self.pool.id().region(), &*self.app.entropy);
        Identity::new(id, self.pool.id().clone(), Vec::new(), self.now)
    }

    async fn create(&self, logins: &[Login]) -> Result<Option<Identity>, Fault> {
        let identity = self.linked(&self.blank(), logins)?;
        let written = self.app.store.create_identity(&identity).await?;
        Ok(written.then_some(identity))
    }

    async fn link(&self, identity: &Identity, logins: &[Login]) -> Result<Option<Identity>, Fault> {
        if logins.iter().all(|login| identity.has(login)) {
            return Ok(Some(identity.clone()));
        }
        let linked = self.linked(identity, logins)?;
        let written = self.app.store.replace_identity(identity, &linked).await?;
        Ok(written.then_some(linked))
    }

    async fn take_over(
        &self,
        guest: &Identity,
        known: &Identity,
        logins: &[Login],
    ) -> Result<Option<Identity>, Fault> {
        let Some(known) = self.link(known, logins).await? else {
            return Ok(None);
        };
        if guest.disabled {
            return Ok(Some(known));
        }
        let written = self
            .app
            .store
            .replace_identity(guest, &guest.disabled(self.now))
            .await?;
        Ok(written.then_some(known))
    }

    fn linked(&self, identity: &Identity, logins: &[Login]) -> Result<Identity, Fault> {
        identity.linked(logins, self.pool.developer_provider().as_ref(), self.now)
    }
}

/// The answer where a developer's user has an identity already.
pub fn already_registered() -> Fault {
    Fault::new(
        FaultKind::DeveloperUserAlreadyRegistered,
        "This developer user identifier is already registered with Cognito.",
    )
}
