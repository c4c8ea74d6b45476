use std::sync::Arc;

use gatehouse::api::Context;
use gatehouse::app::{OpenPool, no_client};
use gatehouse::domain::client::ClientRecord;
use gatehouse::domain::ids::ClientId;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    ClientSSOSessionConfigType, GetUserPoolClientSessionConfigurationRequest,
    GetUserPoolClientSessionConfigurationResponse, SetUserPoolClientSessionConfigurationRequest,
    SetUserPoolClientSessionConfigurationResponse, UserPoolClientType,
};

use crate::pool::{changed, check_tier};

/// Minutes for which a client reuses a single sign-on session unless it is set.
const DEFAULT_SSO_MINUTES: u32 = 60;

/// Shows for how long a client reuses a single sign-on session.
pub(crate) async fn get(
    context: Context,
    input: GetUserPoolClientSessionConfigurationRequest,
) -> Result<GetUserPoolClientSessionConfigurationResponse, Fault> {
    let (_, client) = load(&context.app, input.user_pool_id, input.client_id).await?;
    Ok(GetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(client.pool.to_string()),
        client_id: Some(client.id.to_string()),
        sso_session: Some(sso_session(client.sso_minutes)),
    })
}

/// Sets it; the pool must track sessions.
pub(crate) async fn set(
    context: Context,
    input: SetUserPoolClientSessionConfigurationRequest,
) -> Result<SetUserPoolClientSessionConfigurationResponse, Fault> {
    let app = &context.app;
    let (open, before) = load(app, input.user_pool_id, input.client_id).await?;
    check_tier(&open.pool)?;
    open.pool.check_tracking()?;
    let minutes = input.sso_session.and_then(|session| session.max_validity_minutes);
    let after = ClientRecord {
        sso_minutes: minutes.and_then(|minutes| u32::try_from(minutes).ok()),
        version: before.version + 1,
        ..before.clone()
    };
    let document: UserPoolClientType = serde_json::from_str(&after.document).map_err(Fault::internal)?;
    let name = document.client_name.unwrap_or_default();
    let replaced = app
        .store
        .replace_client(&after, &name, before.version, (&open.pool.record, false))
        .await?;
    app.forget_client(&after.id);
    if !replaced {
        return Err(changed());
    }
    Ok(SetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(after.pool.to_string()),
        client_id: Some(after.id.to_string()),
        sso_session: Some(sso_session(after.sso_minutes)),
    })
}

/// A client of a pool and the pool, both as they are now.
async fn load(
    app: &App,
    pool: Option<String>,
    client: Option<String>,
) -> Result<(Arc<OpenPool>, ClientRecord), Fault> {
    let client = client.unwrap_or_default();
    let id: ClientId = client.parse().map_err(|_| no_client(&client))?;
    let (open, record) = tokio::join!(app.fresh_pool_named(pool.as_ref()), app.store.load_client(&id));
    let open = open?;
    let record = record?
        .filter(|record| record.pool == *open.pool.id())
        .ok_or_else(|| no_client(&client))?;
    Ok((open, record))
}

fn sso_session(minutes: Option<u32>) -> ClientSSOSessionConfigType {
    ClientSSOSessionConfigType {
        max_validity_minutes: i32::try_from(minutes.unwrap_or(DEFAULT_SSO_MINUTES)).ok(),
    }
}
