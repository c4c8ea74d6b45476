use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse_model::user_pool::{ListResourceServersRequest, ListResourceServersResponse};

/// Entries on a page where the request names no limit.
const PAGE: i32 = 50;

/// Lists the resource servers of a pool, page by page.
pub(crate) async fn list(
    context: Context,
    input: ListResourceServersRequest,
) -> Result<ListResourceServersResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let after = from_page_token(input.next_token.as_ref())?;
    let (servers, next) = app
        .store
        .list_resource_servers(pool, after.as_ref(), input.max_results.unwrap_or(PAGE))
        .await?;
    Ok(ListResourceServersResponse {
        resource_servers: Some(servers.iter().map(|server| server.to_api(pool)).collect()),
        next_token: next.map(page_token),
    })
}
