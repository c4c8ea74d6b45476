use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse_model::user_pool::{
    AdminListGroupsForUserRequest, AdminListGroupsForUserResponse, ListGroupsRequest, ListGroupsResponse,
    ListUsersInGroupRequest, ListUsersInGroupResponse,
};

use crate::create::parse_group;
use crate::describe::existing;

/// Entries on a page where the request names no limit.
const PAGE: i32 = 60;

fn limit(given: Option<i32>) -> i32 {
    given.filter(|limit| *limit > 0).unwrap_or(PAGE)
}

/// Lists the groups of a pool, page by page.
pub(crate) async fn groups(context: Context, input: ListGroupsRequest) -> Result<ListGroupsResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let after = from_page_token(input.next_token.as_ref())?;
    let (groups, next) = app
        .store
        .list_groups(pool, after.as_ref(), limit(input.limit))
        .await?;
    Ok(ListGroupsResponse {
        groups: Some(groups.iter().map(|group| group.to_api(pool)).collect()),
        next_token: next.map(page_token),
    })
}

/// Lists the groups of a user, page by page.
pub(crate) async fn groups_of_user(
    context: Context,
    input: AdminListGroupsForUserRequest,
) -> Result<AdminListGroupsForUserResponse, Fault> {
    let app = &context.app;
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let pool = open.pool.id();
    let after = from_page_token(input.next_token.as_ref())?;
    let (memberships, next) = app
        .store
        .list_memberships(pool, &user.key, after.as_ref(), limit(input.limit))
        .await?;
    let names: Vec<_> = memberships
        .iter()
        .map(|membership| membership.group.clone())
        .collect();
    let mut groups = app.store.load_groups(pool, &names).await?;
    groups.retain(|group| {
        memberships
            .iter()
            .any(|membership| membership.sub == user.sub && group.has(membership))
    });
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(AdminListGroupsForUserResponse {
        groups: Some(groups.iter().map(|group| group.to_api(pool)).collect()),
        next_token: next.map(page_token),
    })
}

/// Lists the members of a group, page by page.
pub(crate) async fn users(
    context: Context,
    input: ListUsersInGroupRequest,
) -> Result<ListUsersInGroupResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let name = parse_group(input.group_name.as_ref())?;
    let after = from_page_token(input.next_token.as_ref())?;
    let (group, members) = tokio::join!(
        existing(app, pool, &name),
        app.store
            .list_members(pool, &name, after.as_ref(), limit(input.limit))
    );
    let (group, (members, next)) = (group?, members?);
    let keys: Vec<_> = members.iter().map(|(user, _)| user.clone()).collect();
    let mut users = app.store.load_users(pool, &keys).await?;
    users.retain(|user| {
        members
            .iter()
            .any(|(_, membership)| membership.sub == user.sub && group.has(membership))
    });
    users.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(ListUsersInGroupResponse {
        users: Some(users.iter().map(|user| user.to_api(|_| true)).collect()),
        next_token: next.map(page_token),
    })
}
