use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::mfa;
use gatehouse_model::user_pool::{AdminGetUserAuthFactorsRequest, AdminGetUserAuthFactorsResponse};

/// Lists what a user could prove.
pub(crate) async fn get(
    context: Context,
    input: AdminGetUserAuthFactorsRequest,
) -> Result<AdminGetUserAuthFactorsResponse, Fault> {
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let store = &context.app.store;
    let (passkeys, _) = store.list_passkeys(open.pool.id(), &user, None, 1).await?;
    Ok(AdminGetUserAuthFactorsResponse {
        username: Some(user.username.to_string()),
        preferred_mfa_setting: user.mfa.preferred_to_api(),
        user_mfa_setting_list: mfa::list_to_api(&user),
        configured_user_auth_factors: Some(mfa::configured(&open.pool, &user, &passkeys)),
    })
}
