//! One `TransactWriteItems`, built step by step.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update};

use super::keys::{Counted, Entity};
use super::{Item, Store, fault, key_item, rate_exceeded};
use crate::Fault;
use crate::domain::ids::PoolId;

/// Tries of a transaction that met another one. Each waits for a network round trip, so a handful is plenty.
const TRIES: usize = 5;

/// A condition: an expression with `:a`, `:b`, … for its values, `#` names allowed by `names`.
#[derive(Debug, Clone, Default)]
pub(super) struct Condition {
    pub(super) expression: String,
    pub(super) names: Vec<(&'static str, &'static str)>,
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

impl Condition {
    /// The item must not exist.
    pub(super) fn absent() -> Self {
        Self {
            expression: "attribute_not_exists(PK)".to_owned(),
            ..Self::default()
        }
    }

    /// The item must exist.
    pub(super) fn present() -> Self {
        Self {
            expression: "attribute_exists(PK)".to_owned(),
            ..Self::default()
        }
    }

    /// The profile must still be this user's, not one who took the name later.
    pub(super) fn same_user(sub: &crate::domain::ids::Sub) -> Self {
        Self {
            expression: "#sub = :sub".to_owned(),
            names: vec![("#sub", "sub")],
            values: vec![(":sub", AttributeValue::S(sub.to_string()))],
        }
    }

    /// The pool must not be in the course of its deletion.
    pub(super) fn serving() -> Self {
        Self {
            expression: "#state = :active".to_owned(),
            names: vec![("#state", "state")],
            values: vec![(":active", AttributeValue::S("active".to_owned()))],
        }
    }

    /// The item's `count` must be the one that was read; 0 for an item that was not there.
    pub(super) fn count(seen: u64) -> Self {
        if seen == 0 {
            return Self::absent();
        }
        Self {
            expression: "#count = :seen_count".to_owned(),
            names: vec![("#count", "count")],
            values: vec![(":seen_count", super::number(seen))],
        }
    }

    /// The item's `version` must be the one that was read.
    pub(super) fn version(seen: u64) -> Self {
        Self {
            expression: "version = :seen_version".to_owned(),
            values: vec![(":seen_version", super::number(seen))],
            ..Self::default()
        }
    }
}

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// All of it was written.
    Done,
    /// None of it was: the conditions of these steps, by position, did not hold.
    Refused(Vec<usize>),
}

/// Steps that all happen or none.
#[derive(Debug)]
pub(super) struct Transaction<'a> {
    store: &'a Store,
    steps: Vec<TransactWriteItem>,
}

impl<'a> Transaction<'a> {
    pub(super) const fn new(store: &'a Store) -> Self {
        Self {
            store,
            steps: Vec::new(),
        }
    }

