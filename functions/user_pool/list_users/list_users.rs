use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::ids::{UserKey, Username};
use gatehouse::domain::pool::Pool;
use gatehouse::domain::user::User;
use gatehouse::store::keys::SearchTerm;
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
    let filter = Filter::parse(input.filter.as_deref().unwrap_or_default(), &pool.searchable)?;
    check_attributes(pool, input.attributes_to_get.as_deref())?;

    let page = Page {
        pool,
        after: from_page_token(input.pagination_token.as_ref())?,
        limit,
    };
    let (users, next) = match &filter {
        None => page.all(app).await?,
        Some(filter) => page.filtered(app, filter).await?,
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
        pagination_token: next.map(page_token),
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

fn malformed() -> Fault {
    Fault::invalid_parameter("Invalid pagination token.")
}

/// Users, and the text from which the next page goes on.
type Users = (Vec<User>, Option<String>);

/// The page that is asked for.
struct Page<'a> {
    pool: &'a Pool,
    after: Option<String>,
    limit: usize,
}

impl Page<'_> {
    fn after_user(&self) -> Result<Option<UserKey>, Fault> {
        self.after
            .as_ref()
            .map(|key| key.parse().map_err(|_| malformed()))
            .transpose()
    }

    /// Refuses a token of another filter's pages: the list that begins with `prefix` does not go on there.
    fn check_within(&self, prefix: &str) -> Result<(), Fault> {
        match &self.after {
            Some(after) if !after.starts_with(prefix) => Err(malformed()),
            _ => Ok(()),
        }
    }

    /// All users.
    async fn all(&self, app: &App) -> Result<Users, Fault> {
        let after = self.after_user()?;
        let (users, next) = app
            .store
            .list_users(self.pool.id(), None, after.as_ref(), self.limit)
            .await?;
        Ok((users, next.map(String::from)))
    }

    /// Users who match a filter. User names and searchable attributes cost a constant number of reads.
    async fn filtered(&self, app: &App, filter: &Filter) -> Result<Users, Fault> {
        let exact = filter.comparison == Comparison::Equals;
        if self.pool.searchable.contains(&filter.attribute) {
            let term = SearchTerm::new(&filter.attribute, &filter.value);
            self.check_within(&term.range(self.pool.id(), exact).1)?;
            let after = self.after.as_deref();
            let (mut users, next) = app
                .store
                .search_users(self.pool.id(), (&term, exact), after, self.limit)
                .await?;
            users.retain(|user| filter.matches(user));
            return Ok((users, next));
        }
        if filter.attribute != "username" {
            return self.tried_on_each(app, filter).await;
        }
        if exact {
            let Ok(name) = filter.value.parse::<Username>() else {
                return Ok((Vec::new(), None));
            };
            let key = name.to_key(self.pool.case_sensitive);
            let users = app.store.load_users(self.pool.id(), &[key]).await?;
            return Ok((users, None));
        }
        let fold = !self.pool.case_sensitive;
        let prefix = if fold {
            filter.value.to_lowercase()
        } else {
            filter.value.clone()
        };
        self.check_within(&prefix)?;
        let after = self.after_user()?;
        let (users, next) = app
            .store
            .list_users(self.pool.id(), Some(&prefix), after.as_ref(), self.limit)
            .await?;
        Ok((users, next.map(String::from)))
    }

    /// Users who match a filter that must be tried on each: the list is read until the page is full or enough users
    /// were looked at, and the next page goes on from there.
    async fn tried_on_each(&self, app: &App, filter: &Filter) -> Result<Users, Fault> {
        let (mut matching, mut after, mut looked_at) = (Vec::new(), self.after_user()?, 0);
        while looked_at < LOOKED_AT {
            let (users, next) = app
                .store
                .list_users(self.pool.id(), None, after.as_ref(), PAGE * 10)
                .await?;
            looked_at += users.len().max(1);
            for user in users {
                if filter.matches(&user) {
                    let key = user.key.to_string();
                    matching.push(user);
                    if matching.len() == self.limit {
                        return Ok((matching, Some(key)));
                    }
                }
            }
            if next.is_none() {
                return Ok((matching, None));
            }
            after = next;
        }
        Ok((matching, after.map(String::from)))
    }
}
