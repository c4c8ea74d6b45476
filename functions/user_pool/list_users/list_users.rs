use gatehouse::api::Context;
use gatehouse::crypto::{base64url, from_base64url};
use gatehouse::domain::ids::{UserKey, Username};
use gatehouse::domain::pool::Pool;
use gatehouse::domain::user::User;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{ListUsersRequest, ListUsersResponse};

use crate::filter::{Comparison, Filter};

/// Users on a page where the request names no limit, and at most.
const PAGE: usize = 60;
/// Users looked at by one request when a filter must be tried on each.
const LOOKED_AT: usize = 3000;

/// Lists the users of a pool, filtered, page by page.
pub(crate) async fn list_users(
    context: Context,
    input: ListUsersRequest,
) -> Result<ListUsersResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = &open.pool;
    let limit = input
        .limit
        .and_then(|limit| usize::try_from(limit).ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(PAGE);
    let after = input.pagination_token.as_deref().map(cursor).transpose()?;
    let filter = Filter::parse(input.filter.as_deref().unwrap_or_default())?;
    check_attributes(pool, input.attributes_to_get.as_deref())?;

    let (users, next) = match &filter {
        None => {
            app.store
                .list_users(pool.id(), None, after.as_ref(), limit)
                .await?
        }
        Some(filter) => filtered(app, pool, filter, after, limit).await?,
    };
    let shown = |name: &str| {
        input
            .attributes_to_get
            .as_ref()
            .is_none_or(|names| names.iter().any(|n| n == name))
    };
    let users = users
        .iter()
        .map(|user| {
            let mut shown = user.to_api(shown);
            hide_sub(&mut shown, input.attributes_to_get.as_deref());
            shown
        })
        .collect();
    Ok(ListUsersResponse {
        users: Some(users),
        pagination_token: next.map(|key| base64url(key.as_str().as_bytes())),
    })
}

/// `sub` is shown unless the request names other attributes only.
fn hide_sub(user: &mut gatehouse_model::user_pool::UserType, wanted: Option<&[String]>) {
    if wanted.is_some_and(|names| !names.iter().any(|name| name == "sub"))
        && let Some(attributes) = &mut user.attributes
    {
        attributes.retain(|attribute| attribute.name.as_deref() != Some("sub"));
    }
}

fn check_attributes(pool: &Pool, wanted: Option<&[String]>) -> Result<(), Fault> {
    for name in wanted.unwrap_or_default() {
        if pool.schema.rule(name).is_none() {
            return Err(Fault::invalid_parameter(format!(
                "Invalid attribute name: {name}"
            )));
        }
    }
    Ok(())
}

fn cursor(token: &str) -> Result<UserKey, Fault> {
    from_base64url(token)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|key| key.parse().ok())
        .ok_or_else(|| Fault::invalid_parameter("Invalid pagination token."))
}

/// Users who match a filter. User names, `sub` and aliases are looked up; for other attributes the list is read on
/// until the page is full or enough users were looked at, and the next page goes on from there.
async fn filtered(
    app: &App,
    pool: &Pool,
    filter: &Filter,
    after: Option<UserKey>,
    limit: usize,
) -> Result<(Vec<User>, Option<UserKey>), Fault> {
    if filter.comparison == Comparison::Equals && is_indexed(pool, filter) {
        let Ok(name) = filter.value.parse::<Username>() else {
            return Ok((Vec::new(), None));
        };
        let user = app.store.find_user(pool, &name).await?.found.user;
        return Ok((
            user.into_iter().filter(|user| filter.matches(user)).collect(),
            None,
        ));
    }
    if filter.attribute == "username" && filter.comparison == Comparison::BeginsWith {
        let prefix = if pool.case_sensitive {
            filter.value.clone()
        } else {
            filter.value.to_lowercase()
        };
        return app
            .store
            .list_users(pool.id(), Some(&prefix), after.as_ref(), limit)
            .await;
    }
    let (mut matching, mut after, mut looked_at) = (Vec::new(), after, 0);
    while matching.len() < limit && looked_at < LOOKED_AT {
        let (users, next) = app
            .store
            .list_users(pool.id(), None, after.as_ref(), PAGE * 10)
            .await?;
        looked_at += users.len().max(1);
        for user in users {
            let key = user.key.clone();
            if filter.matches(&user) {
                matching.push(user);
                if matching.len() == limit {
                    return Ok((matching, Some(key)));
                }
            }
        }
        match next {
            None => return Ok((matching, None)),
            next => after = next,
        }
    }
    Ok((matching, after))
}

/// Whether a user name, `sub` or alias leads from the filter's value to the user.
fn is_indexed(pool: &Pool, filter: &Filter) -> bool {
    match filter.attribute {
        "username" | "sub" => true,
        attribute => {
            matches!(pool.names, gatehouse::domain::names::SignInNames::Attributes(_))
                && pool
                    .names
                    .enabled()
                    .iter()
                    .any(|kind| kind.attribute() == attribute)
        }
    }
}
