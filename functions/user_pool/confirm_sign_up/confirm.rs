use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::raced;
use gatehouse::domain::client::ExistenceErrors;
use gatehouse::domain::guard::CONFIRM_SIGN_UP_PER_HOUR;
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::user::{Status, User, alias_exists, cannot_be_confirmed, sign_up_code_context};
use gatehouse::fault::FaultKind;
use gatehouse::store::keys::GuardKind;
use gatehouse::store::users::{Named, Written};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{ConfirmSignUpRequest, ConfirmSignUpResponse};

/// Confirms a user who shows the code that was sent, and verifies the address that it was sent to.
pub(crate) async fn confirm(
    context: Context,
    input: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    let pool = &open.pool;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;
    let given = Sensitive::from(input.confirmation_code.unwrap_or_default());

    let (named, key) = tokio::join!(app.store.find_user(pool, &name), app.data_key(&open));
    let (Named { key: user_key, found }, key) = (named?, key?);
    let guard = found.confirm_guard;
    guard.check_hourly(CONFIRM_SIGN_UP_PER_HOUR, context.now)?;

    let failed = async |fault: Fault| {
        let counted = guard.after_attempt(context.now);
        let counted = app
            .store
            .count_attempt(pool.id(), &user_key, GuardKind::ConfirmSignUp, guard, counted)
            .await?;
        Err(if counted { fault } else { raced() })
    };
    let expired = || {
        Fault::new(
            FaultKind::ExpiredCode,
            "Invalid code provided, please request a code again.",
        )
    };
    let Some(user) = found.user else {
        return failed(match client.existence_errors {
            ExistenceErrors::Legacy => Fault::new(
                FaultKind::UserNotFound,
                "Username/client id combination not found.",
            ),
            ExistenceErrors::Prevented => expired(),
        })
        .await;
    };
    if user.status != Status::Unconfirmed {
        return Err(cannot_be_confirmed(user.status));
    }
    let Some(code) = found.sign_up_code else {
        return failed(expired()).await;
    };
    if let Err(fault) = code.check(
        &key,
        &sign_up_code_context(pool.id(), &user.key),
        &given,
        context.now,
    ) {
        return failed(fault).await;
    }

    let after = confirmed(&user, &code.attribute, &code.destination).touched(context.now);
    let takeovers = if input.force_alias_creation == Some(true) {
        app.store.present_owners(pool, Some(&user), &after).await?
    } else {
        Vec::new()
    };
    match app
        .store
        .confirm_user(pool, &user, &after, &takeovers, guard)
        .await?
    {
        Written::Done => Ok(ConfirmSignUpResponse::default()),
        Written::AliasTaken(kind) => Err(alias_exists(kind)),
        Written::NameTaken | Written::Changed => Err(raced()),
    }
}

/// The confirmed user; the address that the code was sent to is verified if it still is the user's.
fn confirmed(user: &User, attribute: &str, destination: &str) -> User {
    let mut after = user.clone().confirmed();
    if after
        .attributes
        .get(attribute)
        .is_some_and(|address| address == destination)
    {
        after
            .attributes
            .insert(format!("{attribute}_verified"), "true".to_owned());
    }
    after
}
