use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::codes::issue;
use gatehouse::directory::recovery::destination;
use gatehouse::messages::deliver::{Notice, Occasion};
use gatehouse::store::keys::CodePurpose;
use gatehouse::store::users::With;
use gatehouse_model::user_pool::{AdminResetUserPasswordRequest, AdminResetUserPasswordResponse};

/// Makes a user choose a new password: the old one stops working, and a code to set a new one is sent.
pub(crate) async fn reset_password(
    context: Context,
    input: AdminResetUserPasswordRequest,
) -> Result<AdminResetUserPasswordResponse, Fault> {
    let app = &context.app;
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let to = destination(&open.pool, &user)?;
    let code = issue(
        app,
        &open,
        &user.key,
        (CodePurpose::ResetPassword, to),
        context.now,
    )
    .await?;
    let after = user.clone().reset_required().touched(context.now);
    let with = With {
        codes: vec![(code.purpose, Some(code.pending.clone()))],
        ..With::default()
    };
    app.store
        .replace_user(&open.pool, &user, &after, with)
        .await?
        .into_result()?;
    let notice = Notice {
        cause: context.cause(None, input.client_metadata.as_ref()),
        occasion: Occasion::ForgotPassword,
        user: &after,
    };
    code.send(app, &open, notice).await?;
    Ok(AdminResetUserPasswordResponse::default())
}
