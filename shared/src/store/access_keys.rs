//! Gatehouse's own access keys.

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{ALL_ACCESS_KEYS, Entity};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item, listed};
use crate::domain::access_key::AccessKey;
use crate::domain::ids::AccessKeyId;
use crate::{Fault, Timestamp};

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
            values: vec![(":yes", AttributeValue::Bool(true))],
            ..Condition::default()
        };
        transaction.put(
            listed(item, ALL_ACCESS_KEYS.to_owned(), key.id.to_string()),
            Some(condition),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Writes down that a key was used.
    pub async fn note_access_key_use(&self, id: &AccessKeyId, now: Timestamp) -> Result<(), Fault> {
        let mut transaction = Transaction::new(self);
        transaction.update(
            &Entity::AccessKey(id.clone()),
            "SET last_used_at = :now",
            vec![(":now", super::number(now))],
            Condition::present(),
        )?;
        transaction.commit().await.map(|_| ())
    }

    /// Switches a key off or on again. Returns whether there is such a key.
    pub async fn set_access_key_disabled(&self, id: &AccessKeyId, disabled: bool) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.update(
            &Entity::AccessKey(id.clone()),
            "SET disabled = :disabled",
            vec![(":disabled", AttributeValue::Bool(disabled))],
            Condition::present(),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Deletes a key. Returns whether there was one.
    pub async fn remove_access_key(&self, id: &AccessKeyId) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(&Entity::AccessKey(id.clone()), Some(Condition::present()))?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}
