//! Groups and their members.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::keys::{Counted, Entity, GROUP_PREFIX, group_partition, pool_partition, user_partition};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item, key_item, record};
use crate::Fault;
use crate::domain::group::{Group, MOST_GROUPS, Membership};
use crate::domain::ids::{GroupName, PoolId, Sub, UserKey};
use crate::domain::user::User;

/// Groups deleted or memberships removed in one go at most.
const AT_ONCE: i32 = 100;

/// How often a user name was put into a group. Whoever adds a membership moves it on from what was read together with
/// the memberships, so none is added beside those that were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Joins {
    count: u64,
}

/// How creating a group ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupCreated {
    /// It was written.
    Done,
    /// A group of this name exists already.
    NameTaken,
    /// The pool has as many as it can have.
    TooMany,
    /// The pool is being deleted.
    NoPool,
}

/// A user's side of the list that a membership is added to.
#[derive(Debug, Clone, Copy)]
pub struct Joining<'a> {
    /// The user.
    pub user: &'a User,
    /// What was read with the user and the memberships.
    pub seen: Joins,
}

impl Store {
    /// Reads a group.
    pub async fn load_group(&self, pool: &PoolId, group: &GroupName) -> Result<Option<Group>, Fault> {
        self.get(&Entity::Group(pool.clone(), group.clone())).await
    }

    /// Reads several groups at once; those that do not exist are left out.
    pub async fn load_groups(&self, pool: &PoolId, names: &[GroupName]) -> Result<Vec<Group>, Fault> {
        let mut groups = Vec::new();
        for names in names.chunks(100) {
            let entities: Vec<_> = names
                .iter()
                .map(|name| Entity::Group(pool.clone(), name.clone()))
                .collect();
            for item in self.batch_get(&entities).await? {
                groups.push(record(item)?);
            }
        }
        Ok(groups)
    }

    /// Creates a group, and counts it.
    pub async fn create_group(&self, pool: &PoolId, group: &Group) -> Result<GroupCreated, Fault> {
        let entity = Entity::Group(pool.clone(), group.name.clone());
        let mut transaction = Transaction::new(self);
        transaction.put(item(&entity, group)?, Some(Condition::absent()))?;
        transaction.count_up(pool, Counted::Groups, MOST_GROUPS)?;
        transaction.check(&Entity::Pool(pool.clone()), Condition::serving())?;
        Ok(match transaction.commit().await? {
            Ended::Done => GroupCreated::Done,
            Ended::Refused(steps) if steps.contains(&0) => GroupCreated::NameTaken,
            Ended::Refused(steps) if steps.contains(&1) => GroupCreated::TooMany,
            Ended::Refused(_) => GroupCreated::NoPool,
        })
    }

