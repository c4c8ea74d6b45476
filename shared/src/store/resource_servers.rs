//! Resource servers.

use std::collections::BTreeSet;

use super::keys::{Entity, RESOURCE_SERVER_PREFIX, pool_partition};
use super::transaction::{Condition, Ended, Transaction};
use super::{Store, item, record};
use crate::Fault;
use crate::domain::ids::{PoolId, ResourceServerId};
use crate::domain::resource_server::ResourceServer;

fn entity(pool: &PoolId, identifier: &ResourceServerId) -> Entity {
    Entity::ResourceServer(pool.clone(), identifier.clone())
}

impl Store {
    /// Reads a resource server.
    pub async fn load_resource_server(
        &self,
        pool: &PoolId,
        identifier: &ResourceServerId,
    ) -> Result<Option<ResourceServer>, Fault> {
        self.get(&entity(pool, identifier)).await
    }

    /// Reads several resource servers at once; those that do not exist are left out.
    pub async fn load_resource_servers(
        &self,
        pool: &PoolId,
        identifiers: &BTreeSet<ResourceServerId>,
    ) -> Result<Vec<ResourceServer>, Fault> {
        if identifiers.is_empty() {
            return Ok(Vec::new());
        }
        let entities: Vec<_> = identifiers.iter().map(|id| entity(pool, id)).collect();
        let mut servers = Vec::new();
        for entities in entities.chunks(100) {
            for item in self.batch_get(entities).await? {
                servers.push(record(item)?);
            }
        }
        Ok(servers)
    }

    /// Creates a resource server. Returns whether its identifier was free.
    pub async fn create_resource_server(
        &self,
        pool: &PoolId,
        server: &ResourceServer,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(
            item(&entity(pool, &server.identifier), server)?,
            Some(Condition::absent()),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Replaces a resource server as read at `seen_version`. Returns whether it was still that version.
    pub async fn replace_resource_server(
        &self,
        pool: &PoolId,
        server: &ResourceServer,
        seen_version: u64,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.put(
            item(&entity(pool, &server.identifier), server)?,
            Some(Condition::version(seen_version)),
        )?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Deletes a resource server: from then on no token gets its scopes. Returns whether it was there.
    pub async fn remove_resource_server(
        &self,
        pool: &PoolId,
        identifier: &ResourceServerId,
    ) -> Result<bool, Fault> {
        let mut transaction = Transaction::new(self);
        transaction.delete(&entity(pool, identifier), Some(Condition::present()))?;
        Ok(transaction.commit().await? == Ended::Done)
    }

    /// Lists up to `limit` resource servers of a pool after `after`, by identifier, and where the list goes on.
    pub async fn list_resource_servers(
        &self,
        pool: &PoolId,
        after: Option<&ResourceServerId>,
        limit: i32,
    ) -> Result<(Vec<ResourceServer>, Option<ResourceServerId>), Fault> {
        let after = after.map(|identifier| entity(pool, identifier));
        self.records(
            (pool_partition(pool), RESOURCE_SERVER_PREFIX),
            after,
            limit,
            |server: &ResourceServer| server.identifier.clone(),
        )
        .await
    }
}
