//! `Logins`: tokens of identity providers, each verified as its provider asks.

use std::collections::BTreeMap;

use gatehouse_model::Sensitive;
use serde_json::{Map, Value};

use super::issuer::Tags;
use super::{saml, user_pool};
use crate::domain::identity_pool::{IdentityPool, Provider, canonical_provider};
use crate::domain::identity_roles::Evidence;
use crate::domain::pool_identity::{Login, LoginProvider, Subject};
use crate::store::listing::join_all;
use crate::{App, Fault, Timestamp};

/// `Logins` as requests carry them.
pub type Given = BTreeMap<String, Sensitive>;

/// A login whose token is genuine, current and meant for this identity pool.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Who vouches for whom.
    pub login: Login,
    /// What claim `amr` tells of it besides the provider's name.
    pub amr: String,
    /// The keys of `RoleMappings` that are about this login.
    pub mapping_keys: Vec<String>,
    /// What the token says.
    pub claims: Map<String, Value>,
    /// Whether it is a SAML provider's, which may say itself which roles its user takes.
    pub is_saml: bool,
}

impl Verified {
    /// A login of whom the claims name.
    fn new(
        provider: LoginProvider,
        mut mapping_keys: Vec<String>,
        claims: Map<String, Value>,
    ) -> Result<Self, Fault> {
        let text = |name| claims.get(name).and_then(Value::as_str);
        let sub = text("sub")
            .filter(|sub| !sub.is_empty())
            .ok_or_else(|| invalid("Missing a required claim: sub"))?;
        mapping_keys.push(provider.to_string());
        Ok(Self {
            amr: format!("{provider}:{}:{sub}", text("aud").unwrap_or("OIDC")),
            mapping_keys,
            login: Login {
                provider,
                subject: Subject::new(sub),
            },
            claims,
            is_saml: false,
        })
    }

    /// The login as far as roles go.
    pub fn evidence(&self) -> Evidence<'_> {
        Evidence {
            mapping_keys: &self.mapping_keys,
            claims: &self.claims,
            asserts_roles: self.is_saml,
        }
    }
}

/// The answer to a token of a provider that the pool does not take, or for another audience.
pub fn unsupported_provider() -> Fault {
    Fault::not_authorized("Token is not from a supported provider of this identity pool.")
}

/// The answer to a token that is no token, or not a genuine one.
pub fn invalid(why: &str) -> Fault {
    Fault::not_authorized(format!("Invalid login token. {why}"))
}

/// The answer to a token that expired at `at`, in seconds.
pub fn expired(at: i64, now: Timestamp) -> Fault {
    invalid(&format!("Token expired: {} >= {at}", now.seconds()))
}

/// Verifies logins, all at once.
///
/// # Errors
/// `NotAuthorizedException` for a token that is not genuine, current, or for this pool; `InvalidParameterException` for
/// a developer's user, whom only the developer can vouch for.
pub async fn verify(
    app: &App,
    pool: &IdentityPool,
    given: &Given,
    now: Timestamp,
) -> Result<Vec<Verified>, Fault> {
    let each = given
        .iter()
        .map(|(name, token)| verify_one(app, pool, name, token.expose(), now));
    join_all(each).await.into_iter().collect()
}

async fn verify_one(
    app: &App,
    pool: &IdentityPool,
    name: &str,
    token: &str,
    now: Timestamp,
) -> Result<Verified, Fault> {
    let base = &app.settings.issuer_base;
    let name = canonical_provider(name, base)?;
    if pool.developer_provider().as_ref() == Some(&name) {
        return Err(Fault::invalid_parameter("Please provide a valid public provider"));
    }
    match pool.provider(&name, base).ok_or_else(unsupported_provider)? {
        Provider::UserPool { pool, clients } => {
            user_pool::verify(app, name, &pool, &clients, token, now).await
        }
        Provider::Issuer(issuer) => {
            let scheme = if app.settings.local_aws && is_of_this_machine(&name) {
                "http"
            } else {
                "https"
            };
            let url = format!("{scheme}://{name}");
            let parts = &app.identity;
            let claims = parts
                .issuers
                .verify(&parts.outbound, (&url, None), &issuer.client_ids, token, now)
                .await?;
            Verified::new(name, vec![issuer.arn], claims)
        }
        Provider::Social(social, apps) => {
            let claims = super::social::verify(&app.identity, social, &apps, token, now).await?;
            Verified::new(name, Vec::new(), claims)
        }
        Provider::Saml => {
            let claims = saml::verify(app, &name, token, now).await?;
            Ok(Verified {
                is_saml: true,
                ..Verified::new(name, Vec::new(), claims)?
            })
        }
    }
}

/// Whether an issuer is one of a development stack's neighbours.
fn is_of_this_machine(name: &LoginProvider) -> bool {
    let host = name.as_str().split(['/', ':']).next();
    matches!(host, Some("localhost" | "127.0.0.1"))
}

/// A login of a developer provider: the developer says so, and signs it.
pub fn developer(pool: &IdentityPool, provider: &LoginProvider, user: &str) -> Verified {
    Verified {
        login: Login {
            provider: provider.clone(),
            subject: Subject::new(user),
        },
        amr: format!("{provider}:{}:{user}", pool.id()),
        mapping_keys: Vec::new(),
        claims: Map::new(),
        is_saml: false,
    }
}

/// Claim `amr` of an identity that showed these logins.
pub fn amr(logins: &[Verified]) -> Vec<String> {
    if logins.is_empty() {
        return vec!["unauthenticated".to_owned()];
    }
    let each = logins
        .iter()
        .flat_map(|verified| [verified.login.provider.to_string(), verified.amr.clone()]);
    std::iter::once("authenticated".to_owned()).chain(each).collect()
}

/// The session tags that these logins make; of two providers that make the same tag, the first counts.
pub fn tags(pool: &IdentityPool, logins: &[Verified]) -> Tags {
    let mut tags = Tags::new();
    for verified in logins {
        let Some(map) = pool.record.tag_maps.get(&verified.login.provider) else {
            continue;
        };
        for (tag, value) in map.tags_of(&verified.claims) {
            tags.entry(tag).or_insert(value);
        }
    }
    tags
}
