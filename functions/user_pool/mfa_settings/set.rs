use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::pools::replace;
use gatehouse::domain::pool_mfa;
use gatehouse_model::user_pool::{SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse};

/// Changes a pool's multi-factor authentication.
pub(crate) async fn set(
    context: Context,
    input: SetUserPoolMfaConfigRequest,
) -> Result<SetUserPoolMfaConfigResponse, Fault> {
    let app = &context.app;
    let open = app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let before = &open.pool;
    let mut document = before.document.clone();
    let mfa = pool_mfa::set(&mut document, &before.record.mfa, &input, &app.settings.region)?;
    let after = replace(app, before, document, mfa, context.now).await?;
    let shown = after.mfa.to_api(&after.document);
    Ok(SetUserPoolMfaConfigResponse {
        sms_mfa_configuration: shown.sms_mfa_configuration,
        software_token_mfa_configuration: shown.software_token_mfa_configuration,
        email_mfa_configuration: shown.email_mfa_configuration,
        mfa_configuration: shown.mfa_configuration,
        web_authn_configuration: shown.web_authn_configuration,
    })
}
