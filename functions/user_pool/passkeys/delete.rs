use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::crypto::from_base64url;
use gatehouse::domain::ids::PasskeyId;
use gatehouse::domain::passkey::no_passkey;
use gatehouse_model::user_pool::{DeleteWebAuthnCredentialRequest, DeleteWebAuthnCredentialResponse};

/// Deletes one of the user's passkeys.
pub(crate) async fn delete(
    context: Context,
    input: DeleteWebAuthnCredentialRequest,
) -> Result<DeleteWebAuthnCredentialResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let credential = input.credential_id.unwrap_or_default();
    let passkey = from_base64url(&credential)
        .map(|id| PasskeyId::of(&id))
        .ok_or_else(no_passkey)?;
    if app
        .store
        .remove_passkey(bearer.open.pool.id(), &bearer.user, &passkey)
        .await?
    {
        return Ok(DeleteWebAuthnCredentialResponse::default());
    }
    Err(no_passkey())
}
