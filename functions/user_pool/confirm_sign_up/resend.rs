use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::raced;
use gatehouse::crypto::codes::{self, SIGN_UP_VALIDITY};
use gatehouse::domain::client::ExistenceErrors;
use gatehouse::domain::guard::RESEND_CODE_PER_HOUR;
use gatehouse::domain::ids::Username;
use gatehouse::domain::names::{AliasKind, is_email, is_phone_number};
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::pool::Pool;
use gatehouse::domain::user::{Status, sign_up_code_context};
use gatehouse::fault::FaultKind;
use gatehouse::messages::{Destination, templates};
use gatehouse::store::keys::GuardKind;
use gatehouse::store::users::Named;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{ResendConfirmationCodeRequest, ResendConfirmationCodeResponse};

/// Sends a new sign-up code; the one before stops working.
pub(crate) async fn resend(
    context: Context,
    input: ResendConfirmationCodeRequest,
) -> Result<ResendConfirmationCodeResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;

    let (named, key) = tokio::join!(app.store.find_user(pool, &name), app.data_key(&open));
    let (Named { key: user_key, found }, key) = (named?, key?);
    let guard = found.resend_guard;
    guard.check_hourly(RESEND_CODE_PER_HOUR, context.now)?;
    let counted = guard.after_attempt(context.now);

    let Some(user) = found.user else {
        if client.existence_errors == ExistenceErrors::Legacy {
            return Err(Fault::new(
                FaultKind::UserNotFound,
                "Username/client id combination not found.",
            ));
        }
        if !app
            .store
            .count_attempt(pool.id(), &user_key, GuardKind::ResendCode, guard, counted)
            .await?
        {
            return Err(raced());
        }
        return Ok(answer(&pretended(pool, &name)));
    };
    if user.status != Status::Unconfirmed {
        return Err(Fault::invalid_parameter("User is already confirmed."));
    }
    let to = Destination::for_sign_up(pool, &user.attributes)
        .ok_or_else(|| Fault::invalid_parameter("Cannot resend codes. Auto verification not turned on."))?;
    let code = codes::generate(&*app.entropy);
    let owner = sign_up_code_context(pool.id(), &user.key);
    let address = (to.kind.attribute(), to.address.as_str());
    let pending = codes::pending(
        &key,
        &owner,
        &code,
        address,
        context.now.plus_seconds(SIGN_UP_VALIDITY),
    )?;

    if !app
        .store
        .replace_sign_up_code(pool.id(), &user.key, &pending, guard, counted)
        .await?
    {
        return Err(raced());
    }
    let answer = answer(&to);
    app.messages
        .send(pool, &templates::verification(pool, to, &code))
        .await?;
    Ok(answer)
}

fn answer(to: &Destination) -> ResendConfirmationCodeResponse {
    ResendConfirmationCodeResponse {
        code_delivery_details: Some(to.details()),
    }
}

/// A delivery as it could look for a name without a user: to the name itself where it is an address, else to an
/// address that begins with the name's first letter.
fn pretended(pool: &Pool, name: &Username) -> Destination {
    let text = name.as_str();
    if is_phone_number(text) {
        return Destination {
            kind: AliasKind::PhoneNumber,
            address: text.to_owned(),
        };
    }
    if !is_email(text) && !pool.auto_verified.contains(&AliasKind::Email) {
        let digits: u32 = text
            .bytes()
            .fold(0, |sum, byte| (sum * 31 + u32::from(byte)) % 10_000);
        return Destination {
            kind: AliasKind::PhoneNumber,
            address: format!("+1555010{digits:04}"),
        };
    }
    let address = if is_email(text) {
        text.to_owned()
    } else {
        format!("{}@{}", text.to_lowercase(), "e")
    };
    Destination {
        kind: AliasKind::Email,
        address,
    }
}
