use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::pool_identity::no_identity;
use gatehouse::store::rate_exceeded;
use gatehouse_model::Empty;
use gatehouse_model::identity_pool::UnlinkDeveloperIdentityInput;

use super::{developer_provider, login, no_user};

/// Takes a developer's user from an identity; next time the user is a new one.
pub(crate) async fn unlink(context: Context, input: UnlinkDeveloperIdentityInput) -> Result<Empty, Fault> {
    let app = &context.app;
    let pool = app.identity_pool_named(input.identity_pool_id.as_ref()).await?;
    let provider = developer_provider(&pool, input.developer_provider_name.as_ref())?;
    let (owner, identity) = app.identity_named(input.identity_id.as_ref()).await?;
    if owner.id() != pool.id() {
        return Err(no_identity(identity.id.as_str()));
    }
    let gone = login(&provider, input.developer_user_identifier.as_ref());
    if !identity.has(&gone) {
        return Err(no_user());
    }
    let after = identity.unlinked(&[gone], context.now);
    if app.store.replace_identity(&identity, &after).await? {
        Ok(Empty {})
    } else {
        Err(rate_exceeded())
    }
}
