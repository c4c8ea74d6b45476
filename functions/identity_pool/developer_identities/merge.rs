use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::pool_identity::Identity;
use gatehouse::store::rate_exceeded;
use gatehouse_model::identity_pool::{MergeDeveloperIdentitiesInput, MergeDeveloperIdentitiesResponse};

use super::{developer_provider, login, no_user};

/// Makes two developer's users one: all logins of the source lead to the identity of the destination.
pub(crate) async fn merge(
    context: Context,
    input: MergeDeveloperIdentitiesInput,
) -> Result<MergeDeveloperIdentitiesResponse, Fault> {
    let app = &context.app;
    let pool = app.identity_pool_named(input.identity_pool_id.as_ref()).await?;
    let provider = developer_provider(&pool, input.developer_provider_name.as_ref())?;
    let source = login(&provider, input.source_user_identifier.as_ref());
    let destination = login(&provider, input.destination_user_identifier.as_ref());
    let found = app
        .store
        .find_identities(pool.id(), &[source.clone(), destination.clone()])
        .await?;
    let of = |login| {
        found
            .iter()
            .find(|identity| identity.has(login))
            .ok_or_else(no_user)
    };
    let (source, destination) = (of(&source)?, of(&destination)?);
    let answer = |identity: &Identity| MergeDeveloperIdentitiesResponse {
        identity_id: Some(identity.id.to_string()),
    };
    if source.id == destination.id {
        return Ok(answer(destination));
    }
    let merged = destination.merged(source, &provider, context.now)?;
    if app.store.merge_identities(source, destination, &merged).await? {
        Ok(answer(&merged))
    } else {
        Err(rate_exceeded())
    }
}
