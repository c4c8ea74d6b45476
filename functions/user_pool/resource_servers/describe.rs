use gatehouse::api::Context;
use gatehouse::domain::ids::{PoolId, ResourceServerId};
use gatehouse::domain::resource_server::ResourceServer;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{DescribeResourceServerRequest, DescribeResourceServerResponse};

use crate::create::identifier;

/// Shows a resource server.
pub(crate) async fn describe(
    context: Context,
    input: DescribeResourceServerRequest,
) -> Result<DescribeResourceServerResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let server = existing(app, pool, &identifier(input.identifier.as_ref())?).await?;
    Ok(DescribeResourceServerResponse {
        resource_server: Some(server.to_api(pool)),
    })
}

/// A resource server as it is now.
pub(crate) async fn existing(
    app: &App,
    pool: &PoolId,
    identifier: &ResourceServerId,
) -> Result<ResourceServer, Fault> {
    app.store
        .load_resource_server(pool, identifier)
        .await?
        .ok_or_else(|| no_server(identifier))
}

/// The answer where there is no such resource server.
pub(crate) fn no_server(identifier: &ResourceServerId) -> Fault {
    Fault::not_found(format!("Resource server {identifier} does not exist."))
}
