//! Clients' configuration, and the list of a pool's clients.

use serde::{Deserialize, Serialize};

use super::keys::{Counted, Entity, POOL_CLIENT_PREFIX, pool_partition};
use super::pools::pool_item;
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item};
use crate::Fault;
use crate::domain::client::ClientRecord;
use crate::domain::ids::{ClientId, PoolId};
use crate::domain::pool::PoolRecord;

/// A client's entry in its pool's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientEntry {
    /// The client's id.
    pub id: ClientId,
    /// The client's name.
    pub name: String,
}

/// How creating a client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientWritten {
    /// It was written.
    Done,
    /// A client of this id exists already.
    IdTaken,
    /// The pool has as many as it may have.
    TooMany,
    /// Its pool changed; read again.
    Changed,
}

impl Store {
    /// Reads a client's configuration.
    pub async fn load_client(&self, client: &ClientId) -> Result<Option<ClientRecord>, Fault> {
        self.get(&Entity::Client(client.clone())).await
    }

    /// Creates a client with its entry in the pool's list, and counts it: the pool has `most` at most. The pool must be as
    /// read; where `allow_srp` asks for it, the pool remembers that passwords need SRP verifiers.
    pub async fn create_client(
        &self,
        client: &ClientRecord,
        name: &str,
        (pool, allow_srp): (&PoolRecord, bool),
        most: u32,
    ) -> Result<ClientWritten, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(
            item(&Entity::Client(client.id.clone()), client)?,
            Some(Condition::absent()),
        )?;
        transaction.count_up(&client.pool, Counted::Clients, most)?;
        beside_client(&mut transaction, client, name, (pool, allow_srp))?;
        Ok(match transaction.commit().await? {
            Ended::Done => ClientWritten::Done,
            Ended::Refused(steps) if steps.contains(&0) => ClientWritten::IdTaken,
            Ended::Refused(steps) if steps.contains(&1) => ClientWritten::TooMany,
            Ended::Refused(_) => ClientWritten::Changed,
        })
    }

    /// Replaces the client read at `seen_version` and its entry. The pool must be as read; where `allow_srp` asks for it,
    /// the pool remembers that passwords need SRP verifiers. Returns whether client and pool were as read.
    pub async fn replace_client(
        &self,
        client: &ClientRecord,
        name: &str,
        seen_version: u64,
        (pool, allow_srp): (&PoolRecord, bool),
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(
            item(&Entity::Client(client.id.clone()), client)?,
            Some(Condition::version(seen_version)),
        )?;
        beside_client(&mut transaction, client, name, (pool, allow_srp))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Removes a client and its entry. Returns whether it was there.
    pub async fn remove_client(&self, pool: &PoolId, client: &ClientId) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(&Entity::Client(client.clone()), Some(Condition::present()))?;
        transaction.delete(&Entity::PoolClient(pool.clone(), client.clone()), None)?;
        transaction.count_down(pool, Counted::Clients)?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Lists up to `limit` clients of a pool after `after`, by id.
    pub async fn list_clients(
        &self,
        pool: &PoolId,
        after: Option<&ClientId>,
        limit: i32,
    ) -> Result<(Vec<ClientEntry>, Option<ClientId>), Fault> {
        let after = after.map(|client| Entity::PoolClient(pool.clone(), client.clone()));
        self.records(
            (pool_partition(pool), POOL_CLIENT_PREFIX),
            after,
            limit,
            |entry: &ClientEntry| entry.id.clone(),
        )
        .await
    }
}

/// What is written beside a client: its entry in the pool's list, and what the pool has to remember.
fn beside_client(
    transaction: &mut Transaction<'_>,
    client: &ClientRecord,
    name: &str,
    (pool, allow_srp): (&PoolRecord, bool),
) -> Result<(), Fault> {
    let entry = ClientEntry {
        id: client.id.clone(),
        name: name.to_owned(),
    };
    let entity = Entity::PoolClient(client.pool.clone(), client.id.clone());
    transaction.put(item(&entity, &entry)?, None)?;
    if !allow_srp || pool.srp {
        return transaction.check(&Entity::Pool(pool.id.clone()), Condition::version(pool.version));
    }
    let changed = PoolRecord {
        srp: true,
        version: pool.version + 1,
        ..pool.clone()
    };
    transaction.put(pool_item(&changed)?, Some(Condition::version(pool.version)))
}
