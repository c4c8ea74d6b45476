use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::pools::replace;
use gatehouse::domain::pool_settings;
use gatehouse_model::user_pool::{UpdateUserPoolRequest, UpdateUserPoolResponse};

/// Replaces a pool's settings; what is not given goes back to its default.
pub(crate) async fn update(
    context: Context,
    input: UpdateUserPoolRequest,
) -> Result<UpdateUserPoolResponse, Fault> {
    let app = &context.app;
    let open = app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let before = &open.pool;
    let (document, mfa) = pool_settings::update(
        before.document.clone(),
        before.record.mfa.clone(),
        &input,
        &app.settings.region,
    )?;
    replace(app, before, document, mfa, context.now).await?;
    Ok(UpdateUserPoolResponse::default())
}
