//! Devices. They are read one by one: a user may have any number of them.

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{DEVICE_PREFIX, Entity, user_partition};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item, number};
use crate::domain::device::Device;
use crate::domain::ids::{DeviceKey, PoolId, UserKey};
use crate::domain::user::User;
use crate::{Fault, Timestamp};

/// How confirming a device ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// It is written.
    Done,
    /// The device was confirmed before.
    Exists,
    /// The user is gone.
    NoUser,
}

fn entity(pool: &PoolId, user: &UserKey, device: &DeviceKey) -> Entity {
    Entity::Device(pool.clone(), user.clone(), device.clone())
}

impl Store {
    /// Writes a device that its user confirms, once.
    pub async fn confirm_device(
        &self,
        pool: &PoolId,
        user: &User,
        device: &Device,
    ) -> Result<Confirmed, Fault> {
        let entity = entity(pool, &user.key, &device.key);
        let mut transaction = Transaction::new(self);
        transaction.put(item(&entity, device)?, Some(Condition::absent()))?;
        transaction.check(
            &Entity::Profile(pool.clone(), user.key.clone()),
            Condition::same_user(&user.sub),
        )?;
        Ok(match transaction.commit().await? {
            Ended::Done => Confirmed::Done,
            Ended::Refused(steps) if steps.contains(&0) => Confirmed::Exists,
            Ended::Refused(_) => Confirmed::NoUser,
        })
    }

    /// Reads a device by its key. The caller compares `sub` with the user it reads at the same time.
    pub async fn load_device(
        &self,
        pool: &PoolId,
        user: &UserKey,
        device: &DeviceKey,
    ) -> Result<Option<Device>, Fault> {
        self.get(&entity(pool, user, device)).await
    }

    /// Reads a device of a user who was read before.
    pub async fn load_device_of(
        &self,
        pool: &PoolId,
        user: &User,
        device: &DeviceKey,
    ) -> Result<Option<Device>, Fault> {
        let device = self.load_device(pool, &user.key, device).await?;
        Ok(device.filter(|device| device.sub == user.sub))
    }

    /// Lists up to `limit` devices of a user after `after`, by key, and where the list goes on.
    pub async fn list_devices(
        &self,
        pool: &PoolId,
        user: &User,
        after: Option<&DeviceKey>,
        limit: i32,
    ) -> Result<(Vec<Device>, Option<DeviceKey>), Fault> {
        let after = after.map(|device| entity(pool, &user.key, device));
        let from = (user_partition(pool, &user.key), DEVICE_PREFIX);
        let listed = self.records(from, after, limit, |device: &Device| device.key.clone());
        let (mut devices, next) = listed.await?;
        devices.retain(|device| device.sub == user.sub);
        Ok((devices, next))
    }

    /// Marks a device as remembered or not. Returns whether the user has it.
    pub async fn set_device_remembered(
        &self,
        pool: &PoolId,
        user: &User,
        device: &DeviceKey,
        remembered: bool,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.update(
            &entity(pool, &user.key, device),
            "SET remembered = :remembered, modified_at = :now",
            vec![
                (":remembered", AttributeValue::Bool(remembered)),
                (":now", number(now)),
            ],
            Condition::same_user(&user.sub),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Forgets a device. Returns whether the user had it.
    pub async fn remove_device(&self, pool: &PoolId, user: &User, device: &DeviceKey) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(
            &entity(pool, &user.key, device),
            Some(Condition::same_user(&user.sub)),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}
