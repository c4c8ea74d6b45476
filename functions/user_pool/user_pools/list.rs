use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{base64url, from_base64url};
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::pool::{Pool, PoolState};
use gatehouse_model::user_pool::{ListUserPoolsRequest, ListUserPoolsResponse, UserPoolDescriptionType};

/// Lists pools, page by page.
pub(crate) async fn list(
    context: Context,
    input: ListUserPoolsRequest,
) -> Result<ListUserPoolsResponse, Fault> {
    let after = input.next_token.as_deref().map(cursor).transpose()?;
    let limit = input.max_results.unwrap_or(60);
    let (records, next) = context.app.store.list_pools(after.as_ref(), limit).await?;
    let pools = records
        .into_iter()
        .filter(|record| record.state == PoolState::Active)
        .map(|record| Pool::parse(record).map(|pool| description(&pool)))
        .collect::<Result<_, _>>()?;
    Ok(ListUserPoolsResponse {
        user_pools: Some(pools),
        next_token: next.map(|id| base64url(id.as_str().as_bytes())),
    })
}

fn description(pool: &Pool) -> UserPoolDescriptionType {
    let document = &pool.document;
    UserPoolDescriptionType {
        id: document.id.clone(),
        name: document.name.clone(),
        lambda_config: document.lambda_config.clone(),
        status: document.status,
        last_modified_date: document.last_modified_date,
        creation_date: document.creation_date,
        ..UserPoolDescriptionType::default()
    }
}

fn cursor(token: &str) -> Result<PoolId, Fault> {
    from_base64url(token)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Fault::invalid_parameter("Invalid pagination token."))
}
