use gatehouse::api::Context;
use gatehouse::auth::SignIn;
use gatehouse::{Fault, auth};
use gatehouse_model::user_pool::{AdminInitiateAuthRequest, AdminInitiateAuthResponse};

/// Begins a sign-in, or renews one, on behalf of a user.
pub(crate) async fn initiate(
    context: Context,
    input: AdminInitiateAuthRequest,
) -> Result<AdminInitiateAuthResponse, Fault> {
    let client = context
        .app
        .client_of(input.user_pool_id.as_ref(), input.client_id.as_ref())
        .await?;
    let flow = input
        .auth_flow
        .ok_or_else(|| Fault::invalid_parameter("AuthFlow is required."))?;
    let parameters = input.auth_parameters.unwrap_or_default();
    let sign_in = SignIn {
        validation_data: input.client_metadata,
        ..context.sign_in(client, true)
    };
    auth::initiate(&sign_in, flow, input.session.as_ref(), &parameters)
        .await
        .map(Into::into)
}
