use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::oauth::client_credentials::{self, Wanted};
use gatehouse_model::user_pool::{
    ClientAuthenticationResultType, GetClientTokenRequest, GetClientTokenResponse,
};

use crate::scopes;

/// Gives a client that shows its secret an access token for itself. Whoever signs the request gains nothing by it.
pub(crate) async fn get(
    context: Context,
    input: GetClientTokenRequest,
) -> Result<GetClientTokenResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    client.check_secret(input.secret.as_ref())?;
    let wanted = Wanted {
        scopes: scopes(input.scopes.as_deref()),
        audience: None,
        bound_key: None,
        cause: context.cause(Some(client.id()), input.client_metadata.as_ref()),
    };
    let issued = client_credentials::issue(app, &open, &client, wanted, context.now).await?;
    Ok(GetClientTokenResponse {
        client_authentication_result: Some(ClientAuthenticationResultType {
            access_token: Some(issued.token),
            expires_in: i32::try_from(issued.expires_in).ok(),
            token_type: Some("Bearer".to_owned()),
        }),
    })
}
