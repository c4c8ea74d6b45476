use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::user_pool::{GetUserPoolMfaConfigRequest, GetUserPoolMfaConfigResponse};

/// Shows a pool's multi-factor authentication.
pub(crate) async fn get(
    context: Context,
    input: GetUserPoolMfaConfigRequest,
) -> Result<GetUserPoolMfaConfigResponse, Fault> {
    let open = context.app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    Ok(open.pool.mfa.to_api(&open.pool.document))
}
