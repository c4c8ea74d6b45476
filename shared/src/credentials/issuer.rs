//! The issuer of identity pools' tokens: one for the deployment, registered with IAM, its keys in KMS.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value, json};

use crate::domain::identity_pool::{IdentityPool, without_scheme};
use crate::domain::ids::IdentityId;
use crate::domain::pool_identity::Identity;
use crate::tokens::keys::KeyVersion;
use crate::{App, Fault, Timestamp};

/// The path of the issuer under the issuer base, where a user pool has its id.
pub const PATH: &str = "identity-pools";
/// The name by which Cognito's applications call the issuer in `Logins`.
pub const COGNITO_NAME: &str = "cognito-identity.amazonaws.com";
/// Claim with session tags (STS, "Passing session tags using `AssumeRoleWithWebIdentity`").
const TAGS_CLAIM: &str = "https://aws.amazon.com/tags";

/// Session tags.
pub type Tags = BTreeMap<String, String>;

/// The issuer's URL.
pub fn url(app: &App) -> String {
    format!("{}/{PATH}", app.settings.issuer_base)
}

/// Whether a name in `Logins` stands for this issuer.
pub fn is_named(app: &App, name: &str) -> bool {
    name == COGNITO_NAME || name == without_scheme(&url(app))
}

/// The ARN of the issuer's registration with IAM in `account`.
pub fn provider_arn(app: &App, account: &str) -> String {
    let region = &app.settings.region;
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!(
        "arn:{partition}:iam::{account}:oidc-provider/{}",
        without_scheme(&url(app))
    )
}

/// The issuer's keys; the first signs.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn keys(app: &App) -> Result<Arc<[KeyVersion]>, Fault> {
    let load = async || {
        let mut keys = Vec::new();
        for key in &app.settings.identity_keys {
            keys.push(app.kms.public_key(key).await?);
        }
        Ok(keys.into())
    };
    app.identity.keys.get_or_try_init(load).await.cloned()
}

/// The issuer's public keys (RFC 7517).
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn jwks(app: &App) -> Result<Value, Fault> {
    let keys = keys(app).await?;
    let keys: Vec<_> = keys.iter().map(KeyVersion::to_jwk).collect();
    Ok(json!({ "keys": keys }))
}

/// The issuer's metadata (OpenID Connect Discovery 1.0 section 3).
pub fn openid_configuration(app: &App) -> Value {
    let issuer = url(app);
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "amr"],
    })
}

/// What a token says of an identity.
#[derive(Debug)]
pub struct Statement<'a> {
    /// The identity pool.
    pub pool: &'a IdentityPool,
    /// The identity.
    pub identity: &'a Identity,
    /// How the identity was proven (claim `amr`): `unauthenticated`, or `authenticated` and by whom.
    pub amr: Vec<String>,
    /// Session tags.
    pub tags: Tags,
    /// Seconds for which the token is valid.
    pub lifetime: i64,
}

/// Signs a token with which AWS STS gives credentials.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn mint(app: &App, statement: Statement<'_>, now: Timestamp) -> Result<String, Fault> {
    let keys = keys(app).await?;
    let key = keys
        .first()
        .ok_or_else(|| Fault::internal("GATEHOUSE_IDENTITY_KEYS names no key"))?;
    app.kms.sign_with(key, &claims(&url(app), &statement, now)).await
}

fn claims(issuer: &str, statement: &Statement<'_>, now: Timestamp) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(statement.identity.id));
    claims.insert("aud".to_owned(), json!(statement.pool.id()));
    claims.insert("amr".to_owned(), json!(statement.amr));
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert("iat".to_owned(), json!(now.seconds()));
    claims.insert(
        "exp".to_owned(),
        json!(now.plus_seconds(statement.lifetime).seconds()),
    );
    if !statement.tags.is_empty() {
        let tags: BTreeMap<_, _> = statement.tags.iter().map(|(tag, value)| (tag, [value])).collect();
        claims.insert(
            TAGS_CLAIM.to_owned(),
            json!({ "principal_tags": tags, "transitive_tag_keys": [] }),
        );
    }
    claims
}

/// Verifies a token that this issuer made for an identity of `pool`.
///
/// # Errors
/// `NotAuthorizedException`.
pub async fn verify(
    app: &App,
    token: &str,
    pool: &IdentityPool,
    identity: &IdentityId,
    now: Timestamp,
) -> Result<(), Fault> {
    let invalid = || Fault::not_authorized("Invalid login token. Not a Cognito token.");
    let header = decode_header(token).map_err(|_| invalid())?;
    let keys = keys(app).await?;
    let key = keys
        .iter()
        .find(|key| header.kid.as_deref() == Some(&key.kid))
        .ok_or_else(invalid)?;
    let mut validation = Validation::new(key.public.algorithm().to_verify());
    // The library would ask the machine for the time; expiry is checked below.
    validation.validate_exp = false;
    validation.set_issuer(&[url(app)]);
    validation.set_audience(&[pool.id().as_str()]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    let claims = decode::<Map<String, Value>>(token, &key.to_verify()?, &validation)
        .map_err(|_| invalid())?
        .claims;
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
    if now.seconds() >= expires {
        return Err(super::logins::expired(expires, now));
    }
    if claims.get("sub").and_then(Value::as_str) != Some(identity.as_str()) {
        return Err(Fault::not_authorized(format!(
            "Access to Identity '{identity}' is forbidden."
        )));
    }
    let amr = claims.get("amr").and_then(Value::as_array);
    if !amr.is_some_and(|amr| amr.iter().any(|word| word == "authenticated")) {
        return Err(invalid());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use crate::domain::ids::IdentityPoolId;

    #[test]
    fn a_token_says_who_for_which_pool_and_how_proven() {
        let entropy = Counting::default();
        let id = IdentityPoolId::generate("eu-west-1", &entropy);
        let pool = IdentityPool::new(
            id.clone(),
            gatehouse_model::identity_pool::IdentityPool::default(),
            Vec::new(),
            NOON,
        )
        .unwrap();
        let identity = Identity::new(
            IdentityId::generate("eu-west-1", &entropy),
            id.clone(),
            Vec::new(),
            NOON,
        );
        let statement = Statement {
            pool: &pool,
            identity: &identity,
            amr: vec!["unauthenticated".to_owned()],
            tags: [("team".to_owned(), "red".to_owned())].into(),
            lifetime: 600,
        };
        let claims = Value::Object(claims(
            "https://auth.example.com/identity-pools",
            &statement,
            NOON,
        ));
        assert_eq!(claims["sub"], identity.id.as_str());
        assert_eq!(claims["aud"], id.as_str());
        assert_eq!(claims["amr"], json!(["unauthenticated"]));
        assert_eq!(claims["exp"], NOON.seconds() + 600);
        assert_eq!(claims[TAGS_CLAIM]["principal_tags"], json!({ "team": ["red"] }));
    }
}
