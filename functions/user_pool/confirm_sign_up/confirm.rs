use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::confirmation;
use gatehouse::crypto::codes::{PendingCode, expired};
use gatehouse::directory::arrival::post_confirmation;
use gatehouse::directory::codes;
use gatehouse::domain::client::ExistenceErrors;
use gatehouse::domain::guard::CONFIRM_SIGN_UP_PER_HOUR;
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::user::{Status, User, cannot_be_confirmed};
use gatehouse::fault::FaultKind;
use gatehouse::store::keys::{CodePurpose, GuardKind};
use gatehouse::store::rate_exceeded;
use gatehouse::store::users::{Named, With, Written};
use gatehouse::triggers::event::Source;
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
    let guard = found.guard(GuardKind::ConfirmSignUp);
    guard.check_hourly(CONFIRM_SIGN_UP_PER_HOUR, context.now)?;

    let failed = async |fault: Fault| {
        let counted = guard.after_attempt(context.now);
        let counted = app
            .store
            .count_attempt(pool.id(), &user_key, GuardKind::ConfirmSignUp, guard, counted)
            .await?;
        Err(if counted { fault } else { rate_exceeded() })
    };
    let code = found.code(CodePurpose::SignUp).cloned();
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
    let owner = (pool.id(), &user.key, CodePurpose::SignUp);
    if let Err(fault) = codes::check(code.as_ref(), &key, owner, &given, context.now) {
        return failed(fault).await;
    }

    let sign_in = context.sign_in((open.clone(), client.clone()), false);
    let journey = match &input.session {
        Some(session) => Some(confirmation::check(&sign_in, session, &user).await?),
        None => None,
    };

    let after = confirmed(&user, code.as_ref()).touched(context.now);
    let takeovers = if input.force_alias_creation == Some(true) {
        app.store.present_owners(pool, Some(&user), &after).await?
    } else {
        Vec::new()
    };
    let with = With {
        takeovers: &takeovers,
        codes: vec![(CodePurpose::SignUp, None)],
        cleared: Some((GuardKind::ConfirmSignUp, guard)),
        ..With::default()
    };
    match app.store.replace_user(pool, &user, &after, with).await? {
        Written::Done => {}
        other => return Err(other.into_fault()),
    }
    let cause = context.cause(Some(client.id()), input.client_metadata.as_ref());
    let source = Source::PostConfirmationConfirmSignUp;
    post_confirmation(app, pool, &after, (cause, source)).await?;
    let session = match (journey, code) {
        (Some(journey), Some(code)) => {
            Some(confirmation::confirmed(&sign_in, journey, &after, &code.attribute).await?)
        }
        _ => None,
    };
    Ok(ConfirmSignUpResponse { session })
}

/// The confirmed user; the address that the code was sent to is verified if it still is the user's.
fn confirmed(user: &User, code: Option<&PendingCode>) -> User {
    let mut after = user.clone().confirmed();
    if let Some(code) = code
        && after.attributes.get(&code.attribute) == Some(&code.destination)
    {
        after
            .attributes
            .insert(format!("{}_verified", code.attribute), "true".to_owned());
    }
    after
}