    /// How many steps there are: the position of the next one.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn put(&mut self, item: Item, condition: Option<Condition>) -> Result<(), Fault> {
        let mut put = Put::builder().table_name(&self.store.table).set_item(Some(item));
        if let Some(condition) = condition {
            put = put.condition_expression(condition.expression);
            for (name, attribute) in condition.names {
                put = put.expression_attribute_names(name, attribute);
            }
            for (name, value) in condition.values {
                put = put.expression_attribute_values(name, value);
            }
        }
        let put = put.build().map_err(Fault::internal)?;
        self.steps.push(TransactWriteItem::builder().put(put).build());
        Ok(())
    }

    pub(super) fn delete(&mut self, entity: &Entity, condition: Option<Condition>) -> Result<(), Fault> {
        let mut delete = Delete::builder()
            .table_name(&self.store.table)
            .set_key(Some(key_item(&entity.key())));
        if let Some(condition) = condition {
            delete = delete.condition_expression(condition.expression);
            for (name, attribute) in condition.names {
                delete = delete.expression_attribute_names(name, attribute);
            }
            for (name, value) in condition.values {
                delete = delete.expression_attribute_values(name, value);
            }
        }
        let delete = delete.build().map_err(Fault::internal)?;
        self.steps
            .push(TransactWriteItem::builder().delete(delete).build());
        Ok(())
    }

    pub(super) fn check(&mut self, entity: &Entity, condition: Condition) -> Result<(), Fault> {
        let mut check = ConditionCheck::builder()
            .table_name(&self.store.table)
            .set_key(Some(key_item(&entity.key())))
            .condition_expression(condition.expression);
        for (name, attribute) in condition.names {
            check = check.expression_attribute_names(name, attribute);
        }
        for (name, value) in condition.values {
            check = check.expression_attribute_values(name, value);
        }
        let check = check.build().map_err(Fault::internal)?;
        self.steps
            .push(TransactWriteItem::builder().condition_check(check).build());
        Ok(())
    }

    pub(super) fn update(
        &mut self,
        entity: &Entity,
        update: &str,
        values: Vec<(&'static str, AttributeValue)>,
        condition: Condition,
    ) -> Result<(), Fault> {
        self.update_named(entity, (update, &[]), values, condition)
    }

    /// An update whose expression holds names that are not known before.
    pub(super) fn update_named(
        &mut self,
        entity: &Entity,
        (update, names): (&str, &[(&str, &str)]),
        values: Vec<(&'static str, AttributeValue)>,
        condition: Condition,
    ) -> Result<(), Fault> {
        let mut step = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key_item(&entity.key())))
            .update_expression(update)
            .set_condition_expression(Some(condition.expression).filter(|expression| !expression.is_empty()));
        for (name, attribute) in names {
            step = step.expression_attribute_names(*name, *attribute);
        }
        for (name, attribute) in condition.names {
            step = step.expression_attribute_names(name, attribute);
        }
        for (name, value) in condition.values.into_iter().chain(values) {
            step = step.expression_attribute_values(name, value);
        }
        let step = step.build().map_err(Fault::internal)?;
        self.steps.push(TransactWriteItem::builder().update(step).build());
        Ok(())
    }

    /// Counts one more, unless there are `most` already. As the count moves only together with what it counts, it never
    /// drifts, and of two that race for the last place one wins.
    pub(super) fn count_up(&mut self, pool: &PoolId, counted: Counted, most: u32) -> Result<(), Fault> {
        let below = Condition {
            expression: "attribute_not_exists(#count) OR #count < :most".to_owned(),
            names: vec![("#count", "count")],
            values: vec![(":most", super::number(most))],
        };
        let one = vec![(":one", super::number(1))];
        self.update(
            &Entity::Count(pool.clone(), counted),
            "ADD #count :one",
            one,
            below,
        )
    }

    /// Counts one less.
    pub(super) fn count_down(&mut self, pool: &PoolId, counted: Counted) -> Result<(), Fault> {
        let always = Condition {
            names: vec![("#count", "count")],
            ..Condition::default()
        };
        let less = vec![(":less", super::number(-1))];
        let entity = Entity::Count(pool.clone(), counted);
        self.update(&entity, "ADD #count :less", less, always)
    }

    /// Writes all steps, or none. The SDK adds an idempotency token, so its retries after a lost answer are safe.
    ///
    /// # Errors
    /// `TooManyRequestsException` when other transactions kept getting in the way.
    pub(super) async fn commit(self) -> Result<Ended, Fault> {
        for _ in 0..TRIES {
            let sent = self
                .store
                .dynamo
                .transact_write_items()
                .set_transact_items(Some(self.steps.clone()))
                .send()
                .await;
            let Err(error) = sent else { return Ok(Ended::Done) };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.as_service_error()
            else {
                return Err(fault(&error));
            };
            let codes: Vec<_> = cancelled
                .cancellation_reasons()
                .iter()
                .map(|reason| reason.code())
                .collect();
            let refused: Vec<_> = codes
                .iter()
                .enumerate()
                .filter(|(_, code)| **code == Some("ConditionalCheckFailed"))
                .map(|(position, _)| position)
                .collect();
            if !refused.is_empty() {
                return Ok(Ended::Refused(refused));
            }
            if !codes.contains(&Some("TransactionConflict")) {
                let throttled = codes
                    .iter()
                    .any(|code| code.is_some_and(|code| code.contains("Throttl")));
                return Err(if throttled { rate_exceeded() } else { fault(&error) });
            }
        }
        Err(rate_exceeded())
    }
}
