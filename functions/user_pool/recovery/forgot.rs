use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::directory::codes::issue;
use gatehouse::directory::hidden;
use gatehouse::directory::migration::migrate;
use gatehouse::directory::recovery::destination;
use gatehouse::domain::client::{Client, ExistenceErrors};
use gatehouse::domain::guard::{FORGOT_PASSWORD_PER_HOUR, Guard};
use gatehouse::domain::new_user::parse_name;
use gatehouse::messages::Destination;
use gatehouse::messages::deliver::{Notice, Occasion};
use gatehouse::store::keys::{CodePurpose, GuardKind};
use gatehouse::store::rate_exceeded;
use gatehouse::store::users::Named;
use gatehouse::triggers::event::Source;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{CodeDeliveryDetailsType, ForgotPasswordRequest, ForgotPasswordResponse};

/// Sends a code with which a user may set a new password. Where the client hides who exists, the answer takes as long for
/// a name without a user.
pub(crate) async fn forgot(
    context: Context,
    input: ForgotPasswordRequest,
) -> Result<ForgotPasswordResponse, Fault> {
    let (open, client) = context.app.client_named(input.client_id.as_ref()).await?;
    let answer = send(&context, &open, &client, input).await;
    hidden::settle(&context.app, &client, context.now).await;
    answer
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
        found.user = migrate(app, open, &name, asked, None, context.now).await?;
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
        if !app
            .store
            .count_attempt(pool.id(), &key, kind, guard, counted)
            .await?
        {
            return Err(rate_exceeded());
        }
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
