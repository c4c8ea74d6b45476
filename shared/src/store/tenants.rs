//! What operators keep of the tenants of a pool, for the claims of their users' tokens.
//!
//! Nothing here writes such an item: operators do (docs/DATA-MODEL.md).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Store;
use super::keys::Entity;
use crate::Fault;
use crate::domain::ids::PoolId;

/// A tenant of a pool.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Tenant {
    /// Claims that each of its users has in tokens, by name.
    #[serde(default)]
    pub claims: Map<String, Value>,
}

impl Store {
    /// Reads a tenant.
    pub async fn load_tenant(&self, pool: &PoolId, tenant: &str) -> Result<Option<Tenant>, Fault> {
        self.get(&Entity::Tenant(pool.clone(), tenant.to_owned())).await
    }
}
