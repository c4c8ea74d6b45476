//! Identity pools: whose login a token is, which identity it leads to, and the AWS credentials that come of it.

pub mod issuer;
pub mod logins;
pub mod oidc;
pub mod pools;
pub mod present;
pub mod resolve;
mod saml;
pub mod social;
pub mod sts;
mod user_pool;

use std::sync::Arc;

use tokio::sync::OnceCell;

use self::oidc::Issuers;
use self::social::Endpoints;
use crate::domain::identity_pool::IdentityPool;
use crate::domain::ids::IdentityPoolId;
use crate::domain::pool_identity::LoginProvider;
use crate::outbound::Outbound;
use crate::protocol::saml::SamlProvider;
use crate::store::cache::Cache;
use crate::tokens::keys::KeyVersion;

/// What only identity pools need of a function.
#[derive(Debug)]
pub struct IdentityParts {
    sts: aws_sdk_sts::Client,
    iam: aws_sdk_iam::Client,
    pools: Cache<IdentityPoolId, IdentityPool>,
    keys: OnceCell<Arc<[KeyVersion]>>,
    outbound: Outbound,
    issuers: Issuers,
    saml_providers: Cache<LoginProvider, SamlProvider>,
    endpoints: Endpoints,
}

impl IdentityParts {
    /// The parts of a function that has just started; with `local`, of a development stack.
    pub fn new(aws: &aws_config::SdkConfig, local: bool) -> Self {
        Self {
            sts: aws_sdk_sts::Client::new(aws),
            iam: aws_sdk_iam::Client::new(aws),
            pools: Cache::default(),
            keys: OnceCell::new(),
            outbound: Outbound::new(local),
            issuers: Issuers::default(),
            saml_providers: Cache::keeping(saml::KEPT_SECONDS),
            endpoints: Endpoints::default(),
        }
    }

    /// The way to servers of others.
    pub const fn outbound(&self) -> &Outbound {
        &self.outbound
    }
}
