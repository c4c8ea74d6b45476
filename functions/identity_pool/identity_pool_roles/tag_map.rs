use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::identity_pool::canonical_provider;
use gatehouse::domain::principal_tags::TagMap;
use gatehouse_model::identity_pool::{
    GetPrincipalTagAttributeMapInput, GetPrincipalTagAttributeMapResponse, SetPrincipalTagAttributeMapInput,
    SetPrincipalTagAttributeMapResponse,
};

/// Says which claims of a provider's tokens become session tags.
pub(crate) async fn set(
    context: Context,
    input: SetPrincipalTagAttributeMapInput,
) -> Result<SetPrincipalTagAttributeMapResponse, Fault> {
    let app = &context.app;
    let base = &app.settings.issuer_base;
    let name = input.identity_provider_name.unwrap_or_default();
    let provider = canonical_provider(&name, base)?;
    let map = TagMap {
        defaults: input.use_defaults.unwrap_or(false),
        tags: input.principal_tags.unwrap_or_default(),
    };
    let before = app.fresh_identity_pool(input.identity_pool_id.as_ref()).await?;
    if before.provider(&provider, base).is_none() {
        return Err(Fault::not_found(format!(
            "{name} is no identity provider of this identity pool."
        )));
    }
    let after = before.with_tag_map(provider, map.clone());
    app.replace_identity_pool(&before, &after).await?;
    Ok(SetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(before.id().to_string()),
        identity_provider_name: Some(name),
        use_defaults: Some(map.defaults),
        principal_tags: Some(map.in_force()),
    })
}

/// Shows which claims of a provider's tokens become session tags.
pub(crate) async fn get(
    context: Context,
    input: GetPrincipalTagAttributeMapInput,
) -> Result<GetPrincipalTagAttributeMapResponse, Fault> {
    let app = &context.app;
    let name = input.identity_provider_name.unwrap_or_default();
    let provider = canonical_provider(&name, &app.settings.issuer_base)?;
    let pool = app.fresh_identity_pool(input.identity_pool_id.as_ref()).await?;
    let map = pool.record.tag_maps.get(&provider).cloned().unwrap_or_default();
    Ok(GetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(pool.id().to_string()),
        identity_provider_name: Some(name),
        use_defaults: Some(map.defaults),
        principal_tags: Some(map.in_force()),
    })
}
