use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse_model::user_pool::{GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse};

/// Shows a pool's multi-factor authentication.
pub(crate) async fn get(
    context: Context,
    input: GetUserPoolMfaConfigRequest,
) -> Result<GetUserPoolMfaConfigResponse, Fault> {
    let id = input.user_pool_id.unwrap_or_default();
    let open = context
        .app
        .fresh_pool(&id.parse().map_err(|_| no_pool(&id))?)
        .await?;
    Ok(open.pool.mfa.to_api(&open.pool.document))
}
