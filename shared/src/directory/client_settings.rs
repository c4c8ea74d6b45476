//! The settings of a client, checked and completed with Cognito's defaults. `CreateUserPoolClient` and
//! `UpdateUserPoolClient` share them: an update resets what it does not name, as Cognito does it. Applications that register
//! themselves (RFC 7591) become clients by the same rules.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    CreateUserPoolClientRequest, ExplicitAuthFlowsType, FeatureType, OAuthFlowType,
    PreventUserExistenceErrorTypes, UpdateUserPoolClientRequest, UserPoolClientType,
};

use crate::api::Context;
use crate::app::OpenPool;
use crate::domain::client::{Client, ClientRecord, check_permissions};
use crate::domain::ids::{ClientId, generate_client_secret};
use crate::domain::pool::Pool;
use crate::domain::registration::MOST_CLIENTS;
use crate::fault::FaultKind;
use crate::oauth::{redirect, scopes};
use crate::store::clients::ClientWritten;
use crate::store::rate_exceeded;
use crate::{App, Fault};

macro_rules! document_of {
    ($request:expr) => {
        UserPoolClientType {
            user_pool_id: $request.user_pool_id.clone(),
            client_name: $request.client_name.clone(),
            refresh_token_validity: $request.refresh_token_validity,
            access_token_validity: $request.access_token_validity,
            id_token_validity: $request.id_token_validity,
            token_validity_units: $request.token_validity_units.clone(),
            read_attributes: $request.read_attributes.clone(),
            write_attributes: $request.write_attributes.clone(),
            explicit_auth_flows: $request.explicit_auth_flows.clone(),
            supported_identity_providers: $request.supported_identity_providers.clone(),
            callback_urls: $request.callback_urls.clone(),
            logout_urls: $request.logout_urls.clone(),
            default_redirect_uri: $request.default_redirect_uri.clone(),
            allowed_oauth_flows: $request.allowed_oauth_flows.clone(),
            allowed_oauth_scopes: $request.allowed_oauth_scopes.clone(),
            allowed_oauth_flows_user_pool_client: $request.allowed_oauth_flows_user_pool_client,
            analytics_configuration: $request.analytics_configuration.clone(),
            prevent_user_existence_errors: $request.prevent_user_existence_errors,
            enable_token_revocation: $request.enable_token_revocation,
            enable_propagate_additional_user_context_data: $request
                .enable_propagate_additional_user_context_data,
            auth_session_validity: $request.auth_session_validity,
            refresh_token_rotation: $request.refresh_token_rotation.clone(),
            ..UserPoolClientType::default()
        }
    };
}

/// Creates a client of a pool as it is now, with a secret if it is asked for, unless the pool has `most` clients.
///
/// # Errors
/// Those of `CreateUserPoolClient`.
pub async fn create(
    context: &Context,
    open: &OpenPool,
    id: ClientId,
    input: CreateUserPoolClientRequest,
    most: u32,
) -> Result<Client, Fault> {
    let (app, pool) = (&context.app, &open.pool);
    let mut document = created(&input, pool)?;
    check_providers(app, pool, &document).await?;
    document.client_id = Some(id.to_string());
    document.creation_date = Some(context.now.epoch());
    document.last_modified_date = Some(context.now.epoch());

    let secret = match (input.client_secret, input.generate_secret) {
        (Some(_), Some(true)) => {
            return Err(Fault::invalid_parameter(
                "ClientSecret and GenerateSecret can not be given together.",
            ));
        }
        (Some(secret), _) => Some(secret),
        (None, Some(true)) => Some(Sensitive::from(generate_client_secret(&*app.entropy))),
        (None, _) => None,
    };
    check_secret(&document, secret.is_some())?;
    check_scopes(app, &document, pool).await?;
    let mut sealed_secrets = Vec::new();
    if let Some(secret) = &secret {
        sealed_secrets.push(app.seal_client_secret(open, &id, secret).await?);
    }
    let record = ClientRecord {
        id,
        pool: pool.id().clone(),
        document: serde_json::to_string(&document).map_err(Fault::internal)?,
        sealed_secrets,
        sso_minutes: None,
        version: 1,
    };
    let client = Client::assemble(record, document, secret.into_iter().collect())?;

    let name = client.document.client_name.clone().unwrap_or_default();
    let beside = (&pool.record, client.allows_srp());
    let written = app
        .store
        .create_client(&client.record, &name, beside, most)
        .await?;
    app.forget_pool(pool.id());
    match written {
        ClientWritten::Done => Ok(client),
        ClientWritten::IdTaken => Err(Fault::invalid_parameter(format!(
            "User pool client {} exists already.",
            client.id()
        ))),
        ClientWritten::TooMany => Err(Fault::new(
            FaultKind::LimitExceeded,
            format!("A user pool has at most {MOST_CLIENTS} clients."),
        )),
        ClientWritten::Changed => Err(rate_exceeded()),
    }
}

/// The document of a new client; id and dates are still missing.
///
/// # Errors
/// `InvalidParameterException` for settings that contradict each other or are not supported.
pub fn created(request: &CreateUserPoolClientRequest, pool: &Pool) -> Result<UserPoolClientType, Fault> {
    completed(document_of!(request), pool)
}

/// The document of a changed client, which keeps id, name unless it is given, and date of creation.
///
/// # Errors
/// `InvalidParameterException` for settings that contradict each other or are not supported.
pub fn updated(
    before: &UserPoolClientType,
    request: &UpdateUserPoolClientRequest,
    pool: &Pool,
) -> Result<UserPoolClientType, Fault> {
    let document = completed(document_of!(request), pool)?;
    Ok(UserPoolClientType {
        client_name: document
            .client_name
            .clone()
            .or_else(|| before.client_name.clone()),
        client_id: before.client_id.clone(),
        creation_date: before.creation_date,
        ..document
    })
}

