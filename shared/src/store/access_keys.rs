//! Gatehouse's own access keys.

use super::keys::{ALL_ACCESS_KEYS, Entity};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item, listed};
use crate::Fault;
use crate::domain::access_key::AccessKey;
use crate::domain::ids::AccessKeyId;

impl Store {
    /// Reads an access key.
    pub async fn load_access_key(&self, id: &AccessKeyId) -> Result<Option<AccessKey>, Fault> {
        self.get(&Entity::AccessKey(id.clone())).await
    }

    /// Creates an access key. Returns whether its id was free.
    pub async fn create_access_key(&self, key: &AccessKey) -> Result<bool, Fault> {
        let item = item(&Entity::AccessKey(key.id.clone()), key)?;
        let mut transaction = Transaction::new(self);
        transaction.put(
            listed(item, ALL_ACCESS_KEYS.to_owned(), key.id.to_string()),
            Some(Condition::absent()),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Replaces the secret of a development key.
    pub async fn replace_development_key(&self, key: &AccessKey) -> Result<bool, Fault> {
        let item = item(&Entity::AccessKey(key.id.clone()), key)?;
        let mut transaction = Transaction::new(self);
        let condition = Condition {
            expression: "development = :yes".to_owned(),
            values: vec![(":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true))],
            ..Condition::default()
        };
        transaction.put(
            listed(item, ALL_ACCESS_KEYS.to_owned(), key.id.to_string()),
            Some(condition),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}
