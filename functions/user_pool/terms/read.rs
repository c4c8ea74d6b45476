use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::terms::{Terms, no_terms};
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    DescribeTermsByClientRequest, DescribeTermsByClientResponse, DescribeTermsRequest, DescribeTermsResponse,
    ListTermsRequest, ListTermsResponse,
};

/// Entries on a page where the request names no limit.
const PAGE: i32 = 50;

/// A document of a pool as it is now.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn existing(app: &App, pool: &PoolId, id: Option<&String>) -> Result<Terms, Fault> {
    let id = id.map(String::as_str).unwrap_or_default();
    let id = id.to_ascii_lowercase().parse().map_err(|_| no_terms())?;
    app.store.load_terms(pool, &id).await?.ok_or_else(no_terms)
}

/// Shows a document.
pub(crate) async fn describe(
    context: Context,
    input: DescribeTermsRequest,
) -> Result<DescribeTermsResponse, Fault> {
    let open = context.app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let terms = existing(&context.app, pool, input.terms_id.as_ref()).await?;
    Ok(DescribeTermsResponse {
        terms: Some(terms.to_api(pool)),
    })
}

/// Shows a client's document of a name.
pub(crate) async fn describe_by_client(
    context: Context,
    input: DescribeTermsByClientRequest,
) -> Result<DescribeTermsByClientResponse, Fault> {
    let app = &context.app;
    let (open, client) = app
        .client_of(input.user_pool_id.as_ref(), input.client_id.as_ref())
        .await?;
    let pool = open.pool.id();
    let name = input.terms_name.unwrap_or_default();
    let terms = app.store.load_terms_named(pool, client.id(), &name).await?;
    Ok(DescribeTermsByClientResponse {
        terms: Some(terms.ok_or_else(no_terms)?.to_api(pool)),
    })
}

/// Lists the documents of a pool, page by page.
pub(crate) async fn list(context: Context, input: ListTermsRequest) -> Result<ListTermsResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let after = from_page_token(input.next_token.as_ref())?;
    let limit = input.max_results.unwrap_or(PAGE);
    let (terms, next) = app
        .store
        .list_terms(open.pool.id(), after.as_ref(), limit)
        .await?;
    Ok(ListTermsResponse {
        terms: Some(terms.iter().map(Terms::to_line).collect()),
        next_token: next.map(page_token),
    })
}
