use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::mfa;
use gatehouse_model::user_pool::{GetUserRequest, GetUserResponse};

/// Shows the user what the token's client may read.
pub(crate) async fn get_user(context: Context, input: GetUserRequest) -> Result<GetUserResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let (_, client) = app.client(&bearer.token.client_id).await?;
    Ok(GetUserResponse {
        username: Some(bearer.user.username.to_string()),
        user_attributes: Some(bearer.user.attributes_to_api(|name| client.may_read(name))),
        mfa_options: mfa::legacy_to_api(&bearer.user),
        preferred_mfa_setting: bearer.user.mfa.preferred_to_api(),
        user_mfa_setting_list: mfa::list_to_api(&bearer.user),
    })
}
