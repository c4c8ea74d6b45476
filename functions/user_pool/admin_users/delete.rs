use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::AdminDeleteUserRequest;

/// Deletes a user. Tokens stop working at once; what is left in storage counts for nothing.
pub(crate) async fn delete(context: Context, input: AdminDeleteUserRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    if !app.store.remove_user(&open.pool, &user).await? {
        return Err(rate_exceeded());
    }
    app.store.sweep_user(&open.pool, &user).await;
    Ok(Empty {})
}
