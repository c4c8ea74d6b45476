//! An identity pool: which logins it takes, and what was said about it.

use std::collections::{BTreeMap, BTreeSet};

use gatehouse_model::identity_pool::{
    CognitoIdentityProvider, CreateIdentityPoolInput, IdentityPool as Document,
};
use serde::{Deserialize, Serialize};

use super::identity_roles::Roles;
use super::ids::{IdentityPoolId, PoolId};
use super::pool::PoolState;
use super::pool_identity::LoginProvider;
use super::principal_tags::TagMap;
use crate::{Fault, Timestamp};

/// Tags of a resource at most, as everywhere in AWS.
pub const MOST_TAGS: usize = 50;

/// What IAM said of an OpenID Connect provider when the pool was last written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredIssuer {
    /// The provider's ARN, as the pool names it.
    pub arn: String,
    /// The issuer's URL without its scheme.
    pub issuer: LoginProvider,
    /// Audiences whose tokens are taken.
    pub client_ids: BTreeSet<String>,
}

/// An identity pool as storage has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentityPoolRecord {
    /// The id.
    pub id: IdentityPoolId,
    /// The settings as `DescribeIdentityPool` shows them, as JSON.
    pub document: String,
    /// Roles and role mappings, as JSON.
    pub roles: String,
    /// Which claims of a provider's tokens become session tags.
    pub tag_maps: BTreeMap<LoginProvider, TagMap>,
    /// The issuers that `OpenIdConnectProviderARNs` lists.
    pub issuers: Vec<RegisteredIssuer>,
    /// Whether the pool serves requests.
    pub state: PoolState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Counts every write.
    pub version: u64,
}

/// An identity pool, complete.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityPool {
    /// The stored form.
    pub record: IdentityPoolRecord,
    /// The settings as `DescribeIdentityPool` shows them.
    pub document: Document,
    /// Which role whom gets.
    pub roles: Roles,
}

/// Public providers that `SupportedLoginProviders` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Social {
    /// Google; shows an ID token.
    Google,
    /// Sign in with Apple; shows an ID token.
    Apple,
    /// Facebook; shows an access token.
    Facebook,
    /// Login with Amazon; shows an access token.
    Amazon,
}

impl Social {
    /// The provider of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "accounts.google.com" => Some(Self::Google),
            "appleid.apple.com" => Some(Self::Apple),
            "graph.facebook.com" => Some(Self::Facebook),
            "www.amazon.com" => Some(Self::Amazon),
            _ => None,
        }
    }
}

/// A provider whose logins a pool takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// A user pool of this deployment.
    UserPool {
        /// The pool.
        pool: PoolId,
        /// App clients whose ID tokens are taken, each with whether the user is looked up.
        clients: BTreeMap<String, bool>,
    },
    /// An issuer that is registered with IAM.
    Issuer(RegisteredIssuer),
    /// A public provider and the app's ids there.
    Social(Social, BTreeSet<String>),
    /// A SAML provider that is registered with IAM; its name is its ARN.
    Saml,
}

/// The answer where there is no such identity pool.
pub fn no_identity_pool(id: &str) -> Fault {
    Fault::not_found(format!("IdentityPool '{id}' not found."))
}

/// The user pool that a provider's name leads to: `<issuer base without scheme>/<pool>`, or the name that Cognito's
/// own pool of that id would have.
pub fn user_pool_of(name: &str, issuer_base: &str) -> Option<PoolId> {
    let (host, pool) = name.rsplit_once('/')?;
    let pool: PoolId = pool.parse().ok()?;
    let own = host == without_scheme(issuer_base);
    (own || host == format!("cognito-idp.{}.amazonaws.com", pool.region())).then_some(pool)
}

/// The one name under which a provider's logins are kept: a user pool has two, and an ARN stands for its issuer.
///
/// # Errors
/// `InvalidParameterException` for what is no provider's name.
pub fn canonical_provider(name: &str, issuer_base: &str) -> Result<LoginProvider, Fault> {
    let canonical = match user_pool_of(name, issuer_base) {
        Some(pool) => format!("{}/{pool}", without_scheme(issuer_base)),
        None => name
            .split_once(":oidc-provider/")
            .filter(|_| name.starts_with("arn:"))
            .map_or(name, |(_, issuer)| issuer)
            .to_owned(),
    };
    canonical
        .parse()
        .map_err(|_| Fault::invalid_parameter("The name of an identity provider is malformed."))
}

/// A URL without its scheme: an issuer as IAM and `Logins` name it.
pub fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

impl IdentityPool {
    /// Parses a stored pool.
    ///
    /// # Errors
    /// `InternalErrorException` when the stored configuration is damaged.
    pub fn parse(record: IdentityPoolRecord) -> Result<Self, Fault> {
        Ok(Self {
            document: serde_json::from_str(&record.document).map_err(Fault::internal)?,
            roles: serde_json::from_str(&record.roles).map_err(Fault::internal)?,
            record,
        })
    }

