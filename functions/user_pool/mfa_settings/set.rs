use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse::domain::pool_mfa;
use gatehouse::fault::FaultKind;
use gatehouse_model::user_pool::{SetUserPoolMfaConfigRequest, SetUserPoolMfaConfigResponse};

/// Changes a pool's multi-factor authentication.
pub(crate) async fn set(
    context: Context,
    input: SetUserPoolMfaConfigRequest,
) -> Result<SetUserPoolMfaConfigResponse, Fault> {
    let app = &context.app;
    let id = input.user_pool_id.clone().unwrap_or_default();
    let open = app.fresh_pool(&id.parse().map_err(|_| no_pool(&id))?).await?;
    let before = &open.pool;
    let mut document = before.document.clone();
    let mfa = pool_mfa::set(&mut document, &before.record.mfa, &input, &app.settings.region)?;
    document.last_modified_date = Some(context.now.epoch());
    let after = before.with_mfa(document, mfa)?;
    let written = app
        .store
        .replace_pool(&after.record, before.record.version)
        .await?;
    app.forget_pool(after.id());
    if !written {
        return Err(Fault::new(
            FaultKind::ConcurrentModification,
            "The user pool was changed by another request; try again.",
        ));
    }
    let shown = after.mfa.to_api(&after.document);
    Ok(SetUserPoolMfaConfigResponse {
        sms_mfa_configuration: shown.sms_mfa_configuration,
        software_token_mfa_configuration: shown.software_token_mfa_configuration,
        email_mfa_configuration: shown.email_mfa_configuration,
        mfa_configuration: shown.mfa_configuration,
        web_authn_configuration: shown.web_authn_configuration,
    })
}
