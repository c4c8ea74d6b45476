//! The token buckets of limits that owners set.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::keys::Entity;
use super::{Item, Store, fault, key_item, number};
use crate::domain::ids::PoolId;
use crate::domain::limits::{Bucket, Category};
use crate::{Fault, Timestamp};

/// Tries to take tokens: the first may find the bucket in another state than it was seen in, the second fewer tokens.
const TRIES: usize = 3;
/// Seconds after which a bucket that nobody takes from may be removed: it has long been full.
const IDLE_SECONDS: i64 = 3600;
const FULL_AT: &str = "full_at";

impl Store {
    /// Takes up to `want` tokens from the bucket of a pool's category, whose item last said `seen`. Returns how many it
    /// gave, and what the item says now.
    ///
    /// One update, or two where the bucket was not as it was seen; no transaction, which would be in the way of its
    /// like: tokens that a lost answer took are only lost.
    pub async fn lease_tokens(
        &self,
        pool: &PoolId,
        (category, bucket): (Category, Bucket),
        want: u32,
        mut seen: i64,
        now: Timestamp,
    ) -> Result<(u32, i64), Fault> {
        let key = Entity::Limit(pool.clone(), category).key();
        let mut want = want;
        for _ in 0..TRIES {
            let instant = Bucket::instant(now);
            let taken = bucket.cost(want);
            // Where the bucket is full, what it would have had beyond is lost: time begins anew.
            let (change, condition, values) = if seen > instant {
                (
                    "SET full_at = full_at + :cost, expires_at = :removable",
                    "full_at > :now AND full_at <= :latest",
                    vec![(":cost", taken), (":latest", bucket.latest(want, now))],
                )
            } else {
                (
                    "SET full_at = :full_at, expires_at = :removable",
                    "attribute_not_exists(full_at) OR full_at <= :now",
                    vec![(":full_at", instant + taken)],
                )
            };
            let mut update = self
                .dynamo
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key_item(&key)))
                .update_expression(change)
                .condition_expression(condition)
                .expression_attribute_values(":now", number(instant))
                .expression_attribute_values(":removable", number(now.plus_seconds(IDLE_SECONDS).seconds()))
                .return_values(ReturnValue::UpdatedNew)
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            for (name, value) in values {
                update = update.expression_attribute_values(name, number(value));
            }
            let error = match update.send().await {
                Ok(output) => {
                    let full_at = output.attributes.as_ref().and_then(full_at);
                    return Ok((want, full_at.unwrap_or(instant + taken)));
                }
                Err(error) => error,
            };
            let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error()
            else {
                return Err(fault(&error));
            };
            let otherwise = if seen > instant { 0 } else { instant + 1 };
            seen = refused.item.as_ref().and_then(full_at).unwrap_or(otherwise);
            want = bucket.tokens(seen, now).min(want);
            if want == 0 {
                return Ok((0, seen));
            }
        }
        Ok((0, seen))
    }
}

/// What a bucket's item says.
fn full_at(item: &Item) -> Option<i64> {
    item.get(FULL_AT)
        .and_then(|value| value.as_n().ok())?
        .parse()
        .ok()
}
