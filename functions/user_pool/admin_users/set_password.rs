use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::passwords::new_password;
use gatehouse::domain::user::Status;
use gatehouse::store::keys::CodePurpose;
use gatehouse::store::users::With;
use gatehouse_model::user_pool::{AdminSetUserPasswordRequest, AdminSetUserPasswordResponse};

/// Sets a user's password: lasting, or temporary until the next sign-in.
pub(crate) async fn set_password(
    context: Context,
    input: AdminSetUserPasswordRequest,
) -> Result<AdminSetUserPasswordResponse, Fault> {
    let app = &context.app;
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let pool = &open.pool;
    let password = input
        .password
        .ok_or_else(|| Fault::invalid_parameter("Password is required."))?;

    let credentials = new_password(app, &open, &user, &password).await?;
    let after = if input.permanent == Some(true) {
        user.clone().with_password(credentials, Status::Confirmed, None)
    } else {
        let expires_at = pool.password_policy.temporary_until(context.now);
        user.clone()
            .with_password(credentials, Status::ForceChangePassword, Some(expires_at))
    };
    let with = With {
        // A code that was asked for before would undo the change.
        codes: vec![(CodePurpose::ResetPassword, None)],
        ..With::default()
    };
    app.store
        .replace_user(pool, &user, &after.touched(context.now), with)
        .await?
        .into_result()?;
    Ok(AdminSetUserPasswordResponse::default())
}
