use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::ids::IdentityId;
use gatehouse_model::identity_pool::{ListIdentitiesInput, ListIdentitiesResponse};

/// Lists a pool's identities, page by page; those that were switched off may be left out.
pub(crate) async fn list(
    context: Context,
    input: ListIdentitiesInput,
) -> Result<ListIdentitiesResponse, Fault> {
    let app = &context.app;
    let after = from_page_token::<IdentityId>(input.next_token.as_ref())?;
    let limit = input
        .max_results
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(60);
    let pool = app.identity_pool_named(input.identity_pool_id.as_ref()).await?;
    let (mut identities, next) = app
        .store
        .list_identities(pool.id(), after.as_ref(), limit)
        .await?;
    if input.hide_disabled == Some(true) {
        identities.retain(|identity| !identity.disabled);
    }
    Ok(ListIdentitiesResponse {
        identity_pool_id: Some(pool.id().to_string()),
        identities: Some(
            identities
                .iter()
                .map(gatehouse::domain::pool_identity::Identity::to_api)
                .collect(),
        ),
        next_token: next.map(page_token),
    })
}
