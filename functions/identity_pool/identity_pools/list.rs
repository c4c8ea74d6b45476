use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::identity_pool::IdentityPool;
use gatehouse::domain::ids::IdentityPoolId;
use gatehouse::domain::pool::PoolState;
use gatehouse_model::identity_pool::{
    IdentityPoolShortDescription, ListIdentityPoolsInput, ListIdentityPoolsResponse,
};

/// Lists identity pools, page by page.
pub(crate) async fn list(
    context: Context,
    input: ListIdentityPoolsInput,
) -> Result<ListIdentityPoolsResponse, Fault> {
    let after = from_page_token::<IdentityPoolId>(input.next_token.as_ref())?;
    let limit = input
        .max_results
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(60);
    let (records, next) = context
        .app
        .store
        .list_identity_pools(after.as_ref(), limit)
        .await?;
    let pools = records
        .into_iter()
        .filter(|record| record.state == PoolState::Active)
        .map(|record| {
            let pool = IdentityPool::parse(record)?;
            Ok(IdentityPoolShortDescription {
                identity_pool_id: Some(pool.id().to_string()),
                identity_pool_name: pool.document.identity_pool_name,
            })
        })
        .collect::<Result<_, Fault>>()?;
    Ok(ListIdentityPoolsResponse {
        identity_pools: Some(pools),
        next_token: next.map(page_token),
    })
}
