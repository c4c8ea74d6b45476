use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::identity_pool::{DescribeIdentityPoolInput, IdentityPool as Document};

/// Shows an identity pool.
pub(crate) async fn describe(context: Context, input: DescribeIdentityPoolInput) -> Result<Document, Fault> {
    let pool = context
        .app
        .fresh_identity_pool(input.identity_pool_id.as_ref())
        .await?;
    Ok(pool.document.clone())
}
