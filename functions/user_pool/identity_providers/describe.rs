use std::sync::Arc;

use gatehouse::api::Context;
use gatehouse::app::OpenPool;
use gatehouse::domain::identity_provider::{Provider, no_provider};
use gatehouse::domain::ids::ProviderName;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    DescribeIdentityProviderRequest, DescribeIdentityProviderResponse,
    GetIdentityProviderByIdentifierRequest, GetIdentityProviderByIdentifierResponse,
};

/// Shows a provider.
pub(crate) async fn describe(
    context: Context,
    input: DescribeIdentityProviderRequest,
) -> Result<DescribeIdentityProviderResponse, Fault> {
    let (_, provider) = existing(&context.app, input.user_pool_id, input.provider_name).await?;
    Ok(DescribeIdentityProviderResponse {
        identity_provider: Some(provider.to_api()),
    })
}

/// Shows the provider that has an identifier.
pub(crate) async fn by_identifier(
    context: Context,
    input: GetIdentityProviderByIdentifierRequest,
) -> Result<GetIdentityProviderByIdentifierResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let identifier = input.idp_identifier.unwrap_or_default();
    let missing = || {
        Fault::not_found(format!(
            "Identity provider with identifier {identifier} does not exist."
        ))
    };
    let name = app
        .store
        .provider_of_identifier(open.pool.id(), &identifier)
        .await?
        .ok_or_else(missing)?;
    let provider = find(app, &open, &name).await?.ok_or_else(missing)?;
    Ok(GetIdentityProviderByIdentifierResponse {
        identity_provider: Some(provider.to_api()),
    })
}

/// A provider of a pool as it is now, and the pool.
pub(crate) async fn existing(
    app: &App,
    pool: Option<String>,
    name: Option<String>,
) -> Result<(Arc<OpenPool>, Provider), Fault> {
    let open = app.pool_named(pool.as_ref()).await?;
    let text = name.unwrap_or_default();
    let name = text.parse().map_err(|_| no_provider(&text))?;
    let provider = find(app, &open, &name).await?.ok_or_else(|| no_provider(&text))?;
    Ok((open, provider))
}

async fn find(app: &App, open: &OpenPool, name: &ProviderName) -> Result<Option<Provider>, Fault> {
    let pool = open.pool.id();
    let (record, key) = tokio::join!(app.store.load_provider(pool, name), app.data_key(open));
    let (record, key) = (record?, key?);
    record
        .map(|record| Provider::open(pool, record, &key))
        .transpose()
}
