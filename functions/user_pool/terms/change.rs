use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::terms::exists;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::{DeleteTermsRequest, UpdateTermsRequest, UpdateTermsResponse};

use crate::read::existing;

/// Changes a document's name or links; what is not given stays.
pub(crate) async fn update(
    context: Context,
    input: UpdateTermsRequest,
) -> Result<UpdateTermsResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let before = existing(app, pool, input.terms_id.as_ref()).await?;
    let after = before.changed(input.terms_name, input.links, context.now)?;
    match app.store.replace_terms(pool, &before, &after).await? {
        Some(true) => Ok(UpdateTermsResponse {
            terms: Some(after.to_api(pool)),
        }),
        Some(false) => Err(exists(&after.name)),
        None => Err(rate_exceeded()),
    }
}

/// Deletes a document.
pub(crate) async fn delete(context: Context, input: DeleteTermsRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let terms = existing(app, pool, input.terms_id.as_ref()).await?;
    if app.store.remove_terms(pool, &terms).await? {
        Ok(Empty {})
    } else {
        Err(rate_exceeded())
    }
}
