use std::sync::Arc;

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::domain::group::Group;
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::user::User;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::{AdminAddUserToGroupRequest, AdminRemoveUserFromGroupRequest};

use crate::create::parse_group;
use crate::describe::existing;

/// Puts a user into a group.
pub(crate) async fn add(context: Context, input: AdminAddUserToGroupRequest) -> Result<Empty, Fault> {
    let (pool, username, group) = (
        input.user_pool_id.as_ref(),
        input.username.as_ref(),
        input.group_name.as_ref(),
    );
    let (open, group, user) = load(&context, pool, username, group).await?;
    if context
        .app
        .store
        .add_member(open.pool.id(), &group, &user)
        .await?
    {
        Ok(Empty {})
    } else {
        Err(rate_exceeded())
    }
}

/// Takes a user out of a group.
pub(crate) async fn remove(context: Context, input: AdminRemoveUserFromGroupRequest) -> Result<Empty, Fault> {
    let (pool, username, group) = (
        input.user_pool_id.as_ref(),
        input.username.as_ref(),
        input.group_name.as_ref(),
    );
    let (open, group, user) = load(&context, pool, username, group).await?;
    context
        .app
        .store
        .remove_member(open.pool.id(), &group.name, &user.key)
        .await?;
    Ok(Empty {})
}

/// The pool, and at once its group and its user.
async fn load(
    context: &Context,
    pool: Option<&String>,
    username: Option<&String>,
    group: Option<&String>,
) -> Result<(Arc<OpenPool>, Group, User), Fault> {
    let app = &context.app;
    let open = app.pool_named(pool).await?;
    let name = parse_name(username)?;
    let group = parse_group(group)?;
    let (group, named) = tokio::join!(
        existing(app, open.pool.id(), &group),
        app.store.find_user(&open.pool, &name)
    );
    let user = named?.found.user.ok_or_else(Fault::user_not_found)?;
    Ok((open, group?, user))
}
