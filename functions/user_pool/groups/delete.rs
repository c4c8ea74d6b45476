use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::DeleteGroupRequest;

use crate::create::parse_group;
use crate::describe::existing;

/// Deletes a group. Memberships of it count for nothing from then on, and are removed.
pub(crate) async fn delete(context: Context, input: DeleteGroupRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let group = existing(app, pool, &parse_group(input.group_name.as_ref())?).await?;
    if !app.store.remove_group(pool, &group.name).await? {
        return Err(Fault::not_found("Group not found."));
    }
    app.forget_group(pool, &group.name);
    app.store.purge_members(pool, &group).await?;
    Ok(Empty {})
}
