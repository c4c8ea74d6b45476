use std::sync::Arc;

use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::domain::group::{Group, MOST_MEMBERSHIPS, Membership};
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::new_user::parse_name;
use gatehouse::domain::user::User;
use gatehouse::store::groups::Joining;
use gatehouse::store::rate_exceeded;
use gatehouse::store::users::Found;
use gatehouse::{App, Fault};
use gatehouse_model::Empty;
use gatehouse_model::user_pool::{AdminAddUserToGroupRequest, AdminRemoveUserFromGroupRequest};

use crate::create::parse_group;
use crate::describe::existing;

/// Puts a user into a group.
pub(crate) async fn add(context: Context, input: AdminAddUserToGroupRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let (pool, username, group) = (
        input.user_pool_id.as_ref(),
        input.username.as_ref(),
        input.group_name.as_ref(),
    );
    let (open, group, user, found) = load(&context, pool, username, group).await?;
    if found.memberships.iter().any(|membership| group.has(membership)) {
        return Ok(Empty {});
    }
    check_room(app, open.pool.id(), &found.memberships).await?;
    let joining = Joining {
        user: &user,
        seen: found.joins,
    };
    if app.store.add_member(open.pool.id(), &group, joining).await? {
        Ok(Empty {})
    } else {
        Err(rate_exceeded())
    }
}

/// Refuses one group more than a user can be a member of. Memberships of groups that are gone do not count.
async fn check_room(app: &App, pool: &PoolId, memberships: &[Membership]) -> Result<(), Fault> {
    if memberships.len() < MOST_MEMBERSHIPS {
        return Ok(());
    }
    let names: Vec<_> = memberships
        .iter()
        .map(|membership| membership.group.clone())
        .collect();
    let groups = app.store.load_groups(pool, &names).await?;
    let counts = |membership: &&Membership| groups.iter().any(|group| group.has(membership));
    if memberships.iter().filter(counts).count() < MOST_MEMBERSHIPS {
        return Ok(());
    }
    Err(Fault::invalid_parameter(format!(
        "A user can be a member of at most {MOST_MEMBERSHIPS} groups."
    )))
}

/// Takes a user out of a group.
pub(crate) async fn remove(context: Context, input: AdminRemoveUserFromGroupRequest) -> Result<Empty, Fault> {
    let (pool, username, group) = (
        input.user_pool_id.as_ref(),
        input.username.as_ref(),
        input.group_name.as_ref(),
    );
    let (open, group, user, _) = load(&context, pool, username, group).await?;
    context
        .app
        .store
        .remove_member(open.pool.id(), &group.name, &user.key)
        .await?;
    Ok(Empty {})
}

/// The pool, and at once its group and its user with what else was found.
async fn load(
    context: &Context,
    pool: Option<&String>,
    username: Option<&String>,
    group: Option<&String>,
) -> Result<(Arc<OpenPool>, Group, User, Found), Fault> {
    let app = &context.app;
    let open = app.pool_named(pool).await?;
    let name = parse_name(username)?;
    let group = parse_group(group)?;
    let (group, named) = tokio::join!(
        existing(app, open.pool.id(), &group),
        app.store.find_user(&open.pool, &name)
    );
    let mut found = named?.found;
    let user = found.user.take().ok_or_else(Fault::user_not_found)?;
    Ok((open, group?, user, found))
}
