//! Client credentials (RFC 6749 section 4.4): a token for a client itself, by `GetClientToken` or at the token endpoint.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::OAuthFlowType;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::scopes::{self, Scopes};
use crate::ambient::random_uuid;
use crate::app::OpenPool;
use crate::domain::client::Client;
use crate::tokens::changes::{Changes, Owner};
use crate::tokens::profile;
use crate::triggers::event::Source;
use crate::triggers::{Call, Cause};
use crate::{App, Fault, Timestamp};

/// A token for a client itself.
#[derive(Debug)]
pub struct ClientToken {
    /// The access token.
    pub token: Sensitive,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// What it allows.
    pub scopes: Scopes,
}

/// What a client asks for.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The scopes; all custom ones of the client if `None`.
    pub scopes: Option<Scopes>,
    /// The resource server that the token is for (claim `aud`).
    pub audience: Option<String>,
    /// The thumbprint of the key that the token is bound to.
    pub bound_key: Option<String>,
    /// The request that leads to the pool's function for tokens.
    pub cause: Cause<'a>,
}

/// Issues an access token to `client`, which has shown its secret: with the scopes that it asks for, or all custom ones
/// that it may have.
///
/// # Errors
/// `Client` for a client without a secret or without the flow, `Scope` for scopes that it may not have.
pub async fn issue(
    app: &App,
    open: &OpenPool,
    client: &Client,
    wanted: Wanted<'_>,
    now: Timestamp,
) -> Result<ClientToken, Refusal> {
    check_allowed(client)?;
    profile::check_binding(open, client, wanted.bound_key.as_deref())?;
    let asked = wanted.scopes.as_ref();
    let of_users = |asked: &Scopes| asked.iter().any(|scope| !scopes::is_custom(scope));
    if asked.is_some_and(of_users) {
        return Err(Refusal::Scope(
            "Only custom scopes can be asked for without a user.".into(),
        ));
    }
    let granted = scopes::granted(app, open, client, asked).await?;
    let scopes = granted.unwrap_or_default().filter(scopes::is_custom);
    if scopes.is_empty() {
        return Err(Refusal::Scope("The client may have none of these scopes.".into()));
    }
    let changes = changes(app, open, &scopes, wanted.cause).await?;
    let expires_in = client.lifetimes.access;
    let mut claims = Map::from_iter([
        ("sub".to_owned(), json!(client.id())),
        ("client_id".to_owned(), json!(client.id())),
        ("token_use".to_owned(), json!("access")),
        ("scope".to_owned(), json!(scopes.to_string())),
        (
            "iss".to_owned(),
            json!(open.pool.issuer(&app.settings.issuer_base)),
        ),
        ("auth_time".to_owned(), json!(now.seconds())),
        ("iat".to_owned(), json!(now.seconds())),
        ("exp".to_owned(), json!(now.plus_seconds(expires_in).seconds())),
        (
            "jti".to_owned(),
            Value::String(random_uuid(&*app.entropy).to_string()),
        ),
        ("version".to_owned(), json!(2)),
    ]);
    if let Some(audience) = wanted.audience {
        claims.insert("aud".to_owned(), json!(audience));
    }
    changes.apply_to_access(&mut claims);
    let scopes = claims
        .get("scope")
        .and_then(Value::as_str)
        .and_then(Scopes::parse)
        .unwrap_or_default();
    if let Some(thumbprint) = &wanted.bound_key {
        claims.insert("cnf".to_owned(), json!({ "jkt": thumbprint }));
    }
    let token = profile::sign_access(app, open, client, claims).await?;
    Ok(ClientToken {
        token: Sensitive::from(token),
        expires_in,
        scopes,
    })
}

/// What the pool's function changes in the token; it is asked since version 3 of its event.
async fn changes(app: &App, open: &OpenPool, scopes: &Scopes, cause: Cause<'_>) -> Result<Changes, Fault> {
    let call = Call {
        cause,
        source: Source::TokenGenerationClientCredentials,
        user_name: None,
        part: "",
    };
    let scopes: Vec<_> = scopes.iter().collect();
    let owner = Owner {
        user: None,
        groups: None,
        scopes: &scopes,
    };
    Changes::ask(app, &open.pool, call, owner).await
}

/// A client must have a secret to show, and the flow.
fn check_allowed(client: &Client) -> Result<(), Refusal> {
    if client.secrets.is_empty() {
        return Err(Refusal::Client(
            format!("Client {} has no secret.", client.id()).into(),
        ));
    }
    let document = &client.document;
    let flows = document.allowed_oauth_flows.as_deref().unwrap_or_default();
    if document.allowed_oauth_flows_user_pool_client == Some(true)
        && flows.contains(&OAuthFlowType::ClientCredentials)
    {
        return Ok(());
    }
    Err(Refusal::Client(
        "The client_credentials flow is not enabled for this client.".into(),
    ))
}
