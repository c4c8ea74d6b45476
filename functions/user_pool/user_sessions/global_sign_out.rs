use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse_model::user_pool::{GlobalSignOutRequest, GlobalSignOutResponse};

/// Ends all of the user's sign-ins.
pub(crate) async fn global_sign_out(
    context: Context,
    input: GlobalSignOutRequest,
) -> Result<GlobalSignOutResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    if app
        .store
        .sign_out_everywhere(bearer.open.pool.id(), &bearer.user.key, context.now)
        .await?
    {
        return Ok(GlobalSignOutResponse::default());
    }
    Err(Fault::not_authorized("User does not exist."))
}
