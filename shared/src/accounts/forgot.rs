//! `ForgotPassword`: a code to set a new password with.

use crate::Fault;
use crate::api::Context;
use crate::app::OpenPool;
use crate::directory::codes::issue;
use crate::directory::hidden;
use crate::directory::migration::migrate;
use crate::directory::recovery::destination;
use crate::domain::client::{Client, ExistenceErrors};
use crate::domain::guard::{FORGOT_PASSWORD_PER_HOUR, Guard};
use crate::domain::new_user::parse_name;
use crate::messages::Destination;
use crate::messages::deliver::{Notice, Occasion};
use crate::store::keys::{CodePurpose, GuardKind};
use crate::store::users::Named;
use crate::triggers::event::Source;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{CodeDeliveryDetailsType, ForgotPasswordRequest, ForgotPasswordResponse};

/// Sends a code with which a user may set a new password. Where the client hides who exists, the answer takes as long for
/// a name without a user.
///
/// # Errors
/// Those of `ForgotPassword`.
pub async fn forgot(context: Context, input: ForgotPasswordRequest) -> Result<ForgotPasswordResponse, Fault> {
    let (open, client) = context.app.client_named(input.client_id.as_ref()).await?;
    let sending = send(&context, &open, &client, input);
    hidden::settled(&context.app, &client, context.now, sending).await
}

async fn send(
    context: &Context,
    open: &OpenPool,
    client: &Client,
    input: ForgotPasswordRequest,
) -> Result<ForgotPasswordResponse, Fault> {
    let app = &context.app;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;
    let Named { key, mut found } = app.store.find_user(pool, &name).await?;
    let guard = found.guard(GuardKind::ForgotPassword);
    guard.check_hourly(FORGOT_PASSWORD_PER_HOUR, context.now)?;

    let cause = context.cause(Some(client.id()), input.client_metadata.as_ref());
    if found.user.is_none() {
        let asked = (cause, Source::UserMigrationForgotPassword);
        let migrated = migrate(app, open, &name, asked, None, context.now).await?;
        found.user = migrated.map(|migrated| migrated.user);
    }
    let hidden = client.existence_errors == ExistenceErrors::Prevented;
    let to = match &found.user {
        None if !hidden => return Err(Fault::user_not_found()),
        None => None,
        Some(user) => match user.check_enabled().and_then(|()| destination(pool, user)) {
            Ok(to) => Some(to),
            Err(fault) if !hidden => return Err(fault),
            Err(_) => None,
        },
    };
    let (Some(user), Some(to)) = (found.user, to) else {
        // What looks like a delivery counts like one.
        let kind = GuardKind::ForgotPassword;
        let counted = guard.after_attempt(context.now);
        app.store
            .count_attempt(pool.id(), &key, kind, guard, counted)
            .await?;
        return Ok(answer(Destination::pretended(pool, &name).details()));
    };
    let shown = to.details();
    let code = issue(
        app,
        open,
        &user.key,
        (CodePurpose::ResetPassword, to),
        context.now,
    )
    .await?;
    // A user who has just come from elsewhere may have another key than the name that was given.
    let guard = if user.key == key { guard } else { Guard::default() };
    let notice = Notice {
        cause,
        occasion: Occasion::ForgotPassword,
        user: &user,
    };
    let limit = (GuardKind::ForgotPassword, guard, FORGOT_PASSWORD_PER_HOUR);
    let sent = code.store_and_send(app, open, notice, limit, context.now).await;
    sent.or_else(|fault| hidden::undelivered(client, fault, shown))
        .map(answer)
}

fn answer(details: CodeDeliveryDetailsType) -> ForgotPasswordResponse {
    ForgotPasswordResponse {
        code_delivery_details: Some(details),
    }
}
