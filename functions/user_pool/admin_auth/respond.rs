use gatehouse::api::Context;
use gatehouse::auth::SignIn;
use gatehouse::{Fault, auth};
use gatehouse_model::user_pool::{AdminRespondToAuthChallengeRequest, AdminRespondToAuthChallengeResponse};

/// Answers a challenge on behalf of a user.
pub(crate) async fn respond(
    context: Context,
    input: AdminRespondToAuthChallengeRequest,
) -> Result<AdminRespondToAuthChallengeResponse, Fault> {
    let client = context
        .app
        .client_of(input.user_pool_id.as_ref(), input.client_id.as_ref())
        .await?;
    let challenge = input
        .challenge_name
        .ok_or_else(|| Fault::invalid_parameter("ChallengeName is required."))?;
    let responses = input.challenge_responses.unwrap_or_default();
    let sign_in = SignIn {
        client_metadata: input.client_metadata,
        ..context.sign_in(client, true)
    };
    auth::respond(&sign_in, challenge, input.session.as_ref(), &responses)
        .await
        .map(Into::into)
}
