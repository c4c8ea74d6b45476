use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::password::sealed_password;
use gatehouse::auth::raced;
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::user::{Status, alias_exists};
use gatehouse::store::users::Written;
use gatehouse_model::user_pool::{AdminSetUserPasswordRequest, AdminSetUserPasswordResponse};

/// Days to seconds.
const DAY: i64 = 24 * 60 * 60;

/// Sets a user's password: lasting, or temporary until the next sign-in.
pub(crate) async fn set_password(
    context: Context,
    input: AdminSetUserPasswordRequest,
) -> Result<AdminSetUserPasswordResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    let password = input
        .password
        .ok_or_else(|| Fault::invalid_parameter("Password is required."))?;
    pool.password_policy.check(&password)?;
    let user = app
        .store
        .find_user(pool, &name)
        .await?
        .found
        .user
        .ok_or_else(Fault::user_not_found)?;

    let credentials = sealed_password(app, &open, &user, &password).await?;
    let after = if input.permanent == Some(true) {
        user.clone().with_password(credentials, Status::Confirmed, None)
    } else {
        let expires_at = context
            .now
            .plus_seconds(pool.password_policy.temporary_days * DAY);
        user.clone()
            .with_password(credentials, Status::ForceChangePassword, Some(expires_at))
    };
    match app
        .store
        .replace_user(pool, &user, &after.touched(context.now))
        .await?
    {
        Written::Done => Ok(AdminSetUserPasswordResponse::default()),
        Written::AliasTaken(kind) => Err(alias_exists(kind)),
        Written::NameTaken | Written::Changed => Err(raced()),
    }
}
