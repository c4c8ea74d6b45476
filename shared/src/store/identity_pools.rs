//! Identity pools' configuration.

use super::keys::{ALL_IDENTITY_POOLS, Entity};
use super::transaction::{Condition, Ended, Transaction};
use super::{Item, Store, item, listed};
use crate::Fault;
use crate::domain::identity_pool::IdentityPoolRecord;
use crate::domain::ids::IdentityPoolId;

fn pool_item(record: &IdentityPoolRecord) -> Result<Item, Fault> {
    let item = item(&Entity::IdentityPool(record.id.clone()), record)?;
    Ok(listed(item, ALL_IDENTITY_POOLS.to_owned(), record.id.to_string()))
}

impl Store {
    /// Reads an identity pool's configuration.
    pub async fn load_identity_pool(
        &self,
        pool: &IdentityPoolId,
    ) -> Result<Option<IdentityPoolRecord>, Fault> {
        self.get(&Entity::IdentityPool(pool.clone())).await
    }

    /// Creates an identity pool. Returns whether its id was free.
    pub async fn create_identity_pool(&self, record: &IdentityPoolRecord) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(pool_item(record)?, Some(Condition::absent()))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Replaces an identity pool's configuration as read at `seen_version`. Returns whether it was still that version.
    pub async fn replace_identity_pool(
        &self,
        record: &IdentityPoolRecord,
        seen_version: u64,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(pool_item(record)?, Some(Condition::version(seen_version)))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Removes an identity pool's configuration, the last step of deleting it.
    pub async fn remove_identity_pool(&self, pool: &IdentityPoolId) -> Result<(), Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(&Entity::IdentityPool(pool.clone()), None)?;
        transaction.commit().await.map(|_| ())
    }
}
