use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse::domain::pool::{Pool, PoolRecord};
use gatehouse::domain::pool_settings;
use gatehouse::fault::FaultKind;
use gatehouse_model::user_pool::{UpdateUserPoolRequest, UpdateUserPoolResponse};

/// Replaces a pool's settings; what is not given goes back to its default.
pub(crate) async fn update(
    context: Context,
    input: UpdateUserPoolRequest,
) -> Result<UpdateUserPoolResponse, Fault> {
    let app = &context.app;
    let id = input.user_pool_id.clone().unwrap_or_default();
    let open = app.fresh_pool(&id.parse().map_err(|_| no_pool(&id))?).await?;
    let before = &open.pool.record;
    let mut document = pool_settings::update(open.pool.document.clone(), &input, &app.settings.region)?;
    document.last_modified_date = Some(context.now.epoch());

    let after = PoolRecord {
        document: serde_json::to_string(&document).map_err(Fault::internal)?,
        version: before.version + 1,
        ..before.clone()
    };
    let after = Pool::assemble(after, document)?;
    let written = app.store.replace_pool(&after.record, before.version).await?;
    app.forget_pool(after.id());
    if written {
        return Ok(UpdateUserPoolResponse::default());
    }
    Err(Fault::new(
        FaultKind::ConcurrentModification,
        "The user pool was changed by another request; try again.",
    ))
}
