//! Pools' configuration.

use super::keys::{ALL_POOLS, Counted, Entity};
use super::transaction::{Condition, Ended, Transaction};
use super::{Item, Store, item, listed};
use crate::Fault;
use crate::domain::ids::PoolId;
use crate::domain::pool::PoolRecord;

pub(super) fn pool_item(record: &PoolRecord) -> Result<Item, Fault> {
    let item = item(&Entity::Pool(record.id.clone()), record)?;
    Ok(listed(item, ALL_POOLS.to_owned(), record.id.to_string()))
}

impl Store {
    /// Reads a pool's configuration.
    pub async fn load_pool(&self, pool: &PoolId) -> Result<Option<PoolRecord>, Fault> {
        self.get(&Entity::Pool(pool.clone())).await
    }

    /// Creates a pool. Returns whether its id was free.
    pub async fn create_pool(&self, record: &PoolRecord) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(pool_item(record)?, Some(Condition::absent()))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Replaces a pool's configuration as read at `seen_version`. Returns whether it was still that version.
    pub async fn replace_pool(&self, record: &PoolRecord, seen_version: u64) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(pool_item(record)?, Some(Condition::version(seen_version)))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Removes a pool's configuration, the last step of deleting it.
    pub async fn remove_pool(&self, pool: &PoolId) -> Result<(), Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(&Entity::Pool(pool.clone()), None)?;
        for counted in Counted::ALL {
            transaction.delete(&Entity::Count(pool.clone(), counted), None)?;
        }
        transaction.delete(&Entity::SamlKey(pool.clone()), None)?;
        transaction.commit().await.map(|_| ())
    }
}
