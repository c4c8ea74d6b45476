//! `ConfirmForgotPassword`: the new password.

use crate::Fault;
use crate::Timestamp;
use crate::api::Context;
use crate::crypto::codes::{expired, mismatch};
use crate::directory::arrival::post_confirmation;
use crate::directory::codes;
use crate::directory::passwords::new_password;
use crate::directory::recovery::cannot_be_reset;
use crate::domain::client::ExistenceErrors;
use crate::domain::guard::CONFIRM_FORGOT_PASSWORD_PER_HOUR;
use crate::domain::new_user::parse_name;
use crate::domain::user::Status;
use crate::store::keys::{CodePurpose, GuardKind};
use crate::store::rate_exceeded;
use crate::store::users::{Found, Named, With};
use crate::triggers::event::Source;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{ConfirmForgotPasswordRequest, ConfirmForgotPasswordResponse};

/// Seconds in which a code that was asked for would be valid.
const HOUR: i64 = 60 * 60;

/// Sets a new password, given the code that was sent.
///
/// # Errors
/// Those of `ConfirmForgotPassword`.
pub async fn reset(
    context: Context,
    input: ConfirmForgotPasswordRequest,
) -> Result<ConfirmForgotPasswordResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;
    let given = Sensitive::from(input.confirmation_code.unwrap_or_default());
    let password = input.password.unwrap_or_default();
    pool.password_policy.check(&password)?;
    let (named, key) = tokio::join!(app.store.find_user(pool, &name), app.data_key(&open));
    let (Named { key: user_key, found }, key) = (named?, key?);
    let guard = found.guard(GuardKind::ConfirmForgotPassword);
    guard.check_hourly(CONFIRM_FORGOT_PASSWORD_PER_HOUR, context.now)?;

    let owner = (pool.id(), &user_key, CodePurpose::ResetPassword);
    // A code is as good as none once its time is over, or the address it was sent to is the user's no more.
    let code = found.code(CodePurpose::ResetPassword).filter(|code| {
        let attributes = found.user.as_ref().map(|user| &user.attributes);
        let owner = attributes.and_then(|attributes| attributes.get(&code.attribute));
        context.now < code.expires_at && owner == Some(&code.destination)
    });
    let checked = match (&found.user, client.existence_errors) {
        (Some(_), _) if code.is_some() => codes::check(code, &key, owner, &given, context.now),
        (None, ExistenceErrors::Legacy) => Err(Fault::user_not_found()),
        _ => Err(without_code(&found, context.now)),
    };
    let (Ok(()), Some(user)) = (&checked, found.user) else {
        let kind = GuardKind::ConfirmForgotPassword;
        let counted = guard.after_attempt(context.now);
        app.store
            .count_attempt(pool.id(), &user_key, kind, guard, counted)
            .await?;
        return Err(checked.err().unwrap_or_else(rate_exceeded));
    };
    user.check_enabled()?;
    if user.password_disabled {
        return Err(cannot_be_reset());
    }
    let credentials = new_password(app, &open, &user, &password).await?;
    let after = user
        .clone()
        .with_password(credentials, Status::Confirmed, None)
        .touched(context.now);
    let with = With {
        codes: vec![(CodePurpose::ResetPassword, None)],
        cleared: Some((GuardKind::ConfirmForgotPassword, guard)),
        ..With::default()
    };
    app.store
        .replace_user(pool, &user, &after, with)
        .await?
        .into_result()?;
    let cause = context.cause(Some(client.id()), input.client_metadata.as_ref());
    let source = Source::PostConfirmationConfirmForgotPassword;
    post_confirmation(app, pool, &after, (cause, source)).await?;
    Ok(ConfirmForgotPasswordResponse::default())
}

/// The answer where no code is pending: as if a wrong one was given where one was asked for within its validity, so
/// that a name without a user answers like one with a user.
fn without_code(found: &Found, now: Timestamp) -> Fault {
    let asked = found.guard(GuardKind::ForgotPassword);
    if asked.count > 0 && now.seconds_since(asked.last) < HOUR {
        mismatch()
    } else {
        expired()
    }
}
