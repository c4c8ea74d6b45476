use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse_model::user_pool::{DescribeUserPoolRequest, DescribeUserPoolResponse};

/// Shows a pool as it is now.
pub(crate) async fn describe(
    context: Context,
    input: DescribeUserPoolRequest,
) -> Result<DescribeUserPoolResponse, Fault> {
    let id = input.user_pool_id.unwrap_or_default();
    let open = context
        .app
        .fresh_pool(&id.parse().map_err(|_| no_pool(&id))?)
        .await?;
    Ok(DescribeUserPoolResponse {
        user_pool: Some(open.pool.document.clone()),
    })
}
