//! Passkeys, and registrations that have begun.
//!
//! A user has at most one registration under way, and completing it uses it up: of the passkeys that were read with a
//! registration none is missing when it is completed, so a user never has more than [`passkey::MOST`].

use super::keys::{Entity, PASSKEY_PREFIX, user_partition};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, expiring, item, key_item, number, record};
use crate::Fault;
use crate::domain::ids::{PasskeyId, PoolId, UserKey};
use crate::domain::passkey::{Passkey, Registration};
use crate::domain::user::User;

/// How completing a registration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// The user has the passkey.
    Done,
    /// The registration was completed before, or another one has begun since.
    NoRegistration,
    /// The user has this passkey already.
    Exists,
    /// The user is gone.
    NoUser,
}

fn entity(pool: &PoolId, user: &UserKey, passkey: &PasskeyId) -> Entity {
    Entity::Passkey(pool.clone(), user.clone(), passkey.clone())
}

impl Store {
    /// Begins a registration in the place of any that was begun before. Returns whether the user is still there.
    pub async fn begin_registration(
        &self,
        pool: &PoolId,
        user: &User,
        registration: &Registration,
    ) -> Result<bool, Fault> {
        let entity = Entity::Registration(pool.clone(), user.key.clone());
        let mut transaction = Transaction::new(self);
        transaction.put(
            expiring(item(&entity, registration)?, registration.valid_until),
            None,
        )?;
        transaction.check(
            &Entity::Profile(pool.clone(), user.key.clone()),
            Condition::same_user(&user.sub),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Uses a registration up and writes the passkey that came of it.
    pub async fn complete_registration(
        &self,
        pool: &PoolId,
        user: &User,
        registration: &Registration,
        passkey: &Passkey,
    ) -> Result<Completed, Fault> {
        let as_read = Condition {
            expression: "#state = :state".to_owned(),
            names: vec![("#state", "state")],
            values: vec![(
                ":state",
                aws_sdk_dynamodb::types::AttributeValue::S(registration.state.clone()),
            )],
        };
        let place = entity(pool, &user.key, &passkey.id);
        let mut transaction = Transaction::new(self);
        transaction.delete(
            &Entity::Registration(pool.clone(), user.key.clone()),
            Some(as_read),
        )?;
        transaction.put(item(&place, passkey)?, Some(vacant(user)))?;
        transaction.check(
            &Entity::Profile(pool.clone(), user.key.clone()),
            Condition::same_user(&user.sub),
        )?;
        Ok(match transaction.commit().await? {
            Ended::Done => Completed::Done,
            Ended::Refused(steps) if steps.contains(&0) => Completed::NoRegistration,
            Ended::Refused(steps) if steps.contains(&1) => Completed::Exists,
            Ended::Refused(_) => Completed::NoUser,
        })
    }

    /// Lists up to `limit` passkeys of a user after `after`, and where the list goes on.
    pub async fn list_passkeys(
        &self,
        pool: &PoolId,
        user: &User,
        after: Option<&PasskeyId>,
        limit: i32,
    ) -> Result<(Vec<Passkey>, Option<PasskeyId>), Fault> {
        let start = after.map(|passkey| key_item(&entity(pool, &user.key, passkey).key()));
        let partition = user_partition(pool, &user.key);
        // One more than asked for says whether there are more: nobody is sent after an empty page.
        let (items, _) = self
            .page(partition, Some(PASSKEY_PREFIX), start, limit.saturating_add(1))
            .await?;
        let mut passkeys = items
            .into_iter()
            .map(record::<Passkey>)
            .collect::<Result<Vec<_>, _>>()?;
        let most = usize::try_from(limit).unwrap_or_default();
        let more = passkeys.len() > most;
        passkeys.truncate(most);
        let next = passkeys.last().filter(|_| more).map(|passkey| passkey.id.clone());
        passkeys.retain(|passkey| passkey.sub == user.sub);
        Ok((passkeys, next))
    }

    /// Moves a passkey's signature counter on. Returns whether it was as read: of two sign-ins with one counter, one
    /// succeeds.
    pub async fn count_signature(
        &self,
        pool: &PoolId,
        user: &User,
        passkey: &Passkey,
        counter: u32,
    ) -> Result<bool, Fault> {
        let mut condition = Condition::same_user(&user.sub);
        condition.expression.push_str(" AND #counter = :seen");
        condition.names.push(("#counter", "counter"));
        condition.values.push((":seen", number(passkey.counter)));
        let mut transaction = Transaction::new(self);
        transaction.update(
            &entity(pool, &user.key, &passkey.id),
            "SET #counter = :counter",
            vec![(":counter", number(counter))],
            condition,
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Deletes a passkey. Returns whether the user had it.
    pub async fn remove_passkey(
        &self,
        pool: &PoolId,
        user: &User,
        passkey: &PasskeyId,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(
            &entity(pool, &user.key, passkey),
            Some(Condition::same_user(&user.sub)),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}

/// The place is free, or what stands there was left by somebody who had the name before.
fn vacant(user: &User) -> Condition {
    Condition {
        expression: "attribute_not_exists(PK) OR #sub <> :sub".to_owned(),
        ..Condition::same_user(&user.sub)
    }
}
