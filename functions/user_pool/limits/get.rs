use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::user_pool::{GetProvisionedLimitRequest, GetProvisionedLimitResponse};

use crate::definition::Definition;

/// Shows how often operations of a category may run a second.
pub(crate) async fn get(
    context: Context,
    input: GetProvisionedLimitRequest,
) -> Result<GetProvisionedLimitResponse, Fault> {
    let definition = Definition::parse(input.limit_definition)?;
    let open = context.app.fresh_pool(&definition.pool).await?;
    let limit = open.pool.record.limits.get(&definition.category);
    Ok(GetProvisionedLimitResponse {
        limit: Some(definition.shown(limit.copied())),
    })
}
