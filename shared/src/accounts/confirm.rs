//! `ConfirmSignUp`: the code of a new account.

use crate::Fault;
use crate::api::Context;
use crate::auth::confirmation;
use crate::directory::confirmation::prove;
use crate::domain::new_user::parse_name;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{ConfirmSignUpRequest, ConfirmSignUpResponse};

/// Confirms a user who shows the code that was sent, and verifies the address that it was sent to. With the session of
/// `SignUp` the answer has one to sign in with.
///
/// # Errors
/// Those of `ConfirmSignUp`.
pub async fn confirm(context: Context, input: ConfirmSignUpRequest) -> Result<ConfirmSignUpResponse, Fault> {
    let app = &context.app;
    let (open, client) = app.client_named(input.client_id.as_ref()).await?;
    let name = parse_name(input.username.as_ref())?;
    client.check_secret_hash(input.secret_hash.as_ref().map(Sensitive::expose), [name.as_str()])?;
    let given = Sensitive::from(input.confirmation_code.unwrap_or_default());
    let proven = prove(app, &open, &client, (&name, &given), context.now)
        .await?
        .into_result()?;

    let sign_in = context.sign_in((open.clone(), client.clone()), false);
    let journey = match &input.session {
        Some(session) => Some(confirmation::check(&sign_in, session, &proven.user).await?),
        None => None,
    };

    let attribute = proven.attribute().to_owned();
    let force = input.force_alias_creation == Some(true);
    let cause = context.cause(Some(client.id()), input.client_metadata.as_ref());
    let after = proven.confirm(app, &open, force, cause, context.now).await?;
    let session = match journey {
        Some(journey) => Some(confirmation::confirmed(&sign_in, journey, &after, &attribute).await?),
        None => None,
    };
    Ok(ConfirmSignUpResponse { session })
}
