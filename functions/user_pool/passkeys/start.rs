use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::passkeys::begin;
use gatehouse_model::user_pool::{StartWebAuthnRegistrationRequest, StartWebAuthnRegistrationResponse};

use crate::registrant;

/// Begins to register a passkey: says what the browser has to ask the authenticator for.
pub(crate) async fn start(
    context: Context,
    input: StartWebAuthnRegistrationRequest,
) -> Result<StartWebAuthnRegistrationResponse, Fault> {
    let bearer = registrant(&context, input.access_token.as_ref()).await?;
    let (user, client) = (&bearer.user, &bearer.token.client_id);
    let options = begin(&context.app, &bearer.open, user, client, context.now).await?;
    Ok(StartWebAuthnRegistrationResponse {
        credential_creation_options: Some(options),
    })
}
