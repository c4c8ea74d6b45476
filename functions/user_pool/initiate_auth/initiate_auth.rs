use gatehouse::api::Context;
use gatehouse::auth::SignIn;
use gatehouse::{Fault, auth};
use gatehouse_model::user_pool::{InitiateAuthRequest, InitiateAuthResponse};

/// Begins a sign-in, or renews one.
pub(crate) async fn initiate_auth(
    context: Context,
    input: InitiateAuthRequest,
) -> Result<InitiateAuthResponse, Fault> {
    let client = context.app.client_named(input.client_id.as_ref()).await?;
    let flow = input
        .auth_flow
        .ok_or_else(|| Fault::invalid_parameter("AuthFlow is required."))?;
    let parameters = input.auth_parameters.unwrap_or_default();
    let sign_in = SignIn {
        validation_data: input.client_metadata,
        ..context.sign_in(client, false)
    };
    auth::initiate(&sign_in, flow, input.session.as_ref(), &parameters)
        .await
        .map(Into::into)
}
