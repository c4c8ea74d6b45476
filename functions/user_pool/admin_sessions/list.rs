use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::sessions;
use gatehouse_model::user_pool::{AdminListUserSessionsRequest, AdminListUserSessionsResponse};

/// Lists the sessions of a user.
pub(crate) async fn list(
    context: Context,
    input: AdminListUserSessionsRequest,
) -> Result<AdminListUserSessionsResponse, Fault> {
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let page = (input.next_token.as_ref(), context.now);
    let sessions = sessions::list(&context.app, &open.pool, &user, None, page).await?;
    Ok(AdminListUserSessionsResponse {
        sessions: Some(sessions),
        next_token: None,
    })
}
