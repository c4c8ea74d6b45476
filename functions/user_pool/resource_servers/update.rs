use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::resource_server::ResourceServer;
use gatehouse::store::rate_exceeded;
use gatehouse_model::user_pool::{UpdateResourceServerRequest, UpdateResourceServerResponse};

use crate::create::identifier;
use crate::describe::existing;

/// Replaces a resource server's name and scopes; scopes that are not given go, as Cognito does it.
pub(crate) async fn update(
    context: Context,
    input: UpdateResourceServerRequest,
) -> Result<UpdateResourceServerResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let before = existing(app, pool, &identifier(input.identifier.as_ref())?).await?;
    let after = ResourceServer {
        version: before.version + 1,
        ..ResourceServer::new(
            before.identifier.clone(),
            input.name.unwrap_or_default(),
            input.scopes.unwrap_or_default(),
        )?
    };
    if !app
        .store
        .replace_resource_server(pool, &after, before.version)
        .await?
    {
        return Err(rate_exceeded());
    }
    Ok(UpdateResourceServerResponse {
        resource_server: Some(after.to_api(pool)),
    })
}