/// Refuses identity providers that the pool does not have.
///
/// # Errors
/// `InvalidParameterException`.
pub async fn check_providers(app: &App, pool: &Pool, document: &UserPoolClientType) -> Result<(), Fault> {
    for name in document.supported_identity_providers.iter().flatten() {
        let known = match name.parse() {
            _ if name == "COGNITO" => true,
            Ok(name) => app.store.load_provider(pool.id(), &name).await?.is_some(),
            Err(_) => false,
        };
        if !known {
            return Err(Fault::invalid_parameter(format!(
                "The provider {name} does not exist for User Pool {}.",
                pool.id()
            )));
        }
    }
    Ok(())
}

fn completed(mut document: UserPoolClientType, pool: &Pool) -> Result<UserPoolClientType, Fault> {
    check_permissions(
        document.read_attributes.as_deref(),
        document.write_attributes.as_deref(),
        &pool.schema,
    )?;
    if document.analytics_configuration.is_some() {
        return Err(Fault::unsupported("AnalyticsConfiguration"));
    }
    if document.enable_propagate_additional_user_context_data == Some(true) {
        return Err(Fault::unsupported("EnablePropagateAdditionalUserContextData"));
    }
    check_oauth(&document)?;
    let rotates = document
        .refresh_token_rotation
        .as_ref()
        .is_some_and(|rotation| rotation.feature == Some(FeatureType::Enabled));
    if rotates
        && document
            .explicit_auth_flows
            .as_ref()
            .is_some_and(|flows| flows.contains(&ExplicitAuthFlowsType::AllowRefreshTokenAuth))
    {
        return Err(Fault::invalid_parameter(
            "Refresh token rotation can not be enabled together with ALLOW_REFRESH_TOKEN_AUTH.",
        ));
    }
    if document.explicit_auth_flows.as_ref().is_none_or(Vec::is_empty) {
        let mut flows = vec![
            ExplicitAuthFlowsType::AllowUserSrpAuth,
            ExplicitAuthFlowsType::AllowCustomAuth,
        ];
        if !rotates {
            flows.push(ExplicitAuthFlowsType::AllowRefreshTokenAuth);
        }
        document.explicit_auth_flows = Some(flows);
    }
    document.refresh_token_validity = Some(
        document
            .refresh_token_validity
            .filter(|days| *days > 0)
            .unwrap_or(30),
    );
    document.enable_token_revocation.get_or_insert(true);
    document.auth_session_validity.get_or_insert(3);
    document
        .prevent_user_existence_errors
        .get_or_insert(PreventUserExistenceErrorTypes::Legacy);
    document.allowed_oauth_flows_user_pool_client.get_or_insert(false);
    document
        .enable_propagate_additional_user_context_data
        .get_or_insert(false);
    Ok(document)
}

/// Refuses OAuth settings that contradict each other or would send users astray.
fn check_oauth(document: &UserPoolClientType) -> Result<(), Fault> {
    redirect::check(document.callback_urls.as_deref(), "CallbackURLs")?;
    redirect::check(document.logout_urls.as_deref(), "LogoutURLs")?;
    let callbacks = document.callback_urls.as_deref().unwrap_or_default();
    if let Some(default) = document.default_redirect_uri.as_ref()
        && !callbacks.contains(default)
    {
        return Err(Fault::invalid_parameter(
            "DefaultRedirectURI must be in the list of CallbackURLs.",
        ));
    }
    let flows = document.allowed_oauth_flows.as_deref().unwrap_or_default();
    if flows.contains(&OAuthFlowType::ClientCredentials) && flows.len() > 1 {
        return Err(Fault::new(
            FaultKind::InvalidOAuthFlow,
            "client_credentials flow can not be selected along with code flow or implicit flow",
        ));
    }
    let scopes = document.allowed_oauth_scopes.as_deref().unwrap_or_default();
    if document.allowed_oauth_flows_user_pool_client == Some(true) && (flows.is_empty() || scopes.is_empty())
    {
        return Err(Fault::invalid_parameter(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ));
    }
    Ok(())
}

/// Refuses `client_credentials` for a client that could not prove who it is.
///
/// # Errors
/// `InvalidOAuthFlowException`.
pub fn check_secret(document: &UserPoolClientType, has_secret: bool) -> Result<(), Fault> {
    let flows = document.allowed_oauth_flows.as_deref().unwrap_or_default();
    if flows.contains(&OAuthFlowType::ClientCredentials) && !has_secret {
        return Err(Fault::new(
            FaultKind::InvalidOAuthFlow,
            "client_credentials flow can not be selected if client does not have a client secret.",
        ));
    }
    Ok(())
}

/// Refuses scopes that no resource server of the pool has.
///
/// # Errors
/// `ScopeDoesNotExistException`.
pub async fn check_scopes(app: &App, document: &UserPoolClientType, pool: &Pool) -> Result<(), Fault> {
    let asked = || document.allowed_oauth_scopes.iter().flatten().map(String::as_str);
    let servers = app
        .store
        .load_resource_servers(pool.id(), &scopes::servers_of(asked()))
        .await?;
    match scopes::unknown(asked(), &servers) {
        None => Ok(()),
        Some(scope) => Err(Fault::new(
            FaultKind::ScopeDoesNotExist,
            format!("Scope does not exist: {scope}"),
        )),
    }
}
