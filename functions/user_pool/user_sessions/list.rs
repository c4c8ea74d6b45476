use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::sessions;
use gatehouse_model::user_pool::{ListUserSessionsRequest, ListUserSessionsResponse};

/// Lists the user's own sessions.
pub(crate) async fn list(
    context: Context,
    input: ListUserSessionsRequest,
) -> Result<ListUserSessionsResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let sessions = sessions::list(
        app,
        &bearer.open.pool,
        &bearer.user,
        bearer.token.origin_jti.as_ref(),
        (input.next_token.as_ref(), context.now),
    )
    .await?;
    Ok(ListUserSessionsResponse {
        sessions: Some(sessions),
        next_token: None,
    })
}
