use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::DeleteIdentityProviderRequest;

use crate::describe::existing;
use crate::settings::identifiers;
use crate::update::concurrent_change;

/// Deletes a provider. Identities that were linked stay, as in Cognito: they lead nowhere until there is a provider of
/// that name again.
pub(crate) async fn delete(context: Context, input: DeleteIdentityProviderRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let (open, provider) = existing(app, input.user_pool_id, input.provider_name).await?;
    let identifiers = identifiers(&provider.document);
    if app
        .store
        .remove_provider(open.pool.id(), &provider.record, &identifiers)
        .await?
    {
        Ok(Empty {})
    } else {
        Err(concurrent_change())
    }
}
