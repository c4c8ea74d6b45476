use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::mfa::{self, Wishes};
use gatehouse_model::user_pool::{
    SetUserMFAPreferenceRequest, SetUserMFAPreferenceResponse, SetUserSettingsRequest,
    SetUserSettingsResponse,
};

/// Sets which second factors the user is asked for.
pub(crate) async fn set(
    context: Context,
    input: SetUserMFAPreferenceRequest,
) -> Result<SetUserMFAPreferenceResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let wishes = Wishes {
        sms: input.sms_mfa_settings,
        software_token: input.software_token_mfa_settings,
        email: input.email_mfa_settings,
        web_authn: input.web_authn_mfa_settings,
    };
    mfa::set(app, &bearer.open, &bearer.user, &wishes, context.now).await?;
    Ok(SetUserMFAPreferenceResponse::default())
}

/// The same by an older operation, which knows text messages only.
pub(crate) async fn set_legacy(
    context: Context,
    input: SetUserSettingsRequest,
) -> Result<SetUserSettingsResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let wishes = mfa::legacy(&input.mfa_options.unwrap_or_default())?;
    mfa::set(app, &bearer.open, &bearer.user, &wishes, context.now).await?;
    Ok(SetUserSettingsResponse::default())
}
