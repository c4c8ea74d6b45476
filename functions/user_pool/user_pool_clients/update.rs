use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::client_settings as settings;
use gatehouse::domain::client::{Client, ClientRecord};
use gatehouse::fault::FaultKind;
use gatehouse_model::user_pool::{UpdateUserPoolClientRequest, UpdateUserPoolClientResponse};

use crate::describe::{fresh, shown};

/// Replaces a client's settings; what is not given goes back to its default. The secret stays.
pub(crate) async fn update(
    context: Context,
    input: UpdateUserPoolClientRequest,
) -> Result<UpdateUserPoolClientResponse, Fault> {
    let app = &context.app;
    let (open, before) = fresh(app, input.user_pool_id.clone(), input.client_id.clone()).await?;
    let pool = &open.pool;
    let mut document = settings::updated(&before.document, &input, pool)?;
    settings::check_providers(app, pool, &document).await?;
    settings::check_secret(&document, !before.secrets.is_empty())?;
    settings::check_scopes(app, &document, pool).await?;
    document.last_modified_date = Some(context.now.epoch());
    let record = ClientRecord {
        document: serde_json::to_string(&document).map_err(Fault::internal)?,
        version: before.record.version + 1,
        ..before.record.clone()
    };
    let after = Client::assemble(record, document, before.secrets.clone())?;

    let name = after.document.client_name.clone().unwrap_or_default();
    let beside = (&pool.record, after.allows_srp());
    let replaced = app
        .store
        .replace_client(&after.record, &name, before.record.version, beside)
        .await?;
    app.forget_pool(pool.id());
    app.forget_client(after.id());
    if replaced {
        return Ok(UpdateUserPoolClientResponse {
            user_pool_client: Some(shown(&after)),
        });
    }
    Err(Fault::new(
        FaultKind::ConcurrentModification,
        "The client was changed by another request; try again.",
    ))
}
