use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::sessions;
use gatehouse_model::user_pool::{AdminRevokeUserSessionRequest, AdminRevokeUserSessionResponse};

/// Ends a session of a user.
pub(crate) async fn revoke(
    context: Context,
    input: AdminRevokeUserSessionRequest,
) -> Result<AdminRevokeUserSessionResponse, Fault> {
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    sessions::revoke(&context.app, &open.pool, &user, None, input.session_id.as_ref()).await?;
    Ok(AdminRevokeUserSessionResponse::default())
}
