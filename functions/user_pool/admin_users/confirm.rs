use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::arrival::post_confirmation;
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::user::{Status, cannot_be_confirmed};
use gatehouse::store::keys::{CodePurpose, GuardKind};
use gatehouse::store::users::With;
use gatehouse::triggers::event::Source;
use gatehouse_model::user_pool::{AdminConfirmSignUpRequest, AdminConfirmSignUpResponse};

/// Confirms a user who signed up, without a code.
pub(crate) async fn confirm(
    context: Context,
    input: AdminConfirmSignUpRequest,
) -> Result<AdminConfirmSignUpResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let name = parse_name(input.username.as_ref())?;
    let found = app.store.find_user(&open.pool, &name).await?.found;
    let guard = found.guard(GuardKind::ConfirmSignUp);
    let user = found.user.ok_or_else(Fault::user_not_found)?;
    if user.status != Status::Unconfirmed {
        return Err(cannot_be_confirmed(user.status));
    }
    let after = user.clone().confirmed().touched(context.now);
    let with = With {
        codes: vec![(CodePurpose::SignUp, None)],
        cleared: Some((GuardKind::ConfirmSignUp, guard)),
        ..With::default()
    };
    app.store
        .replace_user(&open.pool, &user, &after, with)
        .await?
        .into_result()?;
    let cause = context.cause(None, input.client_metadata.as_ref());
    let source = Source::PostConfirmationConfirmSignUp;
    post_confirmation(app, &open.pool, &after, (cause, source)).await?;
    Ok(AdminConfirmSignUpResponse::default())
}
