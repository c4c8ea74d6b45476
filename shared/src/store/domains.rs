//! Domains of pools.

use super::keys::Entity;
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item, record};
use crate::Fault;
use crate::domain::domain_name::{DomainKind, PoolDomain};
use crate::domain::ids::{DomainName, PoolId};

/// How creating a domain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainWritten {
    /// It was created.
    Done,
    /// Some pool has it already.
    NameTaken,
    /// The pool has one of this kind.
    PlaceTaken,
}

fn place(domain: &PoolDomain) -> Entity {
    Entity::PoolDomain(domain.pool.clone(), domain.name.kind())
}

impl Store {
    /// Reads a domain.
    pub async fn load_domain(&self, name: &DomainName) -> Result<Option<PoolDomain>, Fault> {
        self.get(&Entity::Domain(name.clone())).await
    }

    /// Reads a pool's domains.
    pub async fn domains_of(&self, pool: &PoolId) -> Result<Vec<PoolDomain>, Fault> {
        let places = DomainKind::ALL.map(|kind| Entity::PoolDomain(pool.clone(), kind));
        let items = self.batch_get(&places).await?;
        items.into_iter().map(record).collect()
    }

    /// Creates a domain and takes its pool's place for one of its kind.
    pub async fn create_domain(&self, domain: &PoolDomain) -> Result<DomainWritten, Fault> {
        let mut transaction = Transaction::new(self);
        for entity in [Entity::Domain(domain.name.clone()), place(domain)] {
            transaction.put(item(&entity, domain)?, Some(Condition::absent()))?;
        }
        Ok(match transaction.commit().await? {
            Ended::Done => DomainWritten::Done,
            Ended::Refused(steps) if steps.contains(&0) => DomainWritten::NameTaken,
            Ended::Refused(_) => DomainWritten::PlaceTaken,
        })
    }

    /// Replaces a domain as read at `seen_version`. Returns whether it was still that version.
    pub async fn replace_domain(&self, domain: &PoolDomain, seen_version: u64) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        for entity in [Entity::Domain(domain.name.clone()), place(domain)] {
            transaction.put(item(&entity, domain)?, Some(Condition::version(seen_version)))?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Removes a domain as read. Returns whether it was still that version.
    pub async fn remove_domain(&self, domain: &PoolDomain) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        for entity in [Entity::Domain(domain.name.clone()), place(domain)] {
            transaction.delete(&entity, Some(Condition::version(domain.version)))?;
        }
        Ok(transaction.commit().await? == Ended::Done)
    }
}
