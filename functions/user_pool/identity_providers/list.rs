use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse_model::user_pool::{
    ListIdentityProvidersRequest, ListIdentityProvidersResponse, ProviderDescription,
};

/// Providers on a page at most: the model's length of the answer's list.
const PAGE: i32 = 50;

/// Lists the providers of a pool, page by page.
pub(crate) async fn list(
    context: Context,
    input: ListIdentityProvidersRequest,
) -> Result<ListIdentityProvidersResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let after = from_page_token(input.next_token.as_ref())?;
    let limit = input.max_results.filter(|limit| *limit > 0).unwrap_or(PAGE);
    let (providers, next) = app
        .store
        .list_providers(open.pool.id(), after.as_ref(), limit.min(PAGE))
        .await?;
    let providers = providers
        .into_iter()
        .map(|record| {
            Ok(ProviderDescription {
                provider_type: record.settings()?.provider_type,
                provider_name: Some(record.name.to_string()),
                last_modified_date: Some(record.modified_at.epoch()),
                creation_date: Some(record.created_at.epoch()),
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    Ok(ListIdentityProvidersResponse {
        providers: Some(providers),
        next_token: next.map(page_token),
    })
}
