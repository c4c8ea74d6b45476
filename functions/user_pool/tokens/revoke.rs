use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::fault::FaultKind;
use gatehouse::tokens::refresh::RefreshToken;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{RevokeTokenRequest, RevokeTokenResponse};

/// Ends the sign-in that a refresh token belongs to. A token that is not valid is no error (RFC 7009 section 2.2).
pub(crate) async fn revoke(
    context: Context,
    input: RevokeTokenRequest,
) -> Result<RevokeTokenResponse, Fault> {
    let app = &context.app;
    let (open, client) = app
        .client_named(input.client_id.as_ref())
        .await
        .map_err(|fault| match fault.kind() {
            FaultKind::ResourceNotFound => Fault::new(FaultKind::Unauthorized, "Invalid client id."),
            _ => fault,
        })?;
    client
        .check_secret(input.client_secret.as_ref())
        .map_err(|fault| Fault::new(FaultKind::Unauthorized, fault.message().to_owned()))?;
    if !client.revocation {
        return Err(Fault::new(
            FaultKind::UnsupportedOperation,
            "Token revocation is not enabled for this client.",
        ));
    }
    let token = input.token.unwrap_or_else(|| Sensitive::from(""));
    if token.expose().split('.').count() == 3 {
        return Err(Fault::new(
            FaultKind::UnsupportedTokenType,
            "Only refresh tokens can be revoked.",
        ));
    }
    let key = app.data_key(&open).await?;
    if let Some(token) = RefreshToken::open(&key, client.id(), &token) {
        app.store
            .revoke_session(open.pool.id(), &token.user, &token.session)
            .await?;
    }
    Ok(RevokeTokenResponse::default())
}
