//! What a function is made of: the table, the keys, messages, time, randomness and settings.

use std::collections::BTreeSet;
use std::sync::Arc;

use gatehouse_model::Sensitive;
use jsonwebtoken::jwk::JwkSet;
use lambda_http::http::HeaderMap;
use tokio::sync::OnceCell;

use crate::ambient::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::credentials::IdentityParts;
use crate::crypto::seal::{DataKey, Purpose};
use crate::domain::branding::Look;
use crate::domain::client::{Client, ClientRecord, SealedSecret};
use crate::domain::group::{Group, Groups, Membership};
use crate::domain::ids::{AccessKeyId, ClientId, DomainName, GroupName, PoolId, ResourceServerId};
use crate::domain::limits::Leases;
use crate::domain::pool::{Pool, PoolRecord, PoolState};
use crate::domain::resource_server::ResourceServer;
use crate::messages::Messages;
use crate::outbound::OutboundError;
use crate::store::Store;
use crate::store::cache::Cache;
use crate::tokens::sign::Kms;
use crate::triggers::invoke::Functions;
use crate::{Fault, Timestamp, fault::FaultKind, observe};

pub mod aws;
mod settings;

pub use settings::Settings;

/// A pool with its unwrapped data key.
#[derive(Debug)]
pub struct OpenPool {
    /// The pool.
    pub pool: Pool,
    data_key: OnceCell<Arc<DataKey>>,
}

/// What the handlers of a function share.
pub struct App {
    /// The table.
    pub store: Store,
    /// KMS.
    pub kms: Kms,
    /// Mail and text messages.
    pub messages: Messages,
    /// The functions that pools name as triggers.
    pub functions: Functions,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// Randomness.
    pub entropy: Box<dyn Entropy>,
    /// What identity pools need besides.
    pub identity: IdentityParts,
    /// The environment.
    pub settings: Settings,
    /// What this function has leased of the limits that owners have set.
    pub leases: Leases,
    pools: Cache<PoolId, OpenPool>,
    clients: Cache<ClientId, Client>,
    groups: Cache<(PoolId, GroupName), Option<Group>>,
    resource_servers: Cache<(PoolId, ResourceServerId), ResourceServer>,
    looks: Cache<ClientId, Look>,
    domains: Cache<DomainName, Option<PoolId>>,
    client_keys: Cache<String, JwkSet>,
    access_keys: Cache<AccessKeyId, SigningKey>,
    used_access_keys: Cache<AccessKeyId, ()>,
}

/// An access key with its secret open.
#[derive(Debug)]
pub struct SigningKey {
    /// The key.
    pub key: crate::domain::access_key::AccessKey,
    /// Its secret.
    pub secret: Sensitive,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The answer where there is no such pool.
pub fn no_pool(id: &str) -> Fault {
    Fault::not_found(format!("User pool {id} does not exist."))
}

/// The answer where another request has changed a pool since it was read.
pub fn pool_changed() -> Fault {
    Fault::new(
        FaultKind::ConcurrentModification,
        "The user pool was changed by another request; try again.",
    )
}

/// The answer where there is no such client.
pub fn no_client(id: &str) -> Fault {
    Fault::not_found(format!("User pool client {id} does not exist."))
}

impl App {
    /// The function as the environment wants it.
    pub async fn from_env() -> Self {
        let settings = Settings::from_env();
        let aws = aws::from_env().await;
        Self {
            store: Store::new(aws_sdk_dynamodb::Client::new(&aws), settings.table.clone()),
            kms: Kms::new(aws_sdk_kms::Client::new(&aws), settings.sealing_key.clone()),
            messages: Messages::new(
                aws_sdk_sesv2::Client::new(&aws),
                aws_sdk_sns::Client::new(&aws),
                settings.email_from.clone(),
            ),
            functions: Functions::new(&aws, settings.trigger_timeout),
            clock: Box::new(SystemClock),
            entropy: Box::new(SystemEntropy),
            identity: IdentityParts::new(&aws, settings.local_aws),
            settings,
            leases: Leases::default(),
            pools: Cache::default(),
            clients: Cache::default(),
            groups: Cache::default(),
            resource_servers: Cache::default(),
            looks: Cache::default(),
            domains: Cache::default(),
            client_keys: Cache::default(),
            access_keys: Cache::default(),
            used_access_keys: Cache::default(),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A pool, at most 30 seconds old.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn pool(&self, id: &PoolId) -> Result<Arc<OpenPool>, Fault> {
        let now = self.now();
        if let Some(pool) = self.pools.get(id, now) {
            observe::pool(id.as_str());
            return Ok(pool);
        }
        let record = self
            .store
            .load_pool(id)
            .await?
            .filter(|record| record.state == PoolState::Active);
        let record = record.ok_or_else(|| no_pool(id.as_str()))?;
        self.keep_pool(record)
    }

    /// A pool that this function has read within the last 30 seconds.
    pub fn known_pool(&self, id: &PoolId, now: Timestamp) -> Option<Arc<OpenPool>> {
        self.pools.get(id, now)
    }

    /// A pool as it is now.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn fresh_pool(&self, id: &PoolId) -> Result<Arc<OpenPool>, Fault> {
        self.pools.forget(id);
        self.pool(id).await
    }

    /// A pool as it is now, by the text of its id.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn fresh_pool_named(&self, id: Option<&String>) -> Result<Arc<OpenPool>, Fault> {
        let id = id.map(String::as_str).unwrap_or_default();
        self.fresh_pool(&id.parse().map_err(|_| no_pool(id))?).await
    }

