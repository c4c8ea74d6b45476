use gatehouse::api::Context;
use gatehouse::credentials::issuer::provider_arn;
use gatehouse::domain::identity_pool::{IdentityPoolRecord, no_identity_pool};
use gatehouse::domain::ids::IdentityPoolId;
use gatehouse::domain::pool::PoolState;
use gatehouse::store::rate_exceeded;
use gatehouse::{App, Fault};
use gatehouse_model::Empty;
use gatehouse_model::identity_pool::DeleteIdentityPoolInput;

use crate::registration::Registrar;

/// Identities removed by one call at most.
const IDENTITIES_A_CALL: usize = 600;

/// Deletes an identity pool: it stops serving first, IAM forgets it, then its identities go, its configuration last. A
/// deletion that was cut short is taken up by calling again.
pub(crate) async fn delete(
    context: Context,
    input: DeleteIdentityPoolInput,
    registrar: Registrar,
) -> Result<Empty, Fault> {
    let app = &context.app;
    let id = input.identity_pool_id.unwrap_or_default();
    let id: IdentityPoolId = id.parse().map_err(|_| no_identity_pool(&id))?;
    let record = app.store.load_identity_pool(&id).await?;
    let record = record.ok_or_else(|| no_identity_pool(id.as_str()))?;
    if record.state == PoolState::Active {
        let closing = IdentityPoolRecord {
            state: PoolState::Deleting,
            version: record.version + 1,
            ..record.clone()
        };
        if !app.store.replace_identity_pool(&closing, record.version).await? {
            return Err(rate_exceeded());
        }
    }
    app.forget_identity_pool(&id);
    registrar
        .unregister(&provider_arn(app, &context.account), &id)
        .await?;
    remove_identities(app, &id).await?;
    app.store.remove_identity_pool(&id).await?;
    Ok(Empty {})
}

async fn remove_identities(app: &App, pool: &IdentityPoolId) -> Result<(), Fault> {
    let mut removed = 0;
    while removed < IDENTITIES_A_CALL {
        let (identities, _) = app.store.list_identities(pool, None, 60).await?;
        if identities.is_empty() {
            return Ok(());
        }
        removed += identities.len();
        for identity in identities {
            // One that changed meanwhile comes again.
            app.store.remove_identity(&identity).await?;
        }
    }
    // Too many for one call: what is left goes with the next one, which the SDK makes by itself.
    Err(rate_exceeded())
}
