//! Pools' keys for SAML requests.

use super::keys::Entity;
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item};
use crate::Fault;
use crate::domain::ids::PoolId;
use crate::domain::saml_key::SamlKey;

impl Store {
    /// Reads a pool's key, if it has one yet.
    pub async fn load_saml_key(&self, pool: &PoolId) -> Result<Option<SamlKey>, Fault> {
        self.get(&Entity::SamlKey(pool.clone())).await
    }

    /// Keeps a pool's first key. Returns whether it is the first, and the pool is still there.
    pub async fn create_saml_key(&self, pool: &PoolId, key: &SamlKey) -> Result<bool, Fault> {
        let entity = Entity::SamlKey(pool.clone());
        let mut transaction = Transaction::new(self);
        transaction.put(item(&entity, key)?, Some(Condition::absent()))?;
        transaction.check(&Entity::Pool(pool.clone()), Condition::present())?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}
