use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::pool::PoolRecord;
use gatehouse::store::rate_exceeded;
use gatehouse_model::user_pool::{UpdateProvisionedLimitRequest, UpdateProvisionedLimitResponse};

use crate::definition::{Definition, NO_LIMIT};

/// Sets how often operations of a category may run a second; warm functions obey within 30 seconds.
pub(crate) async fn update(
    context: Context,
    input: UpdateProvisionedLimitRequest,
) -> Result<UpdateProvisionedLimitResponse, Fault> {
    let app = &context.app;
    let definition = Definition::parse(input.limit_definition)?;
    let wanted = input.requested_limit_value.unwrap_or_default();
    let limit = u32::try_from(wanted)
        .ok()
        .filter(|limit| *limit > 0)
        .ok_or_else(|| Fault::invalid_parameter("RequestedLimitValue must be at least 1."))?;
    let limit = (wanted != NO_LIMIT).then_some(limit);

    let open = app.fresh_pool(&definition.pool).await?;
    let before = &open.pool.record;
    let mut limits = before.limits.clone();
    match limit {
        Some(limit) => limits.insert(definition.category, limit),
        None => limits.remove(&definition.category),
    };
    let after = PoolRecord {
        limits,
        version: before.version + 1,
        ..before.clone()
    };
    if !app.replace_pool(before, &after).await? {
        return Err(rate_exceeded());
    }
    Ok(UpdateProvisionedLimitResponse {
        limit: Some(definition.shown(limit)),
    })
}
