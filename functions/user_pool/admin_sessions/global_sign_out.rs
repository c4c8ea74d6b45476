use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::user_pool::{AdminUserGlobalSignOutRequest, AdminUserGlobalSignOutResponse};

/// Ends all sign-ins of a user.
pub(crate) async fn global_sign_out(
    context: Context,
    input: AdminUserGlobalSignOutRequest,
) -> Result<AdminUserGlobalSignOutResponse, Fault> {
    let app = &context.app;
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    if app
        .store
        .sign_out_everywhere(open.pool.id(), &user.key, context.now)
        .await?
    {
        return Ok(AdminUserGlobalSignOutResponse::default());
    }
    Err(Fault::user_not_found())
}
