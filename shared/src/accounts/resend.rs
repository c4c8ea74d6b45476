//! `ResendConfirmationCode`: another code for a new account.

use crate::Fault;
use crate::api::Context;
use crate::app::OpenPool;
use crate::directory::{codes, hidden};
use crate::domain::client::{Client, ExistenceErrors};
use crate::domain::guard::RESEND_CODE_PER_HOUR;
use crate::domain::new_user::parse_name;
use crate::domain::user::Status;
use crate::fault::FaultKind;
use crate::messages::Destination;
use crate::messages::deliver::{Notice, Occasion};
use crate::store::keys::{CodePurpose, GuardKind};
use crate::store::users::Named;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    CodeDeliveryDetailsType, ResendConfirmationCodeRequest, ResendConfirmationCodeResponse,
};

/// Sends a new sign-up code; the one before stops working. Where the client hides who exists, the answer takes as long for
/// a name without a user.
///
/// # Errors
/// Those of `ResendConfirmationCode`.
pub async fn resend(
    context: Context,
    input: ResendConfirmationCodeRequest,
) -> Result<ResendConfirmationCodeResponse, Fault> {
    let (open, client) = context.app.client_named(input.client_id.as_ref()).await?;
    let sending = send(&context, &open, &client, input);
    hidden::settled(&context.app, &client, context.now, sending).await
}

async fn send(
    context: &Context,
    open: &OpenPool,
    client: &Client,
    input: ResendConfirmationCodeRequest,
) -> Result<ResendConfirmationCodeResponse, Fault> {
    let app = &context.app;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;

    let Named { key: user_key, found } = app.store.find_user(pool, &name).await?;
    let guard = found.guard(GuardKind::ResendCode);
    guard.check_hourly(RESEND_CODE_PER_HOUR, context.now)?;
    let counted = guard.after_attempt(context.now);

    let Some(user) = found.user else {
        if client.existence_errors == ExistenceErrors::Legacy {
            return Err(Fault::new(
                FaultKind::UserNotFound,
                "Username/client id combination not found.",
            ));
        }
        app.store
            .count_attempt(pool.id(), &user_key, GuardKind::ResendCode, guard, counted)
            .await?;
        return Ok(answer(Destination::pretended(pool, &name).details()));
    };
    if user.status != Status::Unconfirmed {
        return Err(Fault::invalid_parameter("User is already confirmed."));
    }
    let to = Destination::for_sign_up(pool, &user.attributes)
        .ok_or_else(|| Fault::invalid_parameter("Cannot resend codes. Auto verification not turned on."))?;
    let shown = to.details();
    let code = codes::issue(app, open, &user.key, (CodePurpose::SignUp, to), context.now).await?;
    let notice = Notice {
        cause: context.cause(Some(client.id()), input.client_metadata.as_ref()),
        occasion: Occasion::ResendCode,
        user: &user,
    };
    let limit = (GuardKind::ResendCode, guard, RESEND_CODE_PER_HOUR);
    let sent = code.store_and_send(app, open, notice, limit, context.now).await;
    sent.or_else(|fault| hidden::undelivered(client, fault, shown))
        .map(answer)
}

fn answer(details: CodeDeliveryDetailsType) -> ResendConfirmationCodeResponse {
    ResendConfirmationCodeResponse {
        code_delivery_details: Some(details),
    }
}
