//! `POST /oauth2/introspect` (RFC 7662): tells a client whether a token of its pool is good for anything, and for what.

use gatehouse::app::OpenPool;
use gatehouse::auth::refresh;
use gatehouse::domain::client::Client;
use gatehouse::domain::oauth_options::Feature;
use gatehouse::http::{Web, serve};
use gatehouse::oauth::endpoint::{self, Posted};
use gatehouse::oauth::error::{Code, OauthError, json};
use gatehouse::oauth::party::{self, Kind};
use gatehouse::oauth::refusal::Refusal;
use gatehouse::oauth::token_exchange::Shown;
use gatehouse::tokens::keys::Use;
use gatehouse_model::Sensitive;
use lambda_http::http::Response;
use lambda_http::{Body, Error, Request};
use serde_json::{Value, json};
use std::sync::Arc;

/// Claims of an access token that are told (RFC 7662 section 2.2, RFC 8693 section 7.2, RFC 9449 section 6.2).
const TOLD: [&str; 14] = [
    "acr",
    "act",
    "amr",
    "aud",
    "auth_time",
    "client_id",
    "cnf",
    "exp",
    "iat",
    "iss",
    "jti",
    "scope",
    "sub",
    "username",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    let responding = respond(&web, &request);
    endpoint::post(request.method(), "The introspection endpoint", responding).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, OauthError> {
    let Posted {
        form, open, client, ..
    } = Posted::read(web, request).await?;
    check_may_ask(&open, &client)?;
    let token = form
        .get("token")
        .ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    let token = Sensitive::from(token);
    let told = access_token(web, &open, &token).await?;
    let told = match told {
        Some(told) => Some(told),
        None => refresh_token(web, request, (open, client), &token).await?,
    };
    Ok(json(200, &told.unwrap_or_else(|| json!({ "active": false }))))
}

/// Whoever could ask without showing who it is could try tokens that it has found (RFC 7662 section 4).
fn check_may_ask(open: &OpenPool, client: &Client) -> Result<(), OauthError> {
    let options = open.pool.oauth.of(client.id());
    let proves = !client.secrets.is_empty() || options.jwks_uri.is_some();
    if proves && options.has(Feature::Introspection) {
        return Ok(());
    }
    Err(OauthError::new(
        Code::UnauthorizedClient,
        "The client may not ask about tokens",
    ))
}

/// An access token of any client of the pool: of a user whose sign-in lives, or of a client.
async fn access_token(web: &Web, open: &OpenPool, token: &Sensitive) -> Result<Option<Value>, OauthError> {
    let shown = Shown {
        token,
        usage: Use::Access,
    };
    let party = match party::identify(&web.app, open, shown, web.now).await {
        Ok(party) => party,
        Err(Refusal::Fault(fault)) if fault.is_inconclusive() => return Err(fault.into()),
        Err(_) => return Ok(None),
    };
    let bound = party.claims.contains_key("cnf");
    let mut told = json!({ "active": true, "token_type": if bound { "DPoP" } else { "Bearer" } });
    for name in TOLD {
        if let Some(value) = party.claims.get(name) {
            told[name] = value.clone();
        }
    }
    if matches!(party.kind, Kind::Client) {
        told["username"] = Value::Null;
    }
    if let Some(object) = told.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    Ok(Some(told))
}

/// A refresh token of the client that asks; another's is none of its business.
async fn refresh_token(
    web: &Web,
    request: &Request,
    (open, client): (Arc<OpenPool>, Arc<Client>),
    token: &Sensitive,
) -> Result<Option<Value>, OauthError> {
    let issuer = open.pool.issuer(&web.app.settings.issuer_base);
    let sign_in = web.sign_in(request, open, client);
    match refresh::load(&sign_in, token).await {
        Ok(held) => Ok(held.is_current(web.now).then(|| {
            json!({
                "active": true,
                "client_id": sign_in.client.id(),
                "exp": held.expires_at().seconds(),
                "iss": issuer,
                "scope": held.scope(),
                "sub": held.sub(),
                "username": held.username(),
            })
        })),
        Err(fault) if fault.is_inconclusive() => Err(fault.into()),
        Err(_) => Ok(None),
    }
}
