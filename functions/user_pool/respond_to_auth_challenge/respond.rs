use gatehouse::api::Context;
use gatehouse::auth::SignIn;
use gatehouse::{Fault, auth};
use gatehouse_model::user_pool::{RespondToAuthChallengeRequest, RespondToAuthChallengeResponse};

/// Answers a challenge.
pub(crate) async fn respond(
    context: Context,
    input: RespondToAuthChallengeRequest,
) -> Result<RespondToAuthChallengeResponse, Fault> {
    let client = context.app.client_named(input.client_id.as_ref()).await?;
    let challenge = input
        .challenge_name
        .ok_or_else(|| Fault::invalid_parameter("ChallengeName is required."))?;
    let responses = input.challenge_responses.unwrap_or_default();
    let sign_in = SignIn {
        client_metadata: input.client_metadata,
        ..context.sign_in(client, false)
    };
    auth::respond(&sign_in, challenge, input.session.as_ref(), &responses)
        .await
        .map(Into::into)
}
