use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::store::users::With;
use gatehouse_model::user_pool::{
    AdminDisableUserRequest, AdminDisableUserResponse, AdminEnableUserRequest, AdminEnableUserResponse,
};

/// Lets a user sign in again.
pub(crate) async fn enable(
    context: Context,
    input: AdminEnableUserRequest,
) -> Result<AdminEnableUserResponse, Fault> {
    set(
        &context,
        input.user_pool_id.as_ref(),
        input.username.as_ref(),
        true,
    )
    .await?;
    Ok(AdminEnableUserResponse::default())
}

/// Keeps a user from signing in; the user's tokens stop working here at once, for good.
pub(crate) async fn disable(
    context: Context,
    input: AdminDisableUserRequest,
) -> Result<AdminDisableUserResponse, Fault> {
    set(
        &context,
        input.user_pool_id.as_ref(),
        input.username.as_ref(),
        false,
    )
    .await?;
    Ok(AdminDisableUserResponse::default())
}

async fn set(
    context: &Context,
    pool: Option<&String>,
    username: Option<&String>,
    enabled: bool,
) -> Result<(), Fault> {
    let app = &context.app;
    let (open, user) = context.user_named(pool, username).await?;
    let after = user
        .clone()
        .with_enabled(enabled, context.now)
        .touched(context.now);
    app.store
        .replace_user(&open.pool, &user, &after, With::default())
        .await?
        .into_result()
}
