use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::SignIn;
use gatehouse::auth::refresh::renew_with_secret;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse};

/// Gives new tokens for a refresh token, and the next refresh token where they rotate.
pub(crate) async fn refresh(
    context: Context,
    input: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse, Fault> {
    let client = context.app.client_named(input.client_id.as_ref()).await?;
    let sign_in = SignIn {
        client_metadata: input.client_metadata,
        ..context.sign_in(client, false)
    };
    let token = input.refresh_token.unwrap_or_else(|| Sensitive::from(""));
    let result = renew_with_secret(&sign_in, &token, input.client_secret.as_ref()).await?;
    Ok(GetTokensFromRefreshTokenResponse {
        authentication_result: Some(result),
    })
}
