use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::credentials::issuer::{self, Statement};
use gatehouse::credentials::present::{Shown, present};
use gatehouse::domain::identity_pool::is_saml_provider;
use gatehouse_model::identity_pool::{GetOpenIdTokenInput, GetOpenIdTokenResponse};

/// Seconds for which the token is good.
const TOKEN_SECONDS: i64 = 600;

/// A token of an identity with which the application calls STS itself (basic flow).
pub(crate) async fn get_token(
    context: Context,
    input: GetOpenIdTokenInput,
) -> Result<GetOpenIdTokenResponse, Fault> {
    let app = &context.app;
    let given = input.logins.unwrap_or_default();
    let (pool, identity) = app.identity_named(input.identity_id.as_ref()).await?;
    if !pool.allows_basic_flow() {
        return Err(Fault::invalid_parameter(
            "Basic (classic) flow is not enabled, please use enhanced flow.",
        ));
    }
    // As in Cognito: the roles that a SAML provider gives are for the enhanced flow.
    if given.keys().any(|name| is_saml_provider(name)) {
        return Err(Fault::invalid_parameter(
            "Basic (classic) flow is not supported with SAML providers, please use enhanced flow.",
        ));
    }
    let presented = present(app, &pool, identity, &given, context.now).await?;
    if matches!(presented.shown, Shown::OwnToken(_)) {
        return Err(Fault::invalid_parameter("Please provide a valid public provider"));
    }
    let statement = Statement {
        pool: &pool,
        identity: &presented.identity,
        amr: presented.shown.amr(),
        tags: presented.shown.tags(&pool),
        lifetime: TOKEN_SECONDS,
    };
    let token = issuer::mint(app, statement, context.now).await?;
    Ok(GetOpenIdTokenResponse {
        identity_id: Some(presented.identity.id.to_string()),
        token: Some(token.into()),
    })
}
