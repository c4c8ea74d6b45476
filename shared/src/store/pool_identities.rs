//! Identities, and the logins that lead to them.
//!
//! An identity knows its logins and each login has an item that leads to its identity; both are always written in one
//! transaction. Two requests that meet on a login end in one identity.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::keys::{Entity, IDENTITY_SHARDS, identity_list_partition, identity_shard};
use super::listing::start_after;
use super::transaction::{Condition, Ended, Transaction};
use super::{Item, Store, item, listed, record};
use crate::Fault;
use crate::domain::ids::{IdentityId, IdentityPoolId};
use crate::domain::pool_identity::{Identity, Login};

/// A login's item: it leads to an identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct LoginItem {
    identity: IdentityId,
}

fn identity_item(identity: &Identity) -> Result<Item, Fault> {
    let entity = Entity::PoolIdentity(identity.id.clone());
    let partition = identity_list_partition(&identity.pool, identity_shard(&identity.id));
    Ok(listed(
        item(&entity, identity)?,
        partition,
        identity.id.to_string(),
    ))
}

fn leads_to(identity: &IdentityId) -> Condition {
    Condition {
        expression: "#identity = :identity".to_owned(),
        names: vec![("#identity", "identity")],
        values: vec![(":identity", AttributeValue::S(identity.to_string()))],
    }
}

impl Store {
    /// Reads an identity.
    pub async fn load_identity(&self, identity: &IdentityId) -> Result<Option<Identity>, Fault> {
        self.get(&Entity::PoolIdentity(identity.clone())).await
    }

    /// Finds the identities that logins lead to: one read of the logins, one of the identities.
    pub async fn find_identities(
        &self,
        pool: &IdentityPoolId,
        logins: &[Login],
    ) -> Result<Vec<Identity>, Fault> {
        let entities: Vec<_> = logins
            .iter()
            .map(|login| Entity::Login(pool.clone(), login.clone()))
            .collect();
        let mut ids = Vec::new();
        for item in self.batch_get(&entities).await? {
            let found: LoginItem = record(item)?;
            if !ids.contains(&found.identity) {
                ids.push(found.identity);
            }
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let entities: Vec<_> = ids.into_iter().map(Entity::PoolIdentity).collect();
        let mut identities = Vec::new();
        for item in self.batch_get(&entities).await? {
            identities.push(record::<Identity>(item)?);
        }
        // What a login leads to knows the login; one that was unlinked between the two reads does not count.
        identities
            .retain(|identity| identity.pool == *pool && logins.iter().any(|login| identity.has(login)));
        Ok(identities)
    }

    /// Creates an identity with its logins. Returns whether all of these were free.
    pub async fn create_identity(&self, identity: &Identity) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(identity_item(identity)?, Some(Condition::absent()))?;
        add_logins(&mut transaction, identity, &identity.logins)?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Replaces an identity as it was read, with the items of the logins that it gained or lost. Returns whether it was
    /// still as read and the new logins were free.
    pub async fn replace_identity(&self, before: &Identity, after: &Identity) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(identity_item(after)?, Some(Condition::version(before.version)))?;
        let gained: Vec<_> = after
            .logins
            .iter()
            .filter(|login| !before.has(login))
            .cloned()
            .collect();
        add_logins(&mut transaction, after, &gained)?;
        for login in before.logins.iter().filter(|login| !after.has(login)) {
            transaction.delete(
                &Entity::Login(after.pool.clone(), login.clone()),
                Some(leads_to(&before.id)),
            )?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Moves all logins of `source` to `destination`, which becomes `merged`; `source` is gone. Returns whether both were
    /// as read.
    pub async fn merge_identities(
        &self,
        source: &Identity,
        destination: &Identity,
        merged: &Identity,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(
            identity_item(merged)?,
            Some(Condition::version(destination.version)),
        )?;
        transaction.delete(
            &Entity::PoolIdentity(source.id.clone()),
            Some(Condition::version(source.version)),
        )?;
        for login in &source.logins {
            let entity = Entity::Login(merged.pool.clone(), login.clone());
            let leads = LoginItem {
                identity: merged.id.clone(),
            };
            transaction.put(item(&entity, &leads)?, Some(leads_to(&source.id)))?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Deletes an identity as read, with its logins. Returns whether it was still as read.
    pub async fn remove_identity(&self, identity: &Identity) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(
            &Entity::PoolIdentity(identity.id.clone()),
            Some(Condition::version(identity.version)),
        )?;
        for login in &identity.logins {
            transaction.delete(
                &Entity::Login(identity.pool.clone(), login.clone()),
                Some(leads_to(&identity.id)),
            )?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Lists up to `limit` identities of a pool after `after`, by id, and where the list goes on. Most pages are one read
    /// of one partition of the index.
    pub async fn list_identities(
        &self,
        pool: &IdentityPoolId,
        after: Option<&IdentityId>,
        limit: usize,
    ) -> Result<(Vec<Identity>, Option<IdentityId>), Fault> {
        let mut found: Vec<Identity> = Vec::new();
        let mut shard = after.map_or(0, identity_shard);
        let mut start = after.cloned();
        loop {
            let partition = identity_list_partition(pool, shard);
            let from = start.take().map(|identity| {
                start_after(
                    &Entity::PoolIdentity(identity.clone()),
                    &partition,
                    identity.as_str(),
                )
            });
            let (slice, more) = self
                .listed_slice::<Identity>(partition, from, limit - found.len())
                .await?;
            found.extend(slice);
            if more || found.len() >= limit {
                let next = found.last().map(|identity| identity.id.clone());
                let end = !more && shard + 1 == IDENTITY_SHARDS;
                return Ok((found, next.filter(|_| !end)));
            }
            shard += 1;
            if shard == IDENTITY_SHARDS {
                return Ok((found, None));
            }
        }
    }
}

fn add_logins(transaction: &mut Transaction<'_>, identity: &Identity, logins: &[Login]) -> Result<(), Fault> {
    for login in logins {
        let entity = Entity::Login(identity.pool.clone(), login.clone());
        let leads = LoginItem {
            identity: identity.id.clone(),
        };
        transaction.put(item(&entity, &leads)?, Some(Condition::absent()))?;
    }
    Ok(())
}
