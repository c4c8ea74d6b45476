//! What a relying party needs to trust the pool: the JWK set and the OpenID Provider metadata.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::keys::{KeyVersion, Use};
use crate::domain::pool::Pool;

/// The pool's public keys (RFC 7517): every version, so that tokens of a retired key still verify.
pub fn jwks(pool: &Pool) -> Value {
    let keys: Vec<_> = pool.record.signing_keys.all().map(KeyVersion::to_jwk).collect();
    json!({ "keys": keys })
}

/// The pool's metadata (OpenID Connect Discovery 1.0 section 3): what is served today and nothing more.
pub fn openid_configuration(pool: &Pool, base: &str) -> Value {
    let issuer = pool.issuer(base);
    let algorithms: BTreeSet<_> = pool
        .record
        .signing_keys
        .versions(Use::Id)
        .iter()
        .map(|key| key.public.algorithm().as_str())
        .collect();
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "id_token_signing_alg_values_supported": algorithms,
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "cognito:username", "email",
            "email_verified", "phone_number", "phone_number_verified", "name", "given_name", "family_name"],
    })
}
