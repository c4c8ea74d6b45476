use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::sessions;
use gatehouse_model::user_pool::{RevokeUserSessionRequest, RevokeUserSessionResponse};

/// Ends another of the user's own sessions.
pub(crate) async fn revoke(
    context: Context,
    input: RevokeUserSessionRequest,
) -> Result<RevokeUserSessionResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let current = bearer.token.origin_jti.as_ref();
    sessions::revoke(
        app,
        &bearer.open.pool,
        &bearer.user,
        current,
        input.session_id.as_ref(),
    )
    .await?;
    Ok(RevokeUserSessionResponse::default())
}
