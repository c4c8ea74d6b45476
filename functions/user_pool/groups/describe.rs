use gatehouse::api::Context;
use gatehouse::domain::group::Group;
use gatehouse::domain::ids::{GroupName, PoolId};
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{GetGroupRequest, GetGroupResponse};

use crate::create::parse_group;

/// Shows a group.
pub(crate) async fn describe(context: Context, input: GetGroupRequest) -> Result<GetGroupResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let group = existing(app, open.pool.id(), &parse_group(input.group_name.as_ref())?).await?;
    Ok(GetGroupResponse {
        group: Some(group.to_api(open.pool.id())),
    })
}

/// A group as it is now.
pub(crate) async fn existing(app: &App, pool: &PoolId, name: &GroupName) -> Result<Group, Fault> {
    app.store
        .load_group(pool, name)
        .await?
        .ok_or_else(|| Fault::not_found("Group not found."))
}
