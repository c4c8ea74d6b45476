use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::passkeys;
use gatehouse_model::user_pool::{CompleteWebAuthnRegistrationRequest, CompleteWebAuthnRegistrationResponse};

use crate::registrant;

/// Registers the passkey that the authenticator made.
pub(crate) async fn complete(
    context: Context,
    input: CompleteWebAuthnRegistrationRequest,
) -> Result<CompleteWebAuthnRegistrationResponse, Fault> {
    let bearer = registrant(&context, input.access_token.as_ref()).await?;
    let (user, client) = (&bearer.user, &bearer.token.client_id);
    let credential = input.credential.unwrap_or_default();
    passkeys::complete(&context.app, &bearer.open, user, client, &credential, context.now).await?;
    Ok(CompleteWebAuthnRegistrationResponse::default())
}
