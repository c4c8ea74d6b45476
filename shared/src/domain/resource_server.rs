//! Resource servers: APIs outside the pool, and the scopes that tokens for them may have.

use std::collections::BTreeSet;

use gatehouse_model::user_pool::{ResourceServerScopeType, ResourceServerType};
use serde::{Deserialize, Serialize};

use super::ids::{PoolId, ResourceServerId};
use crate::Fault;

/// Identifiers that belong to the service itself, as in `aws.cognito/dcr/register`.
const RESERVED: &str = "aws.cognito";

/// A resource server as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceServer {
    /// The identifier, often a URL: the first part of its scopes.
    pub identifier: ResourceServerId,
    /// What people call it.
    pub name: String,
    /// Its scopes, in the order in which they were given.
    pub scopes: Vec<CustomScope>,
    /// Counts every write.
    pub version: u64,
}

/// A scope of a resource server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomScope {
    /// The name, without a slash: the last part of the scope.
    pub name: String,
    /// What it allows, in words.
    pub description: String,
}

impl ResourceServer {
    /// A new resource server, version 1.
    ///
    /// # Errors
    /// `InvalidParameterException` for a reserved identifier and for a scope that is named twice.
    pub fn new(
        identifier: ResourceServerId,
        name: String,
        scopes: Vec<ResourceServerScopeType>,
    ) -> Result<Self, Fault> {
        let own = identifier.as_str();
        if own == RESERVED || own.starts_with(&format!("{RESERVED}/")) {
            return Err(Fault::invalid_parameter(format!(
                "{own} is a reserved identifier."
            )));
        }
        let mut names = BTreeSet::new();
        let scopes: Vec<_> = scopes
            .into_iter()
            .map(|scope| CustomScope {
                name: scope.scope_name.unwrap_or_default(),
                description: scope.scope_description.unwrap_or_default(),
            })
            .collect();
        if let Some(twice) = scopes.iter().find(|scope| !names.insert(&scope.name)) {
            return Err(Fault::invalid_parameter(format!(
                "Scope {} is given more than once.",
                twice.name
            )));
        }
        Ok(Self {
            identifier,
            name,
            scopes,
            version: 1,
        })
    }

    /// What the scope that tokens call `<identifier>/<name>` allows, in words.
    pub fn described(&self, scope: &str) -> Option<&str> {
        let (identifier, name) = scope.rsplit_once('/')?;
        let own = self.scopes.iter().find(|scope| scope.name == name);
        own.filter(|_| identifier == self.identifier.as_str())
            .map(|scope| scope.description.as_str())
    }

    /// Whether it has the scope that tokens call `<identifier>/<name>`.
    pub fn has(&self, scope: &str) -> bool {
        self.described(scope).is_some()
    }

    /// The resource server as the API shows it.
    pub fn to_api(&self, pool: &PoolId) -> ResourceServerType {
        let scopes = self.scopes.iter().map(|scope| ResourceServerScopeType {
            scope_name: Some(scope.name.clone()),
            scope_description: Some(scope.description.clone()),
        });
        ResourceServerType {
            user_pool_id: Some(pool.to_string()),
            identifier: Some(self.identifier.to_string()),
            name: Some(self.name.clone()),
            scopes: Some(scopes.collect()),
            ..ResourceServerType::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(identifier: &str, scopes: &[&str]) -> Result<ResourceServer, Fault> {
        let scopes = scopes.iter().map(|name| ResourceServerScopeType {
            scope_name: Some((*name).to_owned()),
            scope_description: Some("does something".to_owned()),
        });
        ResourceServer::new(identifier.parse().unwrap(), "API".to_owned(), scopes.collect())
    }

    #[test]
    fn a_scope_is_identifier_slash_name() {
        let server = server("https://api.example.com/v1", &["read", "write"]).unwrap();
        assert!(server.has("https://api.example.com/v1/read"));
        for other in [
            "read",
            "https://api.example.com/v1/",
            "https://api.example.com/read",
            "/read",
            "",
        ] {
            assert!(!server.has(other), "{other}");
        }
    }

    #[test]
    fn reserved_identifiers_and_scopes_given_twice_are_refused() {
        assert!(server("aws.cognito", &[]).is_err() && server("aws.cognito/dcr", &[]).is_err());
        assert!(server("aws.cognitos", &[]).is_ok());
        assert!(server("api", &["read", "read"]).is_err());
    }
}