    /// Replaces a pool's configuration by what became of it. Returns whether nobody else has changed it since it was read.
    ///
    /// # Errors
    /// `TooManyRequestsException` when DynamoDB throttles.
    pub async fn replace_pool(&self, before: &PoolRecord, after: &PoolRecord) -> Result<bool, Fault> {
        let written = self.store.replace_pool(after, before.version).await?;
        self.forget_pool(&after.id);
        Ok(written)
    }

    /// A pool by the text of its id, as an administrator gives it.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn pool_named(&self, id: Option<&String>) -> Result<Arc<OpenPool>, Fault> {
        let id = id.map(String::as_str).unwrap_or_default();
        self.pool(&id.parse().map_err(|_| no_pool(id))?).await
    }

    /// Keeps a pool that was just read.
    ///
    /// # Errors
    /// `InternalErrorException` when the stored configuration is damaged.
    pub fn keep_pool(&self, record: PoolRecord) -> Result<Arc<OpenPool>, Fault> {
        observe::pool(record.id.as_str());
        let pool = Arc::new(OpenPool {
            pool: Pool::parse(record)?,
            data_key: OnceCell::new(),
        });
        self.pools.put(pool.pool.id(), Arc::clone(&pool), self.now());
        Ok(pool)
    }

    /// The keys that a client publishes at a URL, at most 30 seconds old.
    ///
    /// # Errors
    /// When they cannot be had from there.
    pub async fn keys_at(&self, url: &str) -> Result<Arc<JwkSet>, OutboundError> {
        let (url, now) = (url.to_owned(), self.now());
        if let Some(keys) = self.client_keys.get(&url, now) {
            return Ok(keys);
        }
        let keys: Arc<JwkSet> = Arc::new(self.identity.outbound().get(&url, None).await?);
        self.client_keys.put(&url, Arc::clone(&keys), now);
        Ok(keys)
    }

    /// Forgets a pool that was just changed.
    pub fn forget_pool(&self, id: &PoolId) {
        self.pools.forget(id);
    }

    /// Forgets a client that was just changed.
    pub fn forget_client(&self, id: &ClientId) {
        self.clients.forget(id);
    }

    /// Forgets a group that was just changed.
    pub fn forget_group(&self, pool: &PoolId, group: &GroupName) {
        self.groups.forget(&(pool.clone(), group.clone()));
    }

