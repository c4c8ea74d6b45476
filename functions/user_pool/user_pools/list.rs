use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::pool::{Pool, PoolState};
use gatehouse_model::user_pool::{ListUserPoolsRequest, ListUserPoolsResponse, UserPoolDescriptionType};

/// Lists pools, page by page.
pub(crate) async fn list(
    context: Context,
    input: ListUserPoolsRequest,
) -> Result<ListUserPoolsResponse, Fault> {
    let after = from_page_token::<PoolId>(input.next_token.as_ref())?;
    let limit = input.max_results.unwrap_or(60);
    let (records, next) = context.app.store.list_pools(after.as_ref(), limit).await?;
    let pools = records
        .into_iter()
        .filter(|record| record.state == PoolState::Active)
        .map(|record| Pool::parse(record).map(|pool| description(&pool)))
        .collect::<Result<_, _>>()?;
    Ok(ListUserPoolsResponse {
        user_pools: Some(pools),
        next_token: next.map(page_token),
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
