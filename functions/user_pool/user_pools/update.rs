use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse::domain::pool::Pool;
use gatehouse::domain::pool_mfa::MfaDocument;
use gatehouse::domain::pool_settings;
use gatehouse::fault::FaultKind;
use gatehouse_model::user_pool::{UpdateUserPoolRequest, UpdateUserPoolResponse, UserPoolType};

/// Replaces a pool's settings; what is not given goes back to its default.
pub(crate) async fn update(
    context: Context,
    input: UpdateUserPoolRequest,
) -> Result<UpdateUserPoolResponse, Fault> {
    let app = &context.app;
    let id = input.user_pool_id.clone().unwrap_or_default();
    let open = app.fresh_pool(&id.parse().map_err(|_| no_pool(&id))?).await?;
    let before = &open.pool;
    let (document, mfa) = pool_settings::update(
        before.document.clone(),
        before.record.mfa.clone(),
        &input,
        &app.settings.region,
    )?;
    replace(&context, before, document, mfa).await?;
    Ok(UpdateUserPoolResponse::default())
}

/// Writes a pool's changed document, if nobody else changed it since.
pub(crate) async fn replace(
    context: &Context,
    before: &Pool,
    mut document: UserPoolType,
    mfa: MfaDocument,
) -> Result<(), Fault> {
    let app = &context.app;
    document.last_modified_date = Some(context.now.epoch());
    let after = before.with_mfa(document, mfa)?;
    let written = app
        .store
        .replace_pool(&after.record, before.record.version)
        .await?;
    app.forget_pool(after.id());
    if written {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::ConcurrentModification,
        "The user pool was changed by another request; try again.",
    ))
}
