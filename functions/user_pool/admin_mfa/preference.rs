use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::mfa::{self, Wishes};
use gatehouse_model::user_pool::{
    AdminSetUserMFAPreferenceRequest, AdminSetUserMFAPreferenceResponse, AdminSetUserSettingsRequest,
    AdminSetUserSettingsResponse,
};

/// Sets which second factors a user is asked for.
pub(crate) async fn set(
    context: Context,
    input: AdminSetUserMFAPreferenceRequest,
) -> Result<AdminSetUserMFAPreferenceResponse, Fault> {
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let wishes = Wishes {
        sms: input.sms_mfa_settings,
        software_token: input.software_token_mfa_settings,
        email: input.email_mfa_settings,
        web_authn: input.web_authn_mfa_settings,
    };
    mfa::set(&context.app, &open, &user, &wishes, context.now).await?;
    Ok(AdminSetUserMFAPreferenceResponse::default())
}

/// The same by an older operation, which knows text messages only.
pub(crate) async fn set_legacy(
    context: Context,
    input: AdminSetUserSettingsRequest,
) -> Result<AdminSetUserSettingsResponse, Fault> {
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let wishes = mfa::legacy(&input.mfa_options.unwrap_or_default())?;
    mfa::set(&context.app, &open, &user, &wishes, context.now).await?;
    Ok(AdminSetUserSettingsResponse::default())
}
