use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::DeleteUserRequest;

/// Deletes the user who asks for it. Tokens stop working at once; what is left in storage counts for nothing.
pub(crate) async fn delete_user(context: Context, input: DeleteUserRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let pool = &bearer.open.pool;
    if !app.store.remove_user(pool, &bearer.user).await? {
        return Err(rate_exceeded());
    }
    app.store.sweep_user(pool, &bearer.user).await;
    Ok(Empty {})
}
