use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::group::Group;
use gatehouse::store::rate_exceeded;
use gatehouse_model::user_pool::{UpdateGroupRequest, UpdateGroupResponse};

use crate::create::parse_group;
use crate::describe::existing;

/// Changes what is given of a group; the rest stays.
pub(crate) async fn update(
    context: Context,
    input: UpdateGroupRequest,
) -> Result<UpdateGroupResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let before = existing(app, pool, &parse_group(input.group_name.as_ref())?).await?;
    let after = Group {
        description: input.description.or_else(|| before.description.clone()),
        role_arn: input.role_arn.or_else(|| before.role_arn.clone()),
        precedence: input.precedence.or(before.precedence),
        modified_at: context.now,
        version: before.version + 1,
        ..before.clone()
    };
    if !app.store.replace_group(pool, &after, before.version).await? {
        return Err(rate_exceeded());
    }
    app.forget_group(pool, &after.name);
    Ok(UpdateGroupResponse {
        group: Some(after.to_api(pool)),
    })
}
