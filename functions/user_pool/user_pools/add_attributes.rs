use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_pool;
use gatehouse_model::user_pool::{AddCustomAttributesRequest, AddCustomAttributesResponse};

use crate::update::replace;

/// Adds custom attributes to a pool's schema. They are never removed.
pub(crate) async fn add_attributes(
    context: Context,
    input: AddCustomAttributesRequest,
) -> Result<AddCustomAttributesResponse, Fault> {
    let id = input.user_pool_id.unwrap_or_default();
    let open = context
        .app
        .fresh_pool(&id.parse().map_err(|_| no_pool(&id))?)
        .await?;
    let schema = open
        .pool
        .schema
        .clone()
        .with_custom(&input.custom_attributes.unwrap_or_default())?;
    let mut document = open.pool.document.clone();
    document.schema_attributes = Some(schema.document().to_vec());
    let mfa = open.pool.record.mfa.clone();
    replace(&context, &open.pool, document, mfa).await?;
    Ok(AddCustomAttributesResponse::default())
}
