//! Identities at external providers, and the users they lead to.

use serde::{Deserialize, Serialize};

use super::keys::Entity;
use super::transaction::{Condition, Ended, Transaction};
use super::users::{Written, profile_item};
use super::{Store, item};
use crate::Fault;
use crate::domain::identity::{Identity, IdentityKey};
use crate::domain::ids::{PoolId, UserKey};
use crate::domain::user::User;

/// An identity's item: it leads to a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Link {
    user: UserKey,
}

impl Store {
    /// The user that an identity is linked to.
    pub async fn user_of_identity(
        &self,
        pool: &PoolId,
        identity: &IdentityKey,
    ) -> Result<Option<UserKey>, Fault> {
        let entity = Entity::Identity(pool.clone(), identity.clone());
        let link: Option<Link> = self.get(&entity).await?;
        Ok(link.map(|link| link.user))
    }

    /// Replaces a user by what became of it with one identity more. [`Written::NameTaken`] says that the identity leads
    /// to somebody already.
    pub async fn link_identity(
        &self,
        pool: &PoolId,
        before: &User,
        after: &User,
        identity: &IdentityKey,
    ) -> Result<Written, Fault> {
        let mut transaction = Transaction::new(self);
        let seen = Some(Condition::version(before.version));
        transaction.put(profile_item(pool, after)?, seen)?;
        let link = Link {
            user: after.key.clone(),
        };
        let entity = Entity::Identity(pool.clone(), identity.clone());
        transaction.put(item(&entity, &link)?, Some(Condition::absent()))?;
        Ok(match transaction.commit().await? {
            Ended::Done => Written::Done,
            Ended::Refused(steps) if steps.contains(&1) => Written::NameTaken,
            Ended::Refused(_) => Written::Changed,
        })
    }

    /// Replaces a user by what became of it without an identity. Returns whether the user was still as read.
    pub async fn unlink_identity(
        &self,
        pool: &PoolId,
        before: &User,
        after: &User,
        identity: &IdentityKey,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        let seen = Some(Condition::version(before.version));
        transaction.put(profile_item(pool, after)?, seen)?;
        transaction.delete(&Entity::Identity(pool.clone(), identity.clone()), None)?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}

/// The items that lead to a user from its identities.
pub(super) fn identity_entities(pool: &PoolId, identities: &[Identity]) -> impl Iterator<Item = Entity> {
    identities
        .iter()
        .map(|identity| Entity::Identity(pool.clone(), identity.key.clone()))
}
