use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::new_user::parse_name;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::{AdminAddUserToGroupRequest, AdminRemoveUserFromGroupRequest};

use crate::create::parse_group;
use crate::describe::existing;

/// Puts a user into a group.
pub(crate) async fn add(context: Context, input: AdminAddUserToGroupRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let (pool, name) = (open.pool.id(), parse_name(input.username.as_ref())?);
    let group = parse_group(input.group_name.as_ref())?;
    let (group, named) = tokio::join!(
        existing(app, pool, &group),
        app.store.find_user(&open.pool, &name)
    );
    let user = named?.found.user.ok_or_else(Fault::user_not_found)?;
    if app.store.add_member(pool, &group?, &user).await? {
        Ok(Empty {})
    } else {
        Err(rate_exceeded())
    }
}

/// Takes a user out of a group.
pub(crate) async fn remove(context: Context, input: AdminRemoveUserFromGroupRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let (pool, name) = (open.pool.id(), parse_name(input.username.as_ref())?);
    let group = parse_group(input.group_name.as_ref())?;
    let (group, named) = tokio::join!(
        existing(app, pool, &group),
        app.store.find_user(&open.pool, &name)
    );
    let user = named?.found.user.ok_or_else(Fault::user_not_found)?;
    app.store.remove_member(pool, &group?.name, &user.key).await?;
    Ok(Empty {})
}
