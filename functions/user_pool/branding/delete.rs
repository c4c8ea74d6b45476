use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::fault::FaultKind;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::DeleteManagedLoginBrandingRequest;

use crate::describe::existing;

/// Deletes a branding: the pages look as they do without any.
pub(crate) async fn delete(
    context: Context,
    input: DeleteManagedLoginBrandingRequest,
) -> Result<Empty, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let branding = existing(app, pool, input.managed_login_branding_id.as_ref()).await?;
    if app.store.remove_branding(pool, &branding).await? {
        Ok(Empty {})
    } else {
        Err(changed_meanwhile())
    }
}

/// The answer where another request has changed the branding since it was read.
pub(crate) fn changed_meanwhile() -> Fault {
    Fault::new(
        FaultKind::ConcurrentModification,
        "The branding was changed by another request; try again.",
    )
}
