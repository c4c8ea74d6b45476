use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::api::access::Caller;
use gatehouse::app::OpenPool;
use gatehouse::domain::client::Client;
use gatehouse::oauth::token_exchange::{Exchange, Shown, Target, exchange};
use gatehouse::tokens::keys::Use;
use gatehouse_model::user_pool::{
    GetDerivedTokenRequest, GetDerivedTokenResponse, IssuedTokenTypeIdentifierType, OAuthTokenTypeType,
    TokenTypeIdentifierType,
};
use gatehouse_model::{Sensitive, Service};

use crate::scopes;

/// Exchanges a token (RFC 8693).
pub(crate) async fn get(
    context: Context,
    input: GetDerivedTokenRequest,
) -> Result<GetDerivedTokenResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    authenticate(&context, &open, &client, input.client_secret.as_ref())?;
    let subject = shown(
        "Subject",
        input.subject_token.as_ref(),
        input.subject_token_type,
        input.subject_token_provider_name.as_ref(),
    )?;
    let asked = Exchange {
        subject: subject.ok_or_else(|| Fault::invalid_parameter("SubjectToken is required."))?,
        actor: shown(
            "Actor",
            input.actor_token.as_ref(),
            input.actor_token_type,
            input.actor_token_provider_name.as_ref(),
        )?,
        scopes: scopes(input.scopes.as_deref()),
        target: target(input.audiences, input.resources)?,
        wanted: match input.requested_token_type {
            Some(IssuedTokenTypeIdentifierType::IdToken) => Use::Id,
            _ => Use::Access,
        },
        bound_key: None,
        event_id: &context.request_id,
        cause: context.cause(Some(client.id()), None),
    };
    let derived = exchange(app, &open, &client, asked, context.now).await?;
    let (issued_token_type, token_type) = match derived.usage {
        Use::Id => (IssuedTokenTypeIdentifierType::IdToken, OAuthTokenTypeType::NA),
        Use::Access => (
            IssuedTokenTypeIdentifierType::AccessToken,
            OAuthTokenTypeType::Bearer,
        ),
    };
    Ok(GetDerivedTokenResponse {
        issued_token: Some(derived.token),
        issued_token_type: Some(issued_token_type),
        token_type: Some(token_type),
        expires_in: i32::try_from(derived.expires_in).ok(),
        scopes: Some(derived.scopes.iter().map(str::to_owned).collect()),
    })
}

/// The client proves who it is by its secret, if it has one; whoever signs the request and may call this operation on
/// the client's pool need not.
fn authenticate(
    context: &Context,
    open: &OpenPool,
    client: &Client,
    secret: Option<&Sensitive>,
) -> Result<(), Fault> {
    match &context.caller {
        Caller::Anonymous => client.check_secret(secret),
        _ if secret.is_some() => client.check_secret(secret),
        caller => caller.authorize(
            (Service::UserPool, "GetDerivedToken"),
            Some(open.pool.id().as_str()),
            context.now,
        ),
    }
}

/// A token with its type, both or neither.
fn shown<'a>(
    whose: &str,
    token: Option<&'a Sensitive>,
    kind: Option<TokenTypeIdentifierType>,
    provider: Option<&String>,
) -> Result<Option<Shown<'a>>, Fault> {
    if let Some(provider) = provider {
        return Err(Fault::not_found(format!(
            "Identity provider {provider} does not exist."
        )));
    }
    let (token, kind) = match (token, kind) {
        (Some(token), Some(kind)) => (token, kind),
        (None, None) => return Ok(None),
        _ => {
            return Err(Fault::invalid_parameter(format!(
                "{whose}Token and {whose}TokenType must be given together."
            )));
        }
    };
    let usage = match kind {
        TokenTypeIdentifierType::AccessToken => Use::Access,
        TokenTypeIdentifierType::IdToken => Use::Id,
        TokenTypeIdentifierType::Saml2 => {
            return Err(Fault::invalid_parameter(format!(
                "{whose}TokenProviderName is required for {whose}TokenType SAML2."
            )));
        }
    };
    Ok(Some(Shown { token, usage }))
}

fn target(audiences: Option<Vec<String>>, resources: Option<Vec<String>>) -> Result<Option<Target>, Fault> {
    let audience = audiences.unwrap_or_default().into_iter().next();
    let resource = resources.unwrap_or_default().into_iter().next();
    match (audience, resource) {
        (Some(_), Some(_)) => Err(Fault::invalid_parameter(
            "Audiences and Resources can not be given together.",
        )),
        (Some(audience), None) => Ok(Some(Target::Audience(audience))),
        (None, Some(resource)) => Ok(Some(Target::Resource(resource))),
        (None, None) => Ok(None),
    }
}
