//! What a relying party needs to trust the pool: the JWK set and the OpenID Provider metadata.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::keys::{KeyVersion, Use};
use crate::domain::oauth_options::Feature;
use crate::domain::pool::Pool;
use crate::oauth::scopes::STANDARD;
use crate::oauth::{device, dpop};
use crate::ui::LOCALES;

/// The pool's public keys (RFC 7517): every version, so that tokens of a retired key still verify.
pub fn jwks(pool: &Pool) -> Value {
    let keys: Vec<_> = pool.record.signing_keys.all().map(KeyVersion::to_jwk).collect();
    json!({ "keys": keys })
}

/// The pool's metadata (OpenID Connect Discovery 1.0 section 3, RFC 8414): what is served today and nothing more. The
/// endpoints are those of the host that serves all pools, which know the pool by the client.
pub fn openid_configuration(pool: &Pool, base: &str) -> Value {
    let issuer = pool.issuer(base);
    let algorithms: BTreeSet<_> = pool
        .record
        .signing_keys
        .versions(Use::Id)
        .iter()
        .map(|key| key.public.algorithm().as_str())
        .collect();
    let languages: Vec<_> = LOCALES.iter().map(|locale| locale.tag).collect();
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oauth2/authorize"),
        "token_endpoint": format!("{base}/oauth2/token"),
        "userinfo_endpoint": format!("{base}/oauth2/userInfo"),
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "end_session_endpoint": format!("{base}/logout"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token", "id_token", "id_token token"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:token-exchange"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "prompt_values_supported": ["none", "login", "select_account"],
        "ui_locales_supported": languages,
        "acr_values_supported": (1..=4).map(|level| pool.level_name(level)).collect::<Vec<_>>(),
        "id_token_signing_alg_values_supported": algorithms,
        "subject_types_supported": ["public"],
        "scopes_supported": STANDARD,
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "cognito:username",
            "email", "email_verified", "phone_number", "phone_number_verified", "name", "given_name", "family_name"],
    });
    if let Some(metadata) = metadata.as_object_mut() {
        add_options(metadata, pool, base);
    }
    metadata
}

/// What only some clients of the pool may do (RFC 7523, RFC 7591, RFC 7662, RFC 8628, RFC 9126, RFC 9449).
fn add_options(metadata: &mut Map<String, Value>, pool: &Pool, base: &str) {
    let options = &pool.oauth;
    if options.anyone_has(Feature::DeviceCode)
        && let Some(Value::Array(grants)) = metadata.get_mut("grant_types_supported")
    {
        grants.push(json!(device::GRANT));
    }
    let mut add = |name: &str, value: Value| drop(metadata.insert(name.to_owned(), value));
    let algorithms = json!([
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"
    ]);
    let mut methods = vec!["client_secret_basic", "client_secret_post", "none"];
    if options.anyone_signs() {
        methods.push("private_key_jwt");
        add("token_endpoint_auth_methods_supported", json!(methods));
        add("revocation_endpoint_auth_methods_supported", json!(methods));
        add(
            "token_endpoint_auth_signing_alg_values_supported",
            algorithms.clone(),
        );
        add(
            "revocation_endpoint_auth_signing_alg_values_supported",
            algorithms.clone(),
        );
    }
    if pool.registration.is_on() {
        // All pools share the host, so the address says whose endpoint it is.
        add(
            "registration_endpoint",
            json!(format!("{base}/oauth2/register?user_pool_id={}", pool.id())),
        );
    }
    if options.anyone_has(Feature::Introspection) {
        methods.retain(|method| *method != "none");
        add(
            "introspection_endpoint",
            json!(format!("{base}/oauth2/introspect")),
        );
        add("introspection_endpoint_auth_methods_supported", json!(methods));
        if options.anyone_signs() {
            add(
                "introspection_endpoint_auth_signing_alg_values_supported",
                algorithms,
            );
        }
    }
    if options.anyone_has(Feature::Pushed) {
        add(
            "pushed_authorization_request_endpoint",
            json!(format!("{base}/oauth2/par")),
        );
        add(
            "require_pushed_authorization_requests",
            json!(options.everyone_has(Feature::OnlyPushed)),
        );
    }
    if options.anyone_has(Feature::DeviceCode) {
        add(
            "device_authorization_endpoint",
            json!(format!("{base}/oauth2/device_authorization")),
        );
    }
    if options.anyone_has(Feature::Dpop) {
        add("dpop_signing_alg_values_supported", json!(dpop::ALGORITHMS));
    }
}
