use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::crypto::password::Credentials;
use gatehouse::directory::passwords::new_password;
use gatehouse::domain::guard::CHANGE_PASSWORD_PER_HOUR;
use gatehouse::domain::user::Status;
use gatehouse::store::keys::{CodePurpose, GuardKind};
use gatehouse::store::users::With;
use gatehouse_model::user_pool::{ChangePasswordRequest, ChangePasswordResponse};

/// Changes the user's password, given the present one. Each try is counted, right or wrong.
pub(crate) async fn change_password(
    context: Context,
    input: ChangePasswordRequest,
) -> Result<ChangePasswordResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let open = &bearer.open;
    let pool = &open.pool;
    let proposed = input.proposed_password.unwrap_or_default();
    pool.password_policy.check(&proposed)?;
    let (found, key) = tokio::join!(
        app.store.load_user(pool.id(), &bearer.user.key),
        app.data_key(open)
    );
    let (found, key) = (found?, key?);
    let guard = found.guard(GuardKind::ChangePassword);
    guard.check_hourly(CHANGE_PASSWORD_PER_HOUR, context.now)?;
    let counted = guard.after_attempt(context.now);
    let user = found
        .user
        .filter(|user| user.sub == bearer.user.sub)
        .ok_or_else(Fault::user_not_found)?;

    let right = match (&user.credentials, &input.previous_password) {
        (Some(sealed), Some(previous)) => {
            Credentials::open(&key, pool.id(), &user.key, sealed)?.verify(previous)
        }
        // A user without a password sets the first one.
        (None, _) => true,
        (Some(_), None) => false,
    };
    if !right {
        let kind = GuardKind::ChangePassword;
        app.store
            .count_attempt(pool.id(), &user.key, kind, guard, counted)
            .await?;
        return Err(Fault::incorrect_username_or_password());
    }
    let credentials = new_password(app, open, &user, &proposed).await?;
    let after = user
        .clone()
        .with_password(credentials, Status::Confirmed, None)
        .touched(context.now);
    let with = With {
        // A code that was asked for before would undo the change.
        codes: vec![(CodePurpose::ResetPassword, None)],
        counted: Some((GuardKind::ChangePassword, guard, counted)),
        ..With::default()
    };
    app.store
        .replace_user(pool, &user, &after, with)
        .await?
        .into_result()?;
    Ok(ChangePasswordResponse::default())
}