    /// A new pool of checked settings.
    ///
    /// # Errors
    /// `InternalErrorException` when the settings cannot be written.
    pub fn new(
        id: IdentityPoolId,
        mut document: Document,
        issuers: Vec<RegisteredIssuer>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        document.identity_pool_id = Some(id.to_string());
        let roles = Roles::default();
        let record = IdentityPoolRecord {
            id,
            document: json(&document)?,
            roles: json(&roles)?,
            tag_maps: BTreeMap::new(),
            issuers,
            state: PoolState::Active,
            created_at: now,
            version: 1,
        };
        Ok(Self {
            record,
            document,
            roles,
        })
    }

    /// The pool with other settings, one version later.
    ///
    /// # Errors
    /// `InternalErrorException` when the settings cannot be written.
    pub fn changed(&self, document: &Document, issuers: Vec<RegisteredIssuer>) -> Result<Self, Fault> {
        Self::parse(IdentityPoolRecord {
            document: json(document)?,
            issuers,
            ..self.next()
        })
    }

    /// The pool with other roles, one version later.
    ///
    /// # Errors
    /// `InternalErrorException` when the roles cannot be written.
    pub fn with_roles(&self, roles: &Roles) -> Result<Self, Fault> {
        Self::parse(IdentityPoolRecord {
            roles: json(roles)?,
            ..self.next()
        })
    }

    /// The pool with another tag map for a provider, one version later.
    #[must_use]
    pub fn with_tag_map(&self, provider: LoginProvider, map: TagMap) -> Self {
        let mut record = self.next();
        record.tag_maps.insert(provider, map);
        Self {
            record,
            ..self.clone()
        }
    }

    fn next(&self) -> IdentityPoolRecord {
        IdentityPoolRecord {
            version: self.record.version + 1,
            ..self.record.clone()
        }
    }

    /// The id.
    pub const fn id(&self) -> &IdentityPoolId {
        &self.record.id
    }

    /// Whether guests get anything.
    pub fn admits_guests(&self) -> bool {
        self.document.allow_unauthenticated_identities.unwrap_or(false)
    }

    /// Whether the basic flow is allowed, in which applications call STS themselves.
    pub fn allows_basic_flow(&self) -> bool {
        self.document.allow_classic_flow.unwrap_or(false)
    }

    /// The developer provider, if the pool has one.
    pub fn developer_provider(&self) -> Option<LoginProvider> {
        self.document.developer_provider_name.as_ref()?.parse().ok()
    }

    /// The provider of a canonical name, if the pool takes its logins.
    pub fn provider(&self, name: &LoginProvider, issuer_base: &str) -> Option<Provider> {
        if let Some(pool) = user_pool_of(name.as_str(), issuer_base) {
            let entries = self.document.cognito_identity_providers.iter().flatten();
            let clients: BTreeMap<_, _> = entries
                .filter(|entry| {
                    let named = entry.provider_name.as_deref().unwrap_or_default();
                    user_pool_of(named, issuer_base).as_ref() == Some(&pool)
                })
                .filter_map(|entry| {
                    Some((
                        entry.client_id.clone()?,
                        entry.server_side_token_check.unwrap_or(false),
                    ))
                })
                .collect();
            return (!clients.is_empty()).then_some(Provider::UserPool { pool, clients });
        }
        if let Some(social) = Social::named(name.as_str())
            && let Some(apps) = self
                .document
                .supported_login_providers
                .as_ref()
                .and_then(|providers| providers.get(name.as_str()))
        {
            let apps = apps.split(';').map(str::to_owned).collect();
            return Some(Provider::Social(social, apps));
        }
        if self
            .document
            .saml_provider_arns
            .iter()
            .flatten()
            .any(|arn| arn == name.as_str())
        {
            return Some(Provider::Saml);
        }
        let issuer = self.record.issuers.iter().find(|issuer| issuer.issuer == *name)?;
        Some(Provider::Issuer(issuer.clone()))
    }

    /// Checks that roles may be mapped for a provider: `<user pool's provider name>:<client>` of a user pool, the ARN of
    /// an issuer or a SAML provider, or a public provider's name.
    ///
    /// # Errors
    /// `InvalidParameterException` for what is no provider of the pool.
    pub fn check_mapped(&self, key: &str, issuer_base: &str) -> Result<(), Fault> {
        let unknown =
            || Fault::invalid_parameter(format!("{key} is no identity provider of this identity pool."));
        if let Some((name, client)) = key.rsplit_once(':')
            && let Some(Provider::UserPool { clients, .. }) = canonical_provider(name, issuer_base)
                .ok()
                .and_then(|name| self.provider(&name, issuer_base))
        {
            return clients.contains_key(client).then_some(()).ok_or_else(unknown);
        }
        match self.provider(&canonical_provider(key, issuer_base)?, issuer_base) {
            Some(Provider::Issuer(_) | Provider::Social(..) | Provider::Saml) => Ok(()),
            Some(Provider::UserPool { .. }) | None => Err(unknown()),
        }
    }
}

fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(Fault::internal)
}

/// Whether a text is the ARN of a SAML provider, by which its logins go.
pub fn is_saml_provider(text: &str) -> bool {
    text.starts_with("arn:") && text.contains(":iam::") && text.contains(":saml-provider/")
}

/// The document of a new pool, its settings checked.
///
/// # Errors
/// `InvalidParameterException`.
pub fn create(input: CreateIdentityPoolInput, issuer_base: &str) -> Result<Document, Fault> {
    let document = Document {
        identity_pool_id: None,
        identity_pool_name: input.identity_pool_name,
        allow_unauthenticated_identities: input.allow_unauthenticated_identities,
        allow_classic_flow: Some(input.allow_classic_flow.unwrap_or(false)),
        supported_login_providers: input.supported_login_providers,
        developer_provider_name: input.developer_provider_name,
        open_id_connect_provider_arns: input.open_id_connect_provider_arns,
        cognito_identity_providers: input.cognito_identity_providers,
        saml_provider_arns: input.saml_provider_arns,
        identity_pool_tags: input.identity_pool_tags,
    };
    checked(document, issuer_base)
}

/// The document that an update makes of `before`: what is not given goes back to its default, tags stay.
///
/// # Errors
/// `InvalidParameterException`.
pub fn update(before: &Document, given: Document, issuer_base: &str) -> Result<Document, Fault> {
    let known = before.developer_provider_name.as_ref();
    if known.is_some() && given.developer_provider_name.as_ref() != known {
        return Err(Fault::invalid_parameter(
            "The developer provider name of an identity pool cannot be changed.",
        ));
    }
    let document = Document {
        allow_classic_flow: Some(given.allow_classic_flow.unwrap_or(false)),
        identity_pool_tags: given
            .identity_pool_tags
            .or_else(|| before.identity_pool_tags.clone()),
        ..given
    };
    checked(document, issuer_base)
}

fn checked(document: Document, issuer_base: &str) -> Result<Document, Fault> {
    for arn in document.saml_provider_arns.iter().flatten() {
        if !is_saml_provider(arn) {
            return Err(Fault::invalid_parameter(format!(
                "{arn} is not the ARN of a SAML provider."
            )));
        }
    }
    for name in document.supported_login_providers.iter().flat_map(BTreeMap::keys) {
        if Social::named(name).is_none() {
            return Err(Fault::unsupported(&format!("Login provider {name}")));
        }
    }
    for entry in document.cognito_identity_providers.iter().flatten() {
        check_user_pool(entry, issuer_base)?;
    }
    for arn in document.open_id_connect_provider_arns.iter().flatten() {
        if !arn.starts_with("arn:") || !arn.contains(":iam::") || !arn.contains(":oidc-provider/") {
            return Err(Fault::invalid_parameter(format!(
                "{arn} is not the ARN of an OpenID Connect provider."
            )));
        }
    }
    if document
        .developer_provider_name
        .as_deref()
        .is_some_and(|name| Social::named(name).is_some())
    {
        return Err(Fault::invalid_parameter(
            "A developer provider cannot have the name of a public one.",
        ));
    }
    check_tags(document.identity_pool_tags.as_ref())?;
    Ok(document)
}

fn check_user_pool(entry: &CognitoIdentityProvider, issuer_base: &str) -> Result<(), Fault> {
    let name = entry.provider_name.as_deref().unwrap_or_default();
    if user_pool_of(name, issuer_base).is_none() {
        return Err(Fault::invalid_parameter(format!(
            "Invalid Cognito Identity Provider: {name} is no user pool here; its name is {}/<user pool id>.",
            without_scheme(issuer_base)
        )));
    }
    if entry.client_id.is_none() {
        return Err(Fault::invalid_parameter(
            "A Cognito Identity Provider needs a ClientId.",
        ));
    }
    Ok(())
}

/// Checks the tags of a pool.
///
/// # Errors
/// `InvalidParameterException` for too many, and for keys that belong to AWS.
pub fn check_tags(tags: Option<&BTreeMap<String, String>>) -> Result<(), Fault> {
    let Some(tags) = tags else { return Ok(()) };
    if tags.len() > MOST_TAGS {
        return Err(Fault::invalid_parameter(format!(
            "A resource has at most {MOST_TAGS} tags."
        )));
    }
    if tags.keys().any(|key| key.to_lowercase().starts_with("aws:")) {
        return Err(Fault::invalid_parameter("Tag keys cannot begin with aws:."));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
