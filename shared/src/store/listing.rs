//! Lists: of what stands in one partition, and through the index, such as pools and a pool's users.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::keys::{
    ALL_ACCESS_KEYS, ALL_IDENTITY_POOLS, ALL_POOLS, Entity, INDEX, INDEX_PK, INDEX_SK, SearchTerm,
    USER_SHARDS, user_list_partition, user_shard,
};
use super::{Item, Store, fault, key_item, record};
use crate::Fault;
use crate::domain::access_key::AccessKey;
use crate::domain::identity_pool::IdentityPoolRecord;
use crate::domain::ids::{IdentityPoolId, PoolId, UserKey};
use crate::domain::pool::PoolRecord;
use crate::domain::user::User;

/// Where a list of users goes on: after this user, in the order of shards and then of names.
pub type UserCursor = UserKey;

/// One partition of the index, or a part of it.
struct Slice {
    partition: String,
    prefix: Option<String>,
    start: Option<Item>,
    limit: i32,
}

pub(super) fn start_after(entity: &Entity, partition: &str, sort: &str) -> Item {
    let mut start = key_item(&entity.key());
    start.extend(HashMap::from([
        (INDEX_PK.to_owned(), AttributeValue::S(partition.to_owned())),
        (INDEX_SK.to_owned(), AttributeValue::S(sort.to_owned())),
    ]));
    start
}

impl Store {
    /// One page of a partition, strongly consistent, and whether there is more.
    pub(super) async fn page(
        &self,
        partition: String,
        prefix: Option<&str>,
        start: Option<Item>,
        limit: i32,
    ) -> Result<(Vec<Item>, bool), Fault> {
        let mut query = self
            .dynamo
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .set_exclusive_start_key(start)
            .limit(limit);
        query = match prefix.filter(|prefix| !prefix.is_empty()) {
            None => query.key_condition_expression("PK = :pk"),
            Some(prefix) => query
                .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned())),
        };
        let output = query.send().await.map_err(|error| fault(&error))?;
        let more = output.last_evaluated_key.is_some();
        Ok((output.items.unwrap_or_default(), more))
    }

    /// Up to `limit` records of a partition after `after`, and by `cursor` of the last where the list goes on.
    pub(super) async fn records<T: DeserializeOwned, C>(
        &self,
        (partition, prefix): (String, &str),
        after: Option<Entity>,
        limit: i32,
        cursor: impl Fn(&T) -> C,
    ) -> Result<(Vec<T>, Option<C>), Fault> {
        let start = after.map(|entity| key_item(&entity.key()));
        let (items, more) = self.page(partition, Some(prefix), start, limit).await?;
        let records: Vec<T> = items.into_iter().map(record).collect::<Result<_, _>>()?;
        let next = records.last().filter(|_| more).map(cursor);
        Ok((records, next))
    }

    async fn slice<T: DeserializeOwned>(&self, slice: Slice) -> Result<(Vec<T>, bool), Fault> {
        let mut query = self
            .dynamo
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .expression_attribute_values(":pk", AttributeValue::S(slice.partition))
            .set_exclusive_start_key(slice.start)
            .limit(slice.limit);
        query = match slice.prefix.filter(|prefix| !prefix.is_empty()) {
            None => query.key_condition_expression("GSI1PK = :pk"),
            Some(prefix) => query
                .key_condition_expression("GSI1PK = :pk AND begins_with(GSI1SK, :prefix)")
                .expression_attribute_values(":prefix", AttributeValue::S(prefix)),
        };
        let output = query.send().await.map_err(|error| fault(&error))?;
        let more = output.last_evaluated_key.is_some();
        let records = output
            .items
            .unwrap_or_default()
            .into_iter()
            .map(record)
            .collect::<Result<_, _>>()?;
        Ok((records, more))
    }

    /// Lists up to `limit` pools after `after`, by id, and where the list goes on.
    pub async fn list_pools(
        &self,
        after: Option<&PoolId>,
        limit: i32,
    ) -> Result<(Vec<PoolRecord>, Option<PoolId>), Fault> {
        let start = after.map(|pool| start_after(&Entity::Pool(pool.clone()), ALL_POOLS, pool.as_str()));
        let slice = Slice {
            partition: ALL_POOLS.to_owned(),
            prefix: None,
            start,
            limit,
        };
        let (pools, more) = self.slice::<PoolRecord>(slice).await?;
        let next = pools.last().filter(|_| more).map(|pool| pool.id.clone());
        Ok((pools, next))
    }

    /// Lists up to `limit` identity pools after `after`, by id, and where the list goes on.
    pub async fn list_identity_pools(
        &self,
        after: Option<&IdentityPoolId>,
        limit: usize,
    ) -> Result<(Vec<IdentityPoolRecord>, Option<IdentityPoolId>), Fault> {
        let start = after.map(|pool| {
            start_after(
                &Entity::IdentityPool(pool.clone()),
                ALL_IDENTITY_POOLS,
                pool.as_str(),
            )
        });
        let (pools, more) = self
            .listed_slice::<IdentityPoolRecord>(ALL_IDENTITY_POOLS.to_owned(), start, limit)
            .await?;
        let next = pools.last().filter(|_| more).map(|pool| pool.id.clone());
        Ok((pools, next))
    }

    /// Up to `limit` records of an index partition, and whether there are more.
    pub(super) async fn listed_slice<T: DeserializeOwned>(
        &self,
        partition: String,
        start: Option<Item>,
        limit: usize,
    ) -> Result<(Vec<T>, bool), Fault> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX).max(1);
        self.slice(Slice {
            partition,
            prefix: None,
            start,
            limit,
        })
        .await
    }

    /// Lists all access keys, by id.
    pub async fn list_access_keys(&self) -> Result<Vec<AccessKey>, Fault> {
        let mut keys: Vec<AccessKey> = Vec::new();
        loop {
            let start = keys.last().map(|key| {
                start_after(
                    &Entity::AccessKey(key.id.clone()),
                    ALL_ACCESS_KEYS,
                    key.id.as_str(),
                )
            });
            let (found, more) = self
                .slice(Slice {
                    partition: ALL_ACCESS_KEYS.to_owned(),
                    prefix: None,
                    start,
                    limit: 100,
                })
                .await?;
            let end = found.is_empty();
            keys.extend(found);
            if !more || end {
                return Ok(keys);
            }
        }
    }

    /// Lists up to `limit` users after `after` whose names begin with `prefix`, and where the list goes on.
    ///
    /// At most two reads in sequence: the shard in which the list stands, then the rest of the shards at once.
    pub async fn list_users(
        &self,
        pool: &PoolId,
        prefix: Option<&str>,
        after: Option<&UserCursor>,
        limit: usize,
    ) -> Result<(Vec<User>, Option<UserCursor>), Fault> {
        let first = after.map_or(0, user_shard);
        let (mut users, mut more) = self.user_slice(pool, first, prefix, after, limit).await?;
        if !more && users.len() < limit {
            let left = limit - users.len();
            let rest = (first + 1..USER_SHARDS).map(|shard| self.user_slice(pool, shard, prefix, None, left));
            for slice in join_all(rest).await {
                let (found, unread) = slice?;
                more |= unread || users.len() + found.len() > limit;
                users.extend(found.into_iter().take(limit - users.len()));
            }
        } else if !more && first + 1 < USER_SHARDS {
            more = true;
        }
        let next = users.last().filter(|_| more).map(|user| user.key.clone());
        Ok((users, next))
    }

    async fn user_slice(
        &self,
        pool: &PoolId,
        shard: u8,
        prefix: Option<&str>,
        after: Option<&UserCursor>,
        limit: usize,
    ) -> Result<(Vec<User>, bool), Fault> {
        let partition = user_list_partition(pool, shard);
        let start = after.map(|user| {
            start_after(
                &Entity::Profile(pool.clone(), user.clone()),
                &partition,
                user.as_str(),
            )
        });
        let limit = i32::try_from(limit).unwrap_or(i32::MAX).max(1);
        self.slice(Slice {
            partition,
            prefix: prefix.map(str::to_owned),
            start,
            limit,
        })
        .await
    }
}

