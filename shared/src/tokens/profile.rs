//! The form of access tokens: Cognito's, or that of RFC 9068 for clients that want it.

use serde_json::{Map, Value, json};

use crate::Fault;
use crate::app::{App, OpenPool};
use crate::domain::client::Client;
use crate::domain::oauth_options::Feature;
use crate::oauth::scopes::{is_custom, servers_of};
use crate::tokens::keys::Use;

/// The type of an access token (RFC 9068 section 2.1).
const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// Refuses tokens that are not bound to a key to a client that may have no others.
///
/// # Errors
/// `NotAuthorizedException`.
pub fn check_binding(open: &OpenPool, client: &Client, bound_key: Option<&str>) -> Result<(), Fault> {
    if bound_key.is_none() && open.pool.oauth.of(client.id()).has(Feature::OnlyDpop) {
        return Err(Fault::not_authorized(
            "The client may only have tokens that are bound to its key.",
        ));
    }
    Ok(())
}

/// Signs an access token of `client` in the form that the client wants.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn sign_access(
    app: &App,
    open: &OpenPool,
    client: &Client,
    mut claims: Map<String, Value>,
) -> Result<String, Fault> {
    let keys = &open.pool.record.signing_keys;
    if !open.pool.oauth.of(client.id()).has(Feature::AccessTokenProfile) {
        return app.kms.sign(keys, Use::Access, &claims).await;
    }
    if !claims.contains_key("aud") {
        let issuer = open.pool.issuer(&app.settings.issuer_base);
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let audience = default_audience(scope, &issuer);
        claims.insert("aud".to_owned(), json!(audience));
    }
    app.kms
        .sign_as(keys, Use::Access, Some(ACCESS_TOKEN_TYPE), &claims)
        .await
}

/// Whom a token is for that names nobody (RFC 9068 section 3): the resource server of its scopes where there is exactly
/// one, else the issuer, whose own endpoints the other scopes open.
fn default_audience(scope: &str, issuer: &str) -> String {
    let scopes = || scope.split(' ').filter(|scope| !scope.is_empty());
    let servers = servers_of(scopes());
    match servers.first() {
        Some(server) if servers.len() == 1 && scopes().all(is_custom) => server.to_string(),
        _ => issuer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_the_one_server_of_its_scopes_or_for_the_issuer() {
        let of = |scope| default_audience(scope, "https://issuer.example/p");
        assert_eq!(
            of("https://api.example/read https://api.example/write"),
            "https://api.example"
        );
        for scope in ["", "openid", "openid orders/read", "orders/read bills/read"] {
            assert_eq!(of(scope), "https://issuer.example/p", "{scope}");
        }
    }
}
