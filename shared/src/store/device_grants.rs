//! What devices wait for (RFC 8628), and how many codes are entered.

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::Entity;
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, expiring, item, number};
use crate::domain::ids::GrantHash;
use crate::oauth::device::{Decision, DeviceGrant, Pace};
use crate::oauth::grant::Grant;
use crate::{Fault, Timestamp};

/// Seconds after which the counter of an hour says nothing any more.
const COUNTED_SECONDS: i64 = 7200;

impl Store {
    /// Writes what a device waits for. Returns whether its user code was free.
    pub async fn create_device_grant(&self, hash: &GrantHash, grant: &DeviceGrant) -> Result<bool, Fault> {
        let item = expiring(item(&Entity::Grant(hash.clone()), grant)?, grant.expires_at);
        let mut transaction = Transaction::new(self);
        transaction.put(item, Some(Condition::absent()))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Reads what a device waits for, by the hash of its user code.
    pub async fn load_device_grant(&self, hash: &GrantHash) -> Result<Option<DeviceGrant>, Fault> {
        self.get(&Entity::Grant(hash.clone())).await
    }

    /// Notes that a device asked. Returns whether no other question came between.
    pub async fn pace_device(
        &self,
        hash: &GrantHash,
        seen: Pace,
        (pace, now): (Pace, Timestamp),
    ) -> Result<bool, Fault> {
        let condition = match seen.asked_at {
            None => Condition {
                expression: "attribute_exists(PK) AND attribute_not_exists(asked_at)".to_owned(),
                ..Condition::default()
            },
            Some(at) => Condition {
                expression: "asked_at = :seen".to_owned(),
                values: vec![(":seen", number(at))],
                ..Condition::default()
            },
        };
        let mut transaction = Transaction::new(self);
        transaction.update(
            &Entity::Grant(hash.clone()),
            "SET interval_seconds = :seconds, asked_at = :now",
            vec![(":seconds", number(pace.seconds)), (":now", number(now))],
            condition,
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Writes what the user of a device says: a grant, or no. Returns whether the device still waited for it at `now`.
    pub async fn decide_device_grant(
        &self,
        (hash, device_code): (&GrantHash, &GrantHash),
        given: Option<&Grant>,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let word = |decision: Decision| AttributeValue::S(decision.as_str().to_owned());
        let (update, values) = match given {
            Some(grant) => {
                let grant = serde_dynamo::to_attribute_value(grant).map_err(Fault::internal)?;
                (
                    "SET decision = :decision, given = :given",
                    vec![(":decision", word(Decision::Allowed)), (":given", grant)],
                )
            }
            None => (
                "SET decision = :decision",
                vec![(":decision", word(Decision::Denied))],
            ),
        };
        let mut transaction = Transaction::new(self);
        transaction.update(
            &Entity::Grant(hash.clone()),
            update,
            values,
            Condition {
                expression: "device_code = :device AND decision = :pending AND valid_until > :now".to_owned(),
                values: vec![
                    (":device", AttributeValue::S(device_code.to_string())),
                    (":pending", word(Decision::Pending)),
                    (":now", number(now)),
                ],
                ..Condition::default()
            },
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Counts a code that is entered. Returns whether there were fewer than `most` in the counter's hour: of entries that
    /// race, no more than that are told so.
    pub async fn count_entry(&self, counter: &GrantHash, most: u32, now: Timestamp) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.update_named(
            &Entity::Entries(counter.clone()),
            (
                "SET expires_at = :removable ADD #count :one",
                &[("#count", "count")],
            ),
            vec![
                (":removable", number(now.plus_seconds(COUNTED_SECONDS).seconds())),
                (":one", number(1)),
            ],
            Condition {
                expression: "attribute_not_exists(#count) OR #count < :most".to_owned(),
                values: vec![(":most", number(most))],
                ..Condition::default()
            },
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }
}
