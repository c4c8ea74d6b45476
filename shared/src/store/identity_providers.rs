//! Identity providers of a pool, and the identifiers that lead to them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::keys::{Counted, Entity, PROVIDER_PREFIX, pool_partition};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item};
use crate::Fault;
use crate::domain::identity_provider::{MOST_PROVIDERS, ProviderRecord};
use crate::domain::ids::{PoolId, ProviderName};

/// An identifier's item: it leads to a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Identifier {
    provider: ProviderName,
}

/// Identifiers that one write adds and takes away at most: a transaction has a hundred steps.
pub const MOST_IDENTIFIER_CHANGES: usize = 97;

/// How writing a provider ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderWritten {
    /// It was written.
    Done,
    /// A provider of this name exists already.
    NameTaken,
    /// Another provider has one of the identifiers.
    IdentifierTaken(String),
    /// The pool has as many as it can have.
    TooMany,
    /// The provider or its pool changed; read again.
    Changed,
}

impl Store {
    /// Reads a provider.
    pub async fn load_provider(
        &self,
        pool: &PoolId,
        name: &ProviderName,
    ) -> Result<Option<ProviderRecord>, Fault> {
        self.get(&Entity::IdentityProvider(pool.clone(), name.clone()))
            .await
    }

    /// The name of the provider that has an identifier.
    pub async fn provider_of_identifier(
        &self,
        pool: &PoolId,
        identifier: &str,
    ) -> Result<Option<ProviderName>, Fault> {
        let entity = Entity::ProviderIdentifier(pool.clone(), identifier.to_owned());
        let found: Option<Identifier> = self.get(&entity).await?;
        Ok(found.map(|found| found.provider))
    }

    /// Creates a provider with its identifiers, and counts it.
    pub async fn create_provider(
        &self,
        pool: &PoolId,
        provider: &ProviderRecord,
        identifiers: &BTreeSet<String>,
    ) -> Result<ProviderWritten, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(
            item(&provider_entity(pool, provider), provider)?,
            Some(Condition::absent()),
        )?;
        transaction.count_up(pool, Counted::IdentityProviders, MOST_PROVIDERS)?;
        transaction.check(&Entity::Pool(pool.clone()), Condition::serving())?;
        let claims = claim(&mut transaction, pool, provider, identifiers.iter())?;
        Ok(match transaction.commit().await? {
            Ended::Done => ProviderWritten::Done,
            Ended::Refused(steps) if steps.contains(&0) => ProviderWritten::NameTaken,
            Ended::Refused(steps) if steps.contains(&1) => ProviderWritten::TooMany,
            Ended::Refused(steps) => taken(&claims, &steps),
        })
    }

    /// Replaces a provider as read at `seen_version`; its identifiers become `after`.
    pub async fn replace_provider(
        &self,
        pool: &PoolId,
        provider: &ProviderRecord,
        seen_version: u64,
        (before, after): (&BTreeSet<String>, &BTreeSet<String>),
    ) -> Result<ProviderWritten, Fault> {
        let mut transaction = Transaction::new(self);
        let seen = Some(Condition::version(seen_version));
        transaction.put(item(&provider_entity(pool, provider), provider)?, seen)?;
        for identifier in before.difference(after) {
            let entity = Entity::ProviderIdentifier(pool.clone(), identifier.clone());
            transaction.delete(&entity, None)?;
        }
        let claims = claim(&mut transaction, pool, provider, after.difference(before))?;
        Ok(match transaction.commit().await? {
            Ended::Done => ProviderWritten::Done,
            Ended::Refused(steps) if steps.contains(&0) => ProviderWritten::Changed,
            Ended::Refused(steps) => taken(&claims, &steps),
        })
    }

    /// Removes a provider as read, with its identifiers. Returns whether it was still as read.
    pub async fn remove_provider(
        &self,
        pool: &PoolId,
        provider: &ProviderRecord,
        identifiers: &BTreeSet<String>,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        let seen = Some(Condition::version(provider.version));
        transaction.delete(&provider_entity(pool, provider), seen)?;
        transaction.count_down(pool, Counted::IdentityProviders)?;
        for identifier in identifiers {
            let entity = Entity::ProviderIdentifier(pool.clone(), identifier.clone());
            transaction.delete(&entity, None)?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Lists up to `limit` providers of a pool after `after`, by name, and where the list goes on.
    pub async fn list_providers(
        &self,
        pool: &PoolId,
        after: Option<&ProviderName>,
        limit: i32,
    ) -> Result<(Vec<ProviderRecord>, Option<ProviderName>), Fault> {
        let after = after.map(|name| Entity::IdentityProvider(pool.clone(), name.clone()));
        self.records(
            (pool_partition(pool), PROVIDER_PREFIX),
            after,
            limit,
            |provider: &ProviderRecord| provider.name.clone(),
        )
        .await
    }
}

fn provider_entity(pool: &PoolId, provider: &ProviderRecord) -> Entity {
    Entity::IdentityProvider(pool.clone(), provider.name.clone())
}

/// Adds the steps that claim identifiers for a provider; returns each with its position.
fn claim<'a>(
    transaction: &mut Transaction<'_>,
    pool: &PoolId,
    provider: &ProviderRecord,
    identifiers: impl Iterator<Item = &'a String>,
) -> Result<Vec<(usize, String)>, Fault> {
    let mut claims = Vec::new();
    for identifier in identifiers {
        let entity = Entity::ProviderIdentifier(pool.clone(), identifier.clone());
        let leads_to = Identifier {
            provider: provider.name.clone(),
        };
        claims.push((transaction.len(), identifier.clone()));
        transaction.put(item(&entity, &leads_to)?, Some(Condition::absent()))?;
    }
    Ok(claims)
}

fn taken(claims: &[(usize, String)], refused: &[usize]) -> ProviderWritten {
    let claim = claims.iter().find(|(position, _)| refused.contains(position));
    claim.map_or(ProviderWritten::Changed, |(_, identifier)| {
        ProviderWritten::IdentifierTaken(identifier.clone())
    })
}
