//! The one DynamoDB table. Each method names an intent and is one read, one conditional write or one transaction.
//!
//! Items are flat records (serde) plus their key, the index's key where they are listed, and `expires_at` where
//! DynamoDB may remove them. Expiry is always checked in code; DynamoDB only cleans up.

pub mod access_keys;
pub mod cache;
pub mod clients;
mod device_grants;
pub mod devices;
pub mod domains;
mod grants;
pub mod groups;
pub mod identities;
pub mod identity_pools;
pub mod identity_providers;
pub mod keys;
pub mod limits;
pub mod listing;
pub mod looks;
pub mod passkeys;
pub mod pool_identities;
pub mod pools;
mod proofs;
pub mod purge;
pub mod resource_servers;
pub mod saml_keys;
pub mod sessions;
pub mod tenants;
mod tracked_sessions;
mod transaction;
pub mod users;

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::keys::{Entity, INDEX_PK, INDEX_SK, Key, PK, SK};
use crate::{Fault, Timestamp, fault::FaultKind};

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The TTL attribute: seconds since the epoch.
const TTL: &str = "expires_at";

/// The table.
#[derive(Debug, Clone)]
pub struct Store {
    dynamo: aws_sdk_dynamodb::Client,
    table: String,
}

impl Store {
    /// The table named `table`.
    pub const fn new(dynamo: aws_sdk_dynamodb::Client, table: String) -> Self {
        Self { dynamo, table }
    }

    /// Reads one item, strongly consistent.
    async fn get<T: DeserializeOwned>(&self, entity: &Entity) -> Result<Option<T>, Fault> {
        let output = self
            .dynamo
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_item(&entity.key())))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| fault(&error))?;
        output.item.map(record).transpose()
    }
}

/// The attributes of a primary key.
fn key_item(key: &Key) -> Item {
    HashMap::from([
        (PK.to_owned(), AttributeValue::S(key.pk.clone())),
        (SK.to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}

/// The item of `record`.
fn item(entity: &Entity, record: &impl Serialize) -> Result<Item, Fault> {
    let mut item: Item = serde_dynamo::to_item(record).map_err(Fault::internal)?;
    item.extend(key_item(&entity.key()));
    Ok(item)
}

/// The same item, listed in the index.
fn listed(mut item: Item, partition: String, sort: String) -> Item {
    item.insert(INDEX_PK.to_owned(), AttributeValue::S(partition));
    item.insert(INDEX_SK.to_owned(), AttributeValue::S(sort));
    item
}

/// The same item, removable from `at` on.
fn expiring(mut item: Item, at: Timestamp) -> Item {
    item.insert(TTL.to_owned(), AttributeValue::N(at.seconds().to_string()));
    item
}

/// The record of an item.
fn record<T: DeserializeOwned>(item: Item) -> Result<T, Fault> {
    serde_dynamo::from_item(item).map_err(Fault::internal)
}

/// The text of an attribute.
fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// A number as DynamoDB has it.
#[expect(clippy::needless_pass_by_value, reason = "numbers and timestamps are copied")]
fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The API's error for a failed call: throttling may be retried, all else is our own failure.
fn fault<E, R>(error: &SdkError<E, R>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    match error.code() {
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TransactionInProgressException",
        ) => rate_exceeded(),
        _ => Fault::internal(aws_sdk_dynamodb::error::DisplayErrorContext(error)),
    }
}

/// `TooManyRequestsException`, which clients retry.
pub fn rate_exceeded() -> Fault {
    Fault::new(FaultKind::TooManyRequests, "Rate exceeded")
}