    /// Replaces a group as read at `seen_version`. Returns whether it was still that version.
    pub async fn replace_group(
        &self,
        pool: &PoolId,
        group: &Group,
        seen_version: u64,
    ) -> Result<bool, Fault> {
        let entity = Entity::Group(pool.clone(), group.name.clone());
        let mut transaction = Transaction::new(self);
        transaction.put(item(&entity, group)?, Some(Condition::version(seen_version)))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Deletes a group: from then on no membership of it counts. What is left of its members is removed by
    /// [`Store::purge_members`].
    pub async fn remove_group(&self, pool: &PoolId, group: &GroupName) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(
            &Entity::Group(pool.clone(), group.clone()),
            Some(Condition::present()),
        )?;
        transaction.count_down(pool, Counted::Groups)?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Removes memberships of a deleted group, a hundred at a time. A call that is cut short leaves some that count
    /// for nothing.
    pub async fn purge_members(&self, pool: &PoolId, group: &Group) -> Result<(), Fault> {
        loop {
            let (members, _) = self.list_members(pool, &group.name, None, AT_ONCE).await?;
            let gone: Vec<_> = members
                .iter()
                .filter(|(_, membership)| group.has(membership))
                .collect();
            if gone.is_empty() {
                return Ok(());
            }
            let keys = gone
                .iter()
                .flat_map(|(user, membership)| membership_entities(pool, user, &membership.group))
                .map(|entity| key_item(&entity.key()))
                .collect();
            self.remove_all(keys).await?;
        }
    }

    /// Puts a user into a group. Returns whether both exist as read, and the user was put into no other since.
    pub async fn add_member(
        &self,
        pool: &PoolId,
        group: &Group,
        Joining { user, seen }: Joining<'_>,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.join(pool, std::slice::from_ref(group), user)?;
        let joins = Entity::Joins(pool.clone(), user.key.clone());
        let joined = Joins {
            count: seen.count + 1,
        };
        let mut joined = item(&joins, &joined)?;
        joined.insert("sub".to_owned(), AttributeValue::S(user.sub.to_string()));
        transaction.put(joined, Some(Condition::count(seen.count)))?;
        transaction.check(
            &Entity::Profile(pool.clone(), user.key.clone()),
            Condition::same_user(&user.sub),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Takes a user out of a group; doing so twice is no error.
    pub async fn remove_member(&self, pool: &PoolId, group: &GroupName, user: &UserKey) -> Result<(), Fault> {
        let mut transaction = Transaction::new(self);
        for entity in membership_entities(pool, user, group) {
            transaction.delete(&entity, None)?;
        }
        transaction.commit().await.map(|_| ())
    }

    /// Removes a membership if it still is the one of this very user, not of somebody who took the name.
    pub(super) async fn remove_membership_of(
        &self,
        pool: &PoolId,
        group: &GroupName,
        user: &UserKey,
        sub: &Sub,
    ) -> Result<(), Fault> {
        for entity in membership_entities(pool, user, group) {
            let mut transaction = Transaction::new(self);
            transaction.delete(&entity, Some(Condition::same_user(sub)))?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Lists up to `limit` groups of a pool after `after`, by name, and where the list goes on.
    pub async fn list_groups(
        &self,
        pool: &PoolId,
        after: Option<&GroupName>,
        limit: i32,
    ) -> Result<(Vec<Group>, Option<GroupName>), Fault> {
        let after = after.map(|group| Entity::Group(pool.clone(), group.clone()));
        self.records(
            (pool_partition(pool), GROUP_PREFIX),
            after,
            limit,
            |group: &Group| group.name.clone(),
        )
        .await
    }

    /// Lists up to `limit` memberships of a user after `after`, by group, and where the list goes on.
    pub async fn list_memberships(
        &self,
        pool: &PoolId,
        user: &UserKey,
        after: Option<&GroupName>,
        limit: i32,
    ) -> Result<(Vec<Membership>, Option<GroupName>), Fault> {
        let after = after.map(|group| Entity::Membership(pool.clone(), user.clone(), group.clone()));
        self.records(
            (user_partition(pool, user), GROUP_PREFIX),
            after,
            limit,
            |membership: &Membership| membership.group.clone(),
        )
        .await
    }

    /// Lists up to `limit` members of a group after `after`, by name, and where the list goes on.
    pub async fn list_members(
        &self,
        pool: &PoolId,
        group: &GroupName,
        after: Option<&UserKey>,
        limit: i32,
    ) -> Result<(Vec<(UserKey, Membership)>, Option<UserKey>), Fault> {
        let start =
            after.map(|user| key_item(&Entity::Member(pool.clone(), group.clone(), user.clone()).key()));
        let (items, more) = self
            .page(group_partition(pool, group), None, start, limit)
            .await?;
        let mut members = Vec::new();
        for item in items {
            let key = super::text(&item, super::PK).zip(super::text(&item, super::SK));
            if let Some(Entity::Member(_, _, user)) = key.and_then(|(pk, sk)| Entity::parse(pk, sk)) {
                members.push((user, record::<Membership>(item)?));
            }
        }
        let next = members.last().filter(|_| more).map(|(user, _)| user.clone());
        Ok((members, next))
    }

    /// Reads several users' profiles at once; those that do not exist are left out.
    pub async fn load_users(&self, pool: &PoolId, users: &[UserKey]) -> Result<Vec<User>, Fault> {
        // A search that reads while a user's value changes may find the user twice; a batch takes no key twice.
        let users: BTreeSet<_> = users.iter().cloned().collect();
        let entities: Vec<_> = users
            .into_iter()
            .map(|user| Entity::Profile(pool.clone(), user))
            .collect();
        let mut found = Vec::new();
        for entities in entities.chunks(100) {
            for item in self.batch_get(entities).await? {
                found.push(record(item)?);
            }
        }
        Ok(found)
    }
}

impl Transaction<'_> {
    /// Puts a user into groups as read.
    pub(super) fn join(&mut self, pool: &PoolId, groups: &[Group], user: &User) -> Result<(), Fault> {
        for group in groups {
            let membership = group.membership(user);
            for entity in membership_entities(pool, &user.key, &group.name) {
                self.put(item(&entity, &membership)?, None)?;
            }
            let same_group = Condition {
                expression: "id = :id".to_owned(),
                values: vec![(":id", AttributeValue::S(group.id.clone()))],
                ..Condition::default()
            };
            self.check(&Entity::Group(pool.clone(), group.name.clone()), same_group)?;
        }
        Ok(())
    }
}

/// The two items of a membership.
pub(super) fn membership_entities(pool: &PoolId, user: &UserKey, group: &GroupName) -> [Entity; 2] {
    [
        Entity::Membership(pool.clone(), user.clone(), group.clone()),
        Entity::Member(pool.clone(), group.clone(), user.clone()),
    ]
}
