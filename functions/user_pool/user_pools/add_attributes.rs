use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::pools::replace;
use gatehouse_model::user_pool::{AddCustomAttributesRequest, AddCustomAttributesResponse};

/// Adds custom attributes to a pool's schema. They are never removed.
pub(crate) async fn add_attributes(
    context: Context,
    input: AddCustomAttributesRequest,
) -> Result<AddCustomAttributesResponse, Fault> {
    let app = &context.app;
    let open = app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let schema = open
        .pool
        .schema
        .clone()
        .with_custom(&input.custom_attributes.unwrap_or_default())?;
    let mut document = open.pool.document.clone();
    document.schema_attributes = Some(schema.document().to_vec());
    let mfa = open.pool.record.mfa.clone();
    replace(app, &open.pool, document, mfa, context.now).await?;
    Ok(AddCustomAttributesResponse::default())
}
