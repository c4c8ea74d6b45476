use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::mfa;
use gatehouse_model::user_pool::{AdminGetUserRequest, AdminGetUserResponse};

/// Shows a user.
pub(crate) async fn get(context: Context, input: AdminGetUserRequest) -> Result<AdminGetUserResponse, Fault> {
    let (_, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    Ok(AdminGetUserResponse {
        username: Some(user.username.to_string()),
        user_attributes: Some(user.attributes_to_api(|_| true)),
        user_create_date: Some(user.created_at.epoch()),
        user_last_modified_date: Some(user.modified_at.epoch()),
        enabled: Some(user.enabled),
        user_status: Some(user.status.to_api()),
        mfa_options: mfa::legacy_to_api(&user),
        preferred_mfa_setting: user.mfa.preferred_to_api(),
        user_mfa_setting_list: mfa::list_to_api(&user),
    })
}