impl Store {
    /// Finds up to `limit` users by a searchable attribute, equal to or beginning with a value, after `after` (a sort
    /// key of the search), and where the search goes on: one read of the search, one of the users.
    pub async fn search_users(
        &self,
        pool: &PoolId,
        (term, exact): (&SearchTerm, bool),
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<User>, Option<String>), Fault> {
        let (partitions, prefix) = term.range(pool, exact);
        let wanted = i32::try_from(limit).unwrap_or(i32::MAX).saturating_add(1);
        let slices = partitions
            .into_iter()
            .map(|partition| self.search_slice(partition, &prefix, after, wanted));
        let mut found = Vec::new();
        for slice in join_all(slices).await {
            found.extend(slice?);
        }
        found.sort();
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(sort, _)| sort.clone());
        let keys: Vec<_> = found.into_iter().map(|(_, user)| user).collect();
        let mut users = self.load_users(pool, &keys).await?;
        users.sort_by_key(|user| keys.iter().position(|key| *key == user.key));
        Ok((users, next))
    }

    /// Sort keys and users of one partition of the search.
    async fn search_slice(
        &self,
        partition: String,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Vec<(String, UserKey)>, Fault> {
        let start = after.map(|sort| {
            super::key_item(&super::keys::Key {
                pk: partition.clone(),
                sk: sort.to_owned(),
            })
        });
        let (items, _) = self.page(partition, Some(prefix), start, limit).await?;
        let found = items.into_iter().filter_map(|item| {
            let sort = super::text(&item, super::SK)?.to_owned();
            match Entity::parse(super::text(&item, super::PK)?, &sort)? {
                Entity::Search(_, _, user) => Some((sort, user)),
                _ => None,
            }
        });
        Ok(found.collect())
    }
}

/// Awaits all at once, in order.
pub(crate) async fn join_all<T, F: Future<Output = T>>(futures: impl Iterator<Item = F>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, done) in &mut pending {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    pending.into_iter().filter_map(|(_, done)| done).collect()
}
