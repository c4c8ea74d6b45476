//! The settings of a client, checked and completed with Cognito's defaults. `CreateUserPoolClient` and
//! `UpdateUserPoolClient` share them: an update resets what it does not name, as Cognito does it.

use gatehouse::domain::client::check_permissions;
use gatehouse::domain::pool::Pool;
use gatehouse::fault::FaultKind;
use gatehouse::oauth::{redirect, scopes};
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    CreateUserPoolClientRequest, ExplicitAuthFlowsType, FeatureType, OAuthFlowType,
    PreventUserExistenceErrorTypes, UpdateUserPoolClientRequest, UserPoolClientType,
};

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

/// The document of a new client; id and dates are still missing.
pub(crate) fn created(
    request: &CreateUserPoolClientRequest,
    pool: &Pool,
) -> Result<UserPoolClientType, Fault> {
    completed(document_of!(request), pool)
}

/// The document of a changed client, which keeps id, name unless it is given, and date of creation.
pub(crate) fn updated(
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
pub(crate) async fn check_providers(
    app: &App,
    pool: &Pool,
    document: &UserPoolClientType,
) -> Result<(), Fault> {
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
pub(crate) fn check_secret(document: &UserPoolClientType, has_secret: bool) -> Result<(), Fault> {
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
pub(crate) async fn check_scopes(app: &App, document: &UserPoolClientType, pool: &Pool) -> Result<(), Fault> {
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
