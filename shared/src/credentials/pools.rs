//! Identity pools' configuration, kept in a warm function for at most 30 seconds.

use std::sync::Arc;

use crate::domain::identity_pool::{IdentityPool, no_identity_pool};
use crate::domain::ids::{IdentityId, IdentityPoolId};
use crate::domain::pool::PoolState;
use crate::domain::pool_identity::{Identity, no_identity};
use crate::fault::FaultKind;
use crate::{App, Fault, observe};

impl App {
    /// An identity pool, at most 30 seconds old.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn identity_pool(&self, id: &IdentityPoolId) -> Result<Arc<IdentityPool>, Fault> {
        let now = self.now();
        if let Some(pool) = self.identity.pools.get(id, now) {
            observe::pool(id.as_str());
            return Ok(pool);
        }
        let record = self.store.load_identity_pool(id).await?;
        let record = record
            .filter(|record| record.state == PoolState::Active)
            .ok_or_else(|| no_identity_pool(id.as_str()))?;
        let pool = Arc::new(IdentityPool::parse(record)?);
        observe::pool(id.as_str());
        self.identity.pools.put(id, Arc::clone(&pool), now);
        Ok(pool)
    }

    /// An identity pool by the text of its id.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn identity_pool_named(&self, id: Option<&String>) -> Result<Arc<IdentityPool>, Fault> {
        let id = id.map(String::as_str).unwrap_or_default();
        self.identity_pool(&id.parse().map_err(|_| no_identity_pool(id))?)
            .await
    }

    /// An identity pool as it is now, to be changed.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn fresh_identity_pool(&self, id: Option<&String>) -> Result<Arc<IdentityPool>, Fault> {
        if let Some(id) = id.and_then(|id| id.parse().ok()) {
            self.identity.pools.forget(&id);
        }
        self.identity_pool_named(id).await
    }

    /// Forgets an identity pool that was just changed.
    pub fn forget_identity_pool(&self, id: &IdentityPoolId) {
        self.identity.pools.forget(id);
    }

    /// Writes a changed identity pool, if nobody else changed it since.
    ///
    /// # Errors
    /// `ConcurrentModificationException`.
    pub async fn replace_identity_pool(
        &self,
        before: &IdentityPool,
        after: &IdentityPool,
    ) -> Result<(), Fault> {
        let written = self
            .store
            .replace_identity_pool(&after.record, before.record.version)
            .await?;
        self.forget_identity_pool(before.id());
        if written {
            return Ok(());
        }
        Err(Fault::new(
            FaultKind::ConcurrentModification,
            "The identity pool was changed by another request; try again.",
        ))
    }

    /// An identity by the text of its id, and its pool.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn identity_named(&self, id: Option<&String>) -> Result<(Arc<IdentityPool>, Identity), Fault> {
        let id = id.map(String::as_str).unwrap_or_default();
        let parsed: IdentityId = id.parse().map_err(|_| no_identity(id))?;
        let identity = self.store.load_identity(&parsed).await?;
        let identity = identity.ok_or_else(|| no_identity(id))?;
        let pool = self.identity_pool(&identity.pool).await;
        Ok((pool.map_err(|fault| without_pool(fault, id))?, identity))
    }
}

/// An identity whose pool is gone is gone.
fn without_pool(fault: Fault, id: &str) -> Fault {
    if fault.kind() == FaultKind::ResourceNotFound {
        no_identity(id)
    } else {
        fault
    }
}
