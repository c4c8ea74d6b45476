//! `SignUp`: a new account.

use crate::Fault;
use crate::api::Context;
use crate::auth::confirmation;
use crate::directory::arrival::{obey, post_confirmation, pre_sign_up, takeovers};
use crate::directory::codes;
use crate::directory::passwords::new_password;
use crate::domain::new_user::{name_taken, new_user, parse_name};
use crate::domain::user::{Status, attributes_from_api};
use crate::messages::Destination;
use crate::messages::deliver::{Notice, Occasion};
use crate::store::keys::CodePurpose;
use crate::store::users::{With, Written};
use crate::triggers::event::Source;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{SignUpRequest, SignUpResponse};

/// Creates a user, unconfirmed unless the pool's function says otherwise, and sends a code to the address that the pool
/// verifies.
///
/// # Errors
/// Those of `SignUp`.
pub async fn sign_up(context: Context, input: SignUpRequest) -> Result<SignUpResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;
    if pool.admin_only() {
        return Err(Fault::not_authorized(
            "SignUp is not permitted for this user pool",
        ));
    }
    let password = input.password.filter(|password| !password.expose().is_empty());
    if password.is_none() && !pool.mfa.passwordless() {
        return Err(Fault::invalid_parameter("Password is required."));
    }
    let attributes = attributes_from_api(input.user_attributes);
    client.check_write(attributes.keys())?;
    let user = new_user(pool, &name, attributes, context.now, &*app.entropy)?;
    pool.schema.check_required(&user.attributes)?;
    if let Some(password) = &password {
        pool.password_policy.check(password)?;
    }
    let cause = context.cause(Some(client.id()), input.client_metadata.as_ref());
    let asked = (cause, Source::PreSignUpSignUp);
    let answer = pre_sign_up(app, pool, &user, asked, input.validation_data).await?;
    let mut user = obey(user, &answer)?;
    let confirmed = user.status == Status::Confirmed;

    if let Some(password) = password {
        user.credentials = Some(new_password(app, &open, &user, &password).await?);
    }
    let code = match Destination::for_sign_up(pool, &user.attributes).filter(|_| !confirmed) {
        None => None,
        Some(to) => Some(codes::issue(app, &open, &user.key, (CodePurpose::SignUp, to), context.now).await?),
    };

    let put = code.iter().map(|code| (code.purpose, Some(code.pending.clone())));
    let takeovers = takeovers(app, pool, &user, &answer).await?;
    let with = With {
        takeovers: &takeovers,
        codes: put.collect(),
        ..With::default()
    };
    match app.store.create_user(pool, &user, with).await? {
        Written::Done => {}
        Written::AliasTaken(kind) => return Err(name_taken(Some(kind))),
        Written::NameTaken | Written::Changed => return Err(name_taken(None)),
    }
    let details = match code {
        Some(code) => {
            let notice = Notice {
                cause,
                occasion: Occasion::SignUp,
                user: &user,
            };
            Some(code.send(app, &open, notice).await?)
        }
        None => None,
    };
    if confirmed {
        let source = Source::PostConfirmationConfirmSignUp;
        post_confirmation(app, pool, &user, (cause, source)).await?;
    }
    let sign_in = context.sign_in((open.clone(), client.clone()), false);
    Ok(SignUpResponse {
        user_confirmed: Some(confirmed),
        user_sub: Some(user.sub.to_string()),
        code_delivery_details: details,
        session: confirmation::begin(&sign_in, &user).await?,
    })
}