    /// A client and its pool, at most 30 seconds old.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn client(&self, id: &ClientId) -> Result<(Arc<OpenPool>, Arc<Client>), Fault> {
        let now = self.now();
        if let Some(client) = self.clients.get(id, now) {
            let pool = self.pool(&client.record.pool).await?;
            return Ok((pool, client));
        }
        let record = self
            .store
            .load_client(id)
            .await?
            .ok_or_else(|| no_client(id.as_str()))?;
        let pool = self.pool(&record.pool).await?;
        let client = Arc::new(self.open_client(&pool, record).await?);
        self.clients.put(id, Arc::clone(&client), now);
        Ok((pool, client))
    }

    /// A client by the text of its id, as applications give it.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub async fn client_named(&self, id: Option<&String>) -> Result<(Arc<OpenPool>, Arc<Client>), Fault> {
        let id = id.map(String::as_str).unwrap_or_default();
        self.client(&id.parse().map_err(|_| no_client(id))?).await
    }

    /// A client of a pool, for administrators.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, also for a client of another pool.
    pub async fn client_of(
        &self,
        pool: Option<&String>,
        client: Option<&String>,
    ) -> Result<(Arc<OpenPool>, Arc<Client>), Fault> {
        let pool = self.pool_named(pool).await?;
        let (owner, client) = self.client_named(client).await?;
        if owner.pool.id() != pool.pool.id() {
            return Err(no_client(client.id().as_str()));
        }
        Ok((owner, client))
    }

    /// A stored client, its secrets unsealed.
    ///
    /// # Errors
    /// `InternalErrorException` when the stored configuration is damaged.
    pub async fn open_client(&self, pool: &OpenPool, record: ClientRecord) -> Result<Client, Fault> {
        let mut secrets = Vec::new();
        if !record.sealed_secrets.is_empty() {
            let key = self.data_key(pool).await?;
            for secret in &record.sealed_secrets {
                let plain = key
                    .open(Purpose::ClientSecret, record.id.as_str(), &secret.sealed)
                    .and_then(|plain| String::from_utf8(plain).ok())
                    .ok_or_else(|| Fault::internal("a client's secret does not open"))?;
                secrets.push(Sensitive::from(plain));
            }
        }
        Client::parse(record, secrets)
    }

    /// Seals a secret of a client.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn seal_client_secret(
        &self,
        pool: &OpenPool,
        client: &ClientId,
        secret: &Sensitive,
    ) -> Result<SealedSecret, Fault> {
        let now = self.now();
        let key = self.data_key(pool).await?;
        let plain = secret.expose().as_bytes();
        Ok(SealedSecret {
            id: format!("{client}--{}", now.seconds()),
            sealed: key.seal(Purpose::ClientSecret, client.as_str(), plain, &*self.entropy)?,
            created_at: now,
        })
    }

    /// The pool's data key, unwrapped once per warm function and pool.
    ///
    /// # Errors
    /// `TooManyRequestsException` when KMS throttles.
    pub async fn data_key(&self, pool: &OpenPool) -> Result<Arc<DataKey>, Fault> {
        let record = &pool.pool.record;
        pool.data_key
            .get_or_try_init(async || {
                Ok(Arc::new(
                    self.kms.unwrap_data_key(&record.id, &record.data_key).await?,
                ))
            })
            .await
            .cloned()
    }

    /// The groups of memberships, each at most 30 seconds old; memberships of groups that are gone do not count.
    ///
    /// # Errors
    /// `TooManyRequestsException` when DynamoDB throttles.
    pub async fn groups(&self, open: &OpenPool, memberships: &[Membership]) -> Result<Groups, Fault> {
        let (pool, now) = (open.pool.id(), self.now());
        let (mut known, mut missing) = (Vec::new(), Vec::new());
        for membership in memberships {
            match self.groups.get(&(pool.clone(), membership.group.clone()), now) {
                // A group that was made again since it was read has another id.
                Some(group) if group.as_ref().as_ref().is_some_and(|group| group.has(membership)) => {
                    known.extend(group.as_ref().clone());
                }
                _ => missing.push(membership.group.clone()),
            }
        }
        if !missing.is_empty() {
            let loaded = self.store.load_groups(pool, &missing).await?;
            for name in missing {
                let group = loaded.iter().find(|group| group.name == name).cloned();
                self.groups.put(&(pool.clone(), name), Arc::new(group), now);
            }
            known.extend(loaded);
        }
        known.retain(|group| memberships.iter().any(|membership| group.has(membership)));
        Ok(Groups::new(known))
    }

    /// Resource servers of a pool, each at most 30 seconds old; those that do not exist are left out.
    ///
    /// # Errors
    /// `TooManyRequestsException` when DynamoDB throttles.
    pub async fn resource_servers(
        &self,
        open: &OpenPool,
        mut wanted: BTreeSet<ResourceServerId>,
    ) -> Result<Vec<ResourceServer>, Fault> {
        let (pool, now) = (open.pool.id(), self.now());
        let mut servers = Vec::new();
        wanted.retain(|id| {
            let known = self.resource_servers.get(&(pool.clone(), id.clone()), now);
            servers.extend(known.as_deref().cloned());
            known.is_none()
        });
        for server in self.store.load_resource_servers(pool, &wanted).await? {
            let key = (pool.clone(), server.identifier.clone());
            self.resource_servers.put(&key, Arc::new(server.clone()), now);
            servers.push(server);
        }
        Ok(servers)
    }

    /// What the pages of a client show of its own, at most 30 seconds old.
    ///
    /// # Errors
    /// `TooManyRequestsException` when DynamoDB throttles.
    pub async fn look(&self, pool: &PoolId, client: &ClientId) -> Result<Arc<Look>, Fault> {
        let now = self.now();
        if let Some(look) = self.looks.get(client, now) {
            return Ok(look);
        }
        let look = Arc::new(self.store.load_look(pool, client).await?);
        self.looks.put(client, Arc::clone(&look), now);
        Ok(look)
    }

    /// The host of the issuer, where the API answers for every pool.
    pub fn issuer_host(&self) -> &str {
        let base = &self.settings.issuer_base;
        let rest = base.split_once("://").map_or(base.as_str(), |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }

    /// The pool whose domain a request was sent to, at most 30 seconds old; `None` where it was sent to a host that
    /// serves all pools.
    ///
    /// # Errors
    /// `TooManyRequestsException` when DynamoDB throttles; `ResourceNotFoundException` when the pool is gone.
    pub async fn pool_of_host(&self, headers: &HeaderMap) -> Result<Option<Arc<OpenPool>>, Fault> {
        let host = headers.get("host").and_then(|host| host.to_str().ok());
        let Some(name) = host.and_then(|host| DomainName::of_host(host, self.issuer_host())) else {
            return Ok(None);
        };
        let now = self.now();
        let pool = match self.domains.get(&name, now) {
            Some(pool) => pool,
            None => {
                let found = self.store.load_domain(&name).await?.map(|domain| domain.pool);
                let found = Arc::new(found);
                self.domains.put(&name, Arc::clone(&found), now);
                found
            }
        };
        match pool.as_ref() {
            Some(pool) => self.pool(pool).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether this function has not just written down that the key was used.
    pub fn access_key_use_is_news(&self, id: &AccessKeyId, now: Timestamp) -> bool {
        let news = self.used_access_keys.get(id, now).is_none();
        if news {
            self.used_access_keys.put(id, Arc::new(()), now);
        }
        news
    }

    /// An access key with its secret, at most 30 seconds old; `None` for one that does not exist or is not for this
    /// stack.
    ///
    /// # Errors
    /// `TooManyRequestsException` when AWS throttles.
    pub async fn access_key(&self, id: &AccessKeyId) -> Result<Option<Arc<SigningKey>>, Fault> {
        let now = self.now();
        if let Some(known) = self.access_keys.get(id, now) {
            return Ok(Some(known));
        }
        let Some(key) = self.store.load_access_key(id).await? else {
            return Ok(None);
        };
        if key.development && !self.settings.local_aws {
            return Ok(None);
        }
        let secret = self.kms.open_access_key(id, &key.sealed_secret).await?;
        let secret =
            String::from_utf8(secret).map_err(|_| Fault::internal("an access key's secret is no text"))?;
        let open = Arc::new(SigningKey {
            key,
            secret: Sensitive::from(secret),
        });
        self.access_keys.put(id, Arc::clone(&open), now);
        Ok(Some(open))
    }
}
