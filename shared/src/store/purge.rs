//! Removing all that a pool holds. Every step can be repeated, so a deletion that was cut short is taken up again.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};

use super::keys::{Entity, PK, SK, user_partition};
use super::{Item, Store, fault};
use crate::Fault;
use crate::domain::ids::UserKey;
use crate::domain::pool::Pool;

/// Users removed by one call at most.
const USERS_A_CALL: usize = 500;
/// What one `BatchWriteItem` takes.
const BATCH: usize = 25;

impl Store {
    /// Removes up to a few hundred users of a pool with all their items. Returns whether none are left.
    pub async fn purge_users(&self, pool: &Pool) -> Result<bool, Fault> {
        let mut removed = 0;
        while removed < USERS_A_CALL {
            let (users, _) = self.list_users(pool.id(), None, None, 60).await?;
            if users.is_empty() {
                return Ok(true);
            }
            removed += users.len();
            for user in users {
                let aliases = user.aliases(&pool.names, pool.case_sensitive);
                let aliases = aliases
                    .into_iter()
                    .map(|(kind, value)| Entity::Alias(pool.id().clone(), kind, value));
                let mut keys: Vec<Item> = aliases.map(|entity| super::key_item(&entity.key())).collect();
                // The profile goes last: while it is there, a repeated call finds the user again.
                keys.extend(self.user_items(pool, &user.key).await?);
                let profile = Entity::Profile(pool.id().clone(), user.key.clone()).key();
                keys.retain(|key| super::text(key, SK) != Some(&profile.sk));
                self.remove_all(keys).await?;
                self.remove_all(vec![super::key_item(&profile)]).await?;
            }
        }
        Ok(false)
    }

    /// The keys of all items of a user.
    async fn user_items(&self, pool: &Pool, user: &UserKey) -> Result<Vec<Item>, Fault> {
        let mut keys = Vec::new();
        let mut start = None;
        loop {
            let output = self
                .dynamo
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .projection_expression("PK, SK")
                .key_condition_expression("PK = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(user_partition(pool.id(), user)))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| fault(&error))?;
            keys.extend(output.items.unwrap_or_default());
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(keys);
            }
        }
    }

    /// Removes items by key; removing one that is gone is no error.
    async fn remove_all(&self, keys: Vec<Item>) -> Result<(), Fault> {
        let mut requests = Vec::new();
        for mut key in keys {
            key.retain(|name, _| name == PK || name == SK);
            let delete = DeleteRequest::builder()
                .set_key(Some(key))
                .build()
                .map_err(Fault::internal)?;
            requests.push(WriteRequest::builder().delete_request(delete).build());
        }
        for batch in requests.chunks(BATCH) {
            let mut left = batch.to_vec();
            for _ in 0..5 {
                let output = self
                    .dynamo
                    .batch_write_item()
                    .request_items(&self.table, left)
                    .send()
                    .await
                    .map_err(|error| fault(&error))?;
                left = output
                    .unprocessed_items
                    .unwrap_or_default()
                    .remove(&self.table)
                    .unwrap_or_default();
                if left.is_empty() {
                    break;
                }
            }
            if !left.is_empty() {
                return Err(super::rate_exceeded());
            }
        }
        Ok(())
    }
}
