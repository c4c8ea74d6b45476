//! Removing all that a pool holds. Every step can be repeated, so a deletion that was cut short is taken up again.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};

use super::identities::identity_entities;
use super::keys::{Entity, PK, SK, user_partition};
use super::{Item, Store, fault};
use crate::Fault;
use crate::domain::ids::UserKey;
use crate::domain::pool::Pool;
use crate::domain::user::User;

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
                // The profile goes last: while it is there, a repeated call finds the user again.
                self.purge_user(pool, &user).await?;
                let profile = Entity::Profile(pool.id().clone(), user.key.clone()).key();
                self.remove_all(vec![super::key_item(&profile)]).await?;
            }
        }
        Ok(false)
    }

    /// Removes what a deleted user left: sessions, devices, passkeys and memberships. None of it counts any more; it only takes room.
    ///
    /// The name and the addresses may be somebody else's by now, so only what carries the user's own `sub` goes. Guards
    /// belong to the name and stay for their hour.
    ///
    /// The user is gone already, so a sweep that is cut short is no failure of the deletion; the log tells.
    pub async fn sweep_user(&self, pool: &Pool, user: &User) {
        if let Err(fault) = self.try_sweep_user(pool, user).await {
            tracing::warn!(pool = %pool.id(), sub = %user.sub, cause = fault.cause(), "a deleted user left items behind");
        }
    }

    async fn try_sweep_user(&self, pool: &Pool, user: &User) -> Result<(), Fault> {
        let mut keys = Vec::new();
        for item in self.user_items(pool, &user.key).await? {
            if super::text(&item, "sub") != Some(user.sub.as_str()) {
                continue;
            }
            let key = super::text(&item, PK).zip(super::text(&item, SK));
            match key.and_then(|(pk, sk)| Entity::parse(pk, sk)) {
                Some(
                    Entity::Session(..)
                    | Entity::Joins(..)
                    | Entity::Device(..)
                    | Entity::TrackedSessions(..)
                    | Entity::Passkey(..)
                    | Entity::Registration(..),
                ) => keys.push(item),
                Some(Entity::Membership(pool, key, group)) => {
                    self.remove_membership_of(&pool, &group, &key, &user.sub).await?;
                }
                _ => {}
            }
        }
        self.remove_all(keys).await
    }

    /// Removes all items of a user of a pool that is being deleted, besides the profile.
    async fn purge_user(&self, pool: &Pool, user: &User) -> Result<(), Fault> {
        let id = pool.id();
        let aliases = user.aliases(&pool.names, pool.case_sensitive);
        let aliases = aliases
            .into_iter()
            .map(|(kind, value)| Entity::Alias(id.clone(), kind, value));
        let mut keys: Vec<Item> = aliases.map(|entity| super::key_item(&entity.key())).collect();
        for term in user.search_terms(&pool.searchable) {
            keys.push(super::key_item(
                &Entity::Search(id.clone(), term, user.key.clone()).key(),
            ));
        }
        for entity in identity_entities(id, &user.identities) {
            keys.push(super::key_item(&entity.key()));
        }
        for item in self.user_items(pool, &user.key).await? {
            match super::text(&item, PK)
                .zip(super::text(&item, SK))
                .and_then(|(pk, sk)| Entity::parse(pk, sk))
            {
                Some(Entity::Profile(..)) => continue,
                Some(Entity::Membership(pool, user, group)) => {
                    keys.push(super::key_item(&Entity::Member(pool, group, user).key()));
                }
                _ => {}
            }
            keys.push(item);
        }
        self.remove_all(keys).await
    }

    /// The keys of all items of a user, each with its `sub` where it has one.
    async fn user_items(&self, pool: &Pool, user: &UserKey) -> Result<Vec<Item>, Fault> {
        let mut keys = Vec::new();
        let mut start = None;
        loop {
            let output = self
                .dynamo
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .projection_expression("PK, SK, #sub")
                .expression_attribute_names("#sub", "sub")
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
    pub(super) async fn remove_all(&self, keys: Vec<Item>) -> Result<(), Fault> {
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
