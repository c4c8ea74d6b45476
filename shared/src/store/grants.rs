//! Grants: what authorization codes stand for.

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::Entity;
use super::transaction::{Condition, Transaction};
use super::{Store, expiring, item};
use crate::Fault;
use crate::domain::ids::GrantHash;
use crate::oauth::grant::Grant;

impl Store {
    /// Writes a new grant.
    pub async fn create_grant(&self, hash: &GrantHash, grant: &Grant) -> Result<(), Fault> {
        let item = expiring(item(&Entity::Grant(hash.clone()), grant)?, grant.expires_at);
        let mut transaction = Transaction::new(self);
        transaction.put(item, Some(Condition::absent()))?;
        transaction.commit().await.map(|_| ())
    }

    /// Reads a grant.
    pub async fn load_grant(&self, hash: &GrantHash) -> Result<Option<Grant>, Fault> {
        self.get(&Entity::Grant(hash.clone())).await
    }
}

/// Adds to a transaction that a grant is redeemed, which happens once.
pub(super) fn redeem(transaction: &mut Transaction<'_>, hash: &GrantHash) -> Result<(), Fault> {
    transaction.update(
        &Entity::Grant(hash.clone()),
        "SET redeemed = :yes",
        vec![(":yes", AttributeValue::Bool(true))],
        Condition {
            expression: "redeemed = :no".to_owned(),
            values: vec![(":no", AttributeValue::Bool(false))],
            ..Condition::default()
        },
    )
}
