use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::mfa;
use gatehouse_model::user_pool::{GetUserAuthFactorsRequest, GetUserAuthFactorsResponse};

/// Lists what the user could prove.
pub(crate) async fn get(
    context: Context,
    input: GetUserAuthFactorsRequest,
) -> Result<GetUserAuthFactorsResponse, Fault> {
    let bearer = authenticate(&context.app, input.access_token.as_ref(), context.now).await?;
    let (pool, user) = (&bearer.open.pool, &bearer.user);
    let store = &context.app.store;
    let (passkeys, _) = store.list_passkeys(pool.id(), user, None, 1).await?;
    Ok(GetUserAuthFactorsResponse {
        username: Some(user.username.to_string()),
        preferred_mfa_setting: user.mfa.preferred_to_api(),
        user_mfa_setting_list: mfa::list_to_api(user),
        configured_user_auth_factors: Some(mfa::configured(pool, user, &passkeys)),
    })
}
