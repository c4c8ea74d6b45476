use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::identity_roles::Roles;
use gatehouse_model::Empty;
use gatehouse_model::identity_pool::{
    GetIdentityPoolRolesInput, GetIdentityPoolRolesResponse, SetIdentityPoolRolesInput,
};

/// Replaces a pool's roles and role mappings.
pub(crate) async fn set(context: Context, input: SetIdentityPoolRolesInput) -> Result<Empty, Fault> {
    let app = &context.app;
    let roles = Roles {
        defaults: input.roles.unwrap_or_default(),
        mappings: input.role_mappings.unwrap_or_default(),
    };
    roles.check()?;
    let before = app.fresh_identity_pool(input.identity_pool_id.as_ref()).await?;
    for provider in roles.mappings.keys() {
        before.check_mapped(provider, &app.settings.issuer_base)?;
    }
    let after = before.with_roles(&roles)?;
    app.replace_identity_pool(&before, &after).await?;
    Ok(Empty {})
}

/// Shows a pool's roles and role mappings.
pub(crate) async fn get(
    context: Context,
    input: GetIdentityPoolRolesInput,
) -> Result<GetIdentityPoolRolesResponse, Fault> {
    let pool = context
        .app
        .fresh_identity_pool(input.identity_pool_id.as_ref())
        .await?;
    let Roles { defaults, mappings } = pool.roles.clone();
    Ok(GetIdentityPoolRolesResponse {
        identity_pool_id: Some(pool.id().to_string()),
        roles: Some(defaults),
        role_mappings: (!mappings.is_empty()).then_some(mappings),
    })
}
